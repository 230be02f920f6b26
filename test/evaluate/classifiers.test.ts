import { describe, expect, it } from 'vitest';
import { rawPixelFeatures } from '../../lib/evaluate/baselines.js';
import { extractFeatures, featureSet, type LabelledImages } from '../../lib/evaluate/features.js';
import { predictNearestNeighbours } from '../../lib/evaluate/knn.js';
import { linearProbe } from '../../lib/evaluate/linearProbe.js';
import { accuracy } from '../../lib/evaluate/metrics.js';
import { logSpacedLambdas } from '../../lib/evaluate/sweepLogisticRegression.js';
import { rng } from '../../lib/random/rng.js';
import { classify } from './classify.js';
import { blobs } from './fixtures.js';

describe('predictNearestNeighbours', () => {
  it('equals a naive vote over sorted cosines', () => {
    const make = (tag: string, count: number) => blobs(rng(2), { count, width: 6, classes: 3, spread: 1.2 }, tag);
    const [train, test] = [make('train', 50), make('test', 40)];
    const row = (set: typeof train, i: number) => [...set.features.subarray(i * 6, i * 6 + 6)];
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, j) => sum + value * b[j], 0);
    const naive = Int32Array.from(test.labels, (_, i) => {
      const q = row(test, i);
      const votes = [0, 0, 0];
      Array.from(train.labels, (label, j) => {
        const b = row(train, j);
        return { label, cosine: dot(q, b) / Math.sqrt(dot(q, q) * dot(b, b)) };
      })
        .sort((a, b) => b.cosine - a.cosine)
        .slice(0, 7)
        .forEach(({ label, cosine }) => {
          votes[label] += Math.exp(cosine / 0.07);
        });
      return votes.indexOf(Math.max(...votes));
    });
    expect(predictNearestNeighbours(train, test, { k: 7 })).toEqual(naive);
    expect(accuracy(naive, test.labels)).toBeGreaterThan(0.5);
  });

  it('does not depend on the scale of a row', () => {
    const make = (tag: string) => blobs(rng(4), { count: 30, width: 5, classes: 3, spread: 1 }, tag);
    const [train, test] = [make('train'), make('test')];
    const scaled = { ...test, features: test.features.map((value, i) => value * (1 + Math.floor(i / 5))) };
    expect(predictNearestNeighbours(train, scaled)).toEqual(predictNearestNeighbours(train, test));
  });
});

describe('linearProbe', () => {
  const make = (tag: string, count: number, spread = 0.7) =>
    blobs(rng(9), { count, width: 8, classes: 4, spread }, tag);

  it('learns blobs, reports best and last apart, and repeats itself', async () => {
    const run = () =>
      linearProbe(make('train', 256), make('test', 200), { rng: rng(1), batch: 32, epochs: 12, every: 5 });
    const result = await run();
    expect(result.curves).toHaveLength(9);
    expect(result.curves[0].epochs).toEqual([5, 10, 12]);
    expect(result.last.epoch).toBe(12);
    expect(result.last.accuracy).toBeGreaterThan(0.85);
    expect(result.best.accuracy).toBeGreaterThanOrEqual(result.last.accuracy);
    expect(await run()).toEqual(result);
  });

  it('equals a naive loop of SGD with momentum and cosine decay', async () => {
    const [train, test] = [make('train', 40, 1.5), make('test', 150, 1.5)];
    const [batch, epochs, baseRate] = [10, 3, 20];
    const result = await linearProbe(train, test, {
      rng: rng(6),
      baseRates: [0.1, baseRate],
      batch,
      epochs,
      normalise: 'none',
      every: 1,
    });

    const weight = Array.from(
      rng(6)
        .child('weights')
        .normals(8 * 4),
      (z) => 0.01 * z,
    );
    const bias = [0, 0, 0, 0];
    const velocity = new Array<number>(8 * 4 + 4).fill(0);
    const logitsOf = (set: typeof train, row: number) =>
      bias.map(
        (b, c) => b + weight.reduce((sum, w, i) => sum + (i % 4 === c ? w * set.features[row * 8 + (i >> 2)] : 0), 0),
      );
    const expected: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = rng(6)
        .child('epoch', epoch)
        .shuffle(Array.from({ length: 40 }, (_, i) => i));
      for (let s = 0; s < 4; s++) {
        const gradient = new Array<number>(8 * 4 + 4).fill(0);
        for (const row of order.slice(s * batch, (s + 1) * batch)) {
          const exps = logitsOf(train, row).map(Math.exp);
          const total = exps.reduce((x, y) => x + y);
          exps.forEach((e, c) => {
            const residual = (e / total - (train.labels[row] === c ? 1 : 0)) / batch;
            for (let j = 0; j < 8; j++) gradient[j * 4 + c] += residual * train.features[row * 8 + j];
            gradient[32 + c] += residual;
          });
        }
        const rate = ((baseRate * batch) / 256) * 0.5 * (1 + Math.cos((Math.PI * (epoch * 4 + s)) / (epochs * 4)));
        gradient.forEach((g, i) => {
          velocity[i] = 0.9 * velocity[i] + g;
          if (i < 32) weight[i] -= rate * velocity[i];
          else bias[i - 32] -= rate * velocity[i];
        });
      }
      const right = Array.from(test.labels, (label, row) => {
        const logits = logitsOf(test, row);
        return logits.indexOf(Math.max(...logits)) === label ? 1 : 0;
      });
      expected.push(right.reduce((x: number, y) => x + y, 0) / test.count);
    }
    expect(result.curves[1].accuracy).toEqual(expected);
    expect(result.curves[0].accuracy).not.toEqual(expected);
  });

  it('refuses a batch larger than the set', async () => {
    await expect(linearProbe(make('a', 10), make('b', 10), { rng: rng(1) })).rejects.toThrow('lower `batch`');
  });
});

