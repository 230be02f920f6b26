import { describe, expect, it } from 'vitest';
import { featureSet } from '../../lib/evaluate/features.js';
import { linearProbe } from '../../lib/evaluate/linearProbe.js';
import { fitLogisticRegression, predictLogits } from '../../lib/evaluate/logisticRegression.js';
import { accuracy, argmaxRows, averagePrecision11, meanPerClassAccuracy } from '../../lib/evaluate/metrics.js';
import { fitStandardisation, standardise } from '../../lib/evaluate/standardise.js';
import { type Rng, rng } from '../../lib/random/rng.js';
import datasets from './golden/datasets.json' with { type: 'json' };
import probes from './golden/linearProbe.json' with { type: 'json' };
import scores from './golden/metrics.json' with { type: 'json' };

describe.each(datasets.sets)(
  'logistic regression on $name',
  ({ name, unit, width, classes, features, labels, fits }) => {
    const raw = Float32Array.from(features.split(' '), (text) => Number(text) / unit);
    const given = featureSet(raw, Int32Array.from(labels, Number), { classes });
    const set = standardise(given, fitStandardisation(given));

    it.each(fits)("reaches scikit-learn's optimum at λ = $lambda, in both arithmetics", async (expected) => {
      const exact = { lambda: expected.lambda, tolerance: 1e-7, relativeDecrease: 0 };
      for (const arithmetic of name === 'digits' ? (['engine'] as const) : (['float64', 'engine'] as const)) {
        const tolerance = arithmetic === 'engine' ? 1e-6 : 1e-8;
        const fit = await fitLogisticRegression(set, { ...exact, tolerance, arithmetic });
        expect(set.width).toBe(width);
        expect(Math.abs(fit.objective / expected.objective - 1)).toBeLessThan(1e-6);
        const predicted = argmaxRows(predictLogits(fit, set), classes);
        const same = [...expected.predicted].filter((label, i) => Number(label) === predicted[i]).length;
        expect(same / set.count).toBeGreaterThanOrEqual(0.999);
      }
    });
  },
);

describe('scores', () => {
  const { count, classes } = scores;
  const logits = Float64Array.from({ length: count * classes }, (_, at) => {
    const [i, c] = [Math.floor(at / classes), at % classes];
    return Math.sin((i + 1) * (c + 1.3)) + 0.4 * Math.cos(i * 0.7 + c * c);
  });
  const labels = Int32Array.from({ length: count }, (_, i) => (i * i + Math.floor(i / 5)) % classes);

  it("are scikit-learn's accuracy and balanced accuracy", () => {
    const predicted = argmaxRows(logits, classes);
    expect(accuracy(predicted, labels)).toBeCloseTo(scores.accuracy, 12);
    expect(meanPerClassAccuracy(predicted, labels, classes)).toBeCloseTo(scores.meanPerClass, 12);
  });

  it('are the 11 points of its precision-recall curve', () => {
    const column = (c: number) => Float64Array.from({ length: count }, (_, i) => logits[i * classes + c]);
    scores.averagePrecision11.forEach((expected, c) => {
      const relevant = Uint8Array.from({ length: count }, (_, i) =>
        (i * (c + 2) + Math.floor(i / 3)) % 4 === 0 ? 1 : 0,
      );
      expect(averagePrecision11(column(c), relevant)).toBeCloseTo(expected, 10);
    });
  });
});

describe('linearProbe', () => {
  const { count, width, classes, batch, epochs, rates } = probes;
  const x = Float32Array.from({ length: count * width }, (_, at) => {
    const [i, j] = [Math.floor(at / width), at % width];
    return Math.sin((i + 1) * (j + 1)) + 0.5 * j;
  });
  const labels = Int32Array.from({ length: count }, (_, r) => (r * r + Math.floor(r / 3)) % classes);
  const set = featureSet(x, labels, { classes });
  // The start weights and the order of rows that PyTorch was given.
  const script = {
    child: (what: string, epoch = 0) =>
      what === 'weights'
        ? { normals: (length: number) => Float32Array.from({ length }, (_, i) => Math.cos(i)) }
        : { shuffle: <T>(rows: T[]) => rows.map((_, r) => rows[(r * 7 + epoch * 5) % count]) },
  } as unknown as Rng;

  it.each(['none', 'batch'] as const)("ends where PyTorch's SGD does, norm: %s", async (normalise) => {
    const { classifiers, last } = await linearProbe(set, set, {
      rng: script,
      baseRates: rates,
      batch,
      epochs,
      normalise,
    });
    const expected = probes.cases.filter(({ norm }) => norm === normalise);
    expected.forEach(({ logits }, r) => {
      const found = predictLogits(classifiers[r], set);
      const furthest = Math.max(...logits.map((value, i) => Math.abs(value - found[i])));
      expect(furthest).toBeLessThan(1e-5);
    });
    expect(last.accuracy).toBeCloseTo(Math.max(...expected.map((one) => one.accuracy)), 6);
  });

  it('folds the norm of the whole split into the classifiers it returns', async () => {
    const { classifiers, curves } = await linearProbe(set, set, { rng: rng(3), baseRates: [2], batch, epochs: 7 });
    const predicted = argmaxRows(predictLogits(classifiers[0], set), classes);
    expect(accuracy(predicted, labels)).toBe(curves[0].accuracy.at(-1));
  });
});
