import { describe, expect, it } from 'vitest';
import { featureSet } from '../../lib/evaluate/features.js';
import { fitLogisticRegression, predictLogits } from '../../lib/evaluate/logisticRegression.js';
import { accuracy, argmaxRows } from '../../lib/evaluate/metrics.js';
import { fitStandardisation, standardise } from '../../lib/evaluate/standardise.js';
import {
  logSpacedLambdas,
  predictClasses,
  sweepLogisticRegression,
} from '../../lib/evaluate/sweepLogisticRegression.js';
import { rng } from '../../lib/random/rng.js';
import { blobs } from './fixtures.js';
import golden from './golden/logisticRegression.json' with { type: 'json' };

const { count, width, classes } = golden;
const x = Float32Array.from({ length: count * width }, (_, i) =>
  Math.sin((Math.floor(i / width) + 1) * ((i % width) + 1)),
);
const labels = Int32Array.from({ length: count }, (_, r) => (r * r + Math.floor(r / 3)) % classes);
const formula = featureSet(x, labels, { classes });

describe('fitLogisticRegression', () => {
  it.each(golden.cases)("agrees with scikit-learn's at λ = $lambda", async (expected) => {
    const fit = await fitLogisticRegression(formula, {
      lambda: expected.lambda,
      tolerance: 1e-10,
      relativeDecrease: 0,
    });
    expect(fit.objective).toBeCloseTo(expected.objective, 7);
    expected.weight.flat().forEach((weight, i) => {
      expect(fit.weight[i]).toBeCloseTo(weight, 4);
    });
    expected.bias.forEach((bias, c) => {
      expect(fit.bias[c]).toBeCloseTo(bias, 4);
    });
    expect(accuracy(argmaxRows(predictLogits(fit, formula), classes), labels)).toBeCloseTo(expected.accuracy, 12);
  });

  it('reaches the same objective on the engine', async () => {
    const [expected] = golden.cases;
    const fit = await fitLogisticRegression(formula, { lambda: expected.lambda, arithmetic: 'engine' });
    expect(fit.objective).toBeCloseTo(expected.objective, 5);
  });

  it('does not depend on an offset of the features', async () => {
    const moved = featureSet(
      x.map((value) => value + 2),
      labels,
      { classes },
    );
    const exact = { lambda: 1, tolerance: 1e-9, relativeDecrease: 0 };
    const [plain, shifted] = [await fitLogisticRegression(formula, exact), await fitLogisticRegression(moved, exact)];
    expect(shifted.objective).toBeCloseTo(plain.objective, 6);
  });

  it('refuses a λ of 0', async () => {
    await expect(fitLogisticRegression(formula, { lambda: 0 })).rejects.toThrow('lambda > 0');
  });
});

describe('standardise', () => {
  it('gives every column mean 0 and variance 1, and constant columns 0', () => {
    const set = featureSet(Float32Array.of(1, 7, 2, 7, 6, 7), Int32Array.of(0, 0, 0), { classes: 1 });
    const { features } = standardise(set, fitStandardisation(set));
    const first = [features[0], features[2], features[4]];
    expect(first.reduce((a, b) => a + b)).toBeCloseTo(0, 6);
    expect(first.reduce((a, b) => a + b * b, 0) / 3).toBeCloseTo(1, 6);
    expect([features[1], features[3], features[5]]).toEqual([0, 0, 0]);
  });
});

describe('sweepLogisticRegression', () => {
  const make = (tag: string, n: number) => blobs(rng(5), { count: n, width: 12, classes: 4, spread: 1.5 }, tag);

  it('has the 45 values of the paper from 1e-6 to 1e5', () => {
    const lambdas = logSpacedLambdas();
    expect(lambdas).toHaveLength(45);
    expect(lambdas[0]).toBeCloseTo(1e-6, 12);
    expect(lambdas[44]).toBeCloseTo(1e5, 6);
    expect(Math.log10(lambdas[10] / lambdas[9])).toBeCloseTo(0.25, 12);
  });

  it('chooses the first best λ on validation and generalises', async () => {
    const [train, validation, test] = [make('train', 120), make('validation', 80), make('test', 400)];
    const sweep = await sweepLogisticRegression(train, validation, {
      lambdas: logSpacedLambdas(6),
      arithmetic: 'float64',
    });
    const scores = sweep.trials.map((trial) => trial.score);
    expect(sweep.lambda).toBe(sweep.trials[scores.indexOf(Math.max(...scores))].lambda);
    expect(accuracy(predictClasses(sweep, test), test.labels)).toBeGreaterThan(0.8);
    // At λ = 1e5 the weights vanish and only the intercept is left: a sanity check of the penalty's direction.
    expect(Math.max(...scores)).toBeGreaterThan(scores[5] - 1e-12);
  });
});