/** Flat pictures with one bright channel, their class, and a little texture. */
const shades = (length: number, size = 8): LabelledImages => ({
  length,
  size,
  classes: ['red', 'green', 'blue'],
  batch: (indices) => ({
    images: Uint8Array.from({ length: indices.length * size * size * 3 }, (_, i) => {
      const picture = indices[Math.floor(i / (size * size * 3))];
      const at = i % (size * size * 3);
      return (at % 3 === picture % 3 ? 180 : 60) + ((at * 7 + picture) % 11);
    }),
    labels: Int32Array.from(indices, (picture) => picture % 3),
  }),
});

describe('evaluateFeatures', () => {
  it('scores raw pixels, with an interval', async () => {
    const splits = { train: shades(30), validation: shades(12), test: shades(24) };
    const options = { lambdas: logSpacedLambdas(3), arithmetic: 'float64' as const };
    const scores = await classify(rawPixelFeatures({ size: 2 }), splits, options);
    expect(scores).toMatchObject({ accuracy: 1, knn: 1, width: 12 });
    expect(scores.interval.low).toBeGreaterThan(0.8);
    expect(scores.interval.high).toBe(1);
  });
});

describe('extractFeatures', () => {
  it('averages areas in rawPixelFeatures as a naive loop does', async () => {
    const set = await extractFeatures(rawPixelFeatures({ size: 2 }), shades(5), { batchSize: 2 });
    const { images } = await shades(5).batch([3]);
    let sum = 0; // picture 3, lower left cell, green
    for (let y = 4; y < 8; y++) for (let x = 0; x < 4; x++) sum += images[(y * 8 + x) * 3 + 1];
    expect(set.features[3 * 12 + 2 * 3 + 1]).toBeCloseTo(sum / 16 / 255, 6);
    expect(set).toMatchObject({ count: 5, width: 12, classes: 3 });
  });

  it('refuses a number of classes that is none: a file of features without it', () => {
    for (const classes of [Number.NaN, 0, 1.5, -1])
      expect(() => featureSet(new Float32Array(4), new Int32Array(2), { classes })).toThrow(/the number of classes/);
  });

  it('names the picture, column and value of a feature that is not finite', async () => {
    const broken = (_: Uint8Array, { count }: { count: number }) => new Float32Array(count * 2).fill(Number.NaN);
    await expect(extractFeatures(broken, shades(3))).rejects.toThrow(/row 0, column 0[\s\S]*NaN/);
  });
});
