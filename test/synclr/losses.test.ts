import { describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tf.js';
import { unitRows } from '../../lib/nn/unitRows.js';
import { rng } from '../../lib/random/rng.js';
import { ibotLoss, tokenWeights } from '../../lib/synclr/losses/ibot.js';
import { multiPositiveCrossEntropy, offDiagonal, sameLabel } from '../../lib/synclr/losses/multiPositive.js';
import { simclrLoss } from '../../lib/synclr/losses/simclr.js';
import { sinkhorn } from '../../lib/synclr/losses/sinkhorn.js';
import { stableRepLoss } from '../../lib/synclr/losses/stableRep.js';
import { supervisedLoss } from '../../lib/synclr/losses/supervised.js';
import { synclrContrastive } from '../../lib/synclr/losses/synclr.js';
import { dot, goldens, table, unit } from './goldens.js';

const ints = (values: number[]) => tf.tensor1d(values, 'int32');
const random = (seed: number, rows: number, columns: number) => {
  const stream = rng(seed, 'losses');
  return table(rows, columns, () => stream.normal());
};
const close = (found: ArrayLike<number>, wanted: ArrayLike<number>, within: number) => {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) expect(Math.abs(found[i] - wanted[i])).toBeLessThan(within);
};

/** −(1/|P|) Σ_{j in P} log softmax over candidates, one anchor at a time, in float64. */
function naive(similarity: number[], positive: (j: number) => boolean, candidate: (j: number) => boolean, t: number) {
  const indices = similarity.map((_, j) => j).filter(candidate);
  const total = indices.reduce((sum, j) => sum + Math.exp(similarity[j] / t), 0);
  const positives = indices.filter(positive);
  return -positives.reduce((sum, j) => sum + Math.log(Math.exp(similarity[j] / t) / total), 0) / positives.length;
}

describe('stableRepLoss', () => {
  const rows = table(6, 4, (i, j) => Math.sin((i + 1) * (j + 2)));
  const labels = [0, 1, 0, 1, 0, 1];

  it.each(Object.entries(goldens.stableRep))(
    'matches the golden numbers at %s',
    (_, { temperature, perAnchor, mean }) => {
      expect(stableRepLoss(tf.tensor2d(rows), ints(labels), { temperature }).arraySync()).toBeCloseTo(mean, 5);
      const z = unitRows(tf.tensor2d(rows));
      const candidates = offDiagonal(6);
      const positives = tf.mul(sameLabel(ints(labels), ints(labels)), candidates) as typeof candidates;
      const similarities = tf.matMul(z, z, false, true) as typeof candidates;
      close(
        multiPositiveCrossEntropy(similarities, positives, { temperature, candidates }).dataSync(),
        perAnchor,
        2e-5,
      );
    },
  );

  it('matches a naive loop', () => {
    const x = random(1, 8, 5);
    const z = unit(x);
    const ids = [0, 0, 1, 1, 1, 2, 2, 2];
    const losses = z.map((a, i) =>
      naive(
        z.map((b) => dot(a, b)),
        (j) => ids[j] === ids[i],
        (j) => j !== i,
        0.1,
      ),
    );
    const mean = losses.reduce((s, v) => s + v, 0) / losses.length;
    expect(stableRepLoss(tf.tensor2d(x), ints(ids)).arraySync()).toBeCloseTo(mean, 5);
  });

  it('does not depend on the order of images, the names of captions or the length of rows', () => {
    const x = random(2, 6, 4);
    const order = [3, 1, 5, 0, 2, 4];
    const before = stableRepLoss(tf.tensor2d(x), ints(labels)).arraySync();
    const after = stableRepLoss(
      tf.tensor2d(order.map((i) => x[i].map((v) => v * (i + 1)))),
      ints(order.map((i) => 7 + 3 * labels[i])),
    ).arraySync();
    expect(after).toBeCloseTo(before, 5);
  });
});

describe('synclrContrastive', () => {
  const keys = table(4, 3, (i, j) => Math.cos((i + 1) * (j + 1)));
  const anchors = table(12, 3, (i, j) => Math.sin(0.5 * (i + 1) * (j + 1) + 0.3));

  it('matches the golden numbers', () => {
    const { global, local } = synclrContrastive({
      globals: tf.tensor2d(anchors.slice(0, 4)),
      locals: tf.tensor2d(anchors.slice(4)),
      keys: tf.tensor2d(keys),
      labels: ints([0, 1, 0, 1]),
    });
    expect(global.arraySync()).toBeCloseTo(goldens.synclr.global, 5);
    expect(local.arraySync()).toBeCloseTo(goldens.synclr.local, 5);
  });

  it('each anchor of the golden set, by the naive loop', () => {
    const k = unit(keys);
    const losses = unit(anchors).map((a, i) =>
      naive(
        k.map((b) => dot(a, b)),
        (j) => j % 2 === i % 2,
        (j) => i >= 4 || j !== i,
        0.08,
      ),
    );
    close(losses, goldens.synclr.perAnchor, 1e-6);
  });

  it("a global anchor ignores its own image's key; a local anchor does not", () => {
    const options = {
      globals: tf.tensor2d(anchors.slice(0, 4)),
      locals: tf.tensor2d(anchors.slice(4, 8)),
      labels: ints([0, 1, 0, 1]),
    };
    const gradient = tf.grad((k: tf.Tensor) => synclrContrastive({ ...options, keys: k as tf.Tensor2D }).global);
    expect(gradient(tf.tensor2d(keys)).shape).toEqual([4, 3]);
    // With one caption of two images the only candidate of a global anchor is its positive: no loss at all.
    const pair = synclrContrastive({
      globals: tf.tensor2d(random(3, 2, 3)),
      locals: tf.tensor2d(random(4, 2, 3)),
      keys: tf.tensor2d(random(5, 2, 3)),
      labels: ints([4, 4]),
    });
    expect(pair.global.arraySync()).toBeCloseTo(0, 6);
    expect(pair.local.arraySync()).toBeGreaterThan(0.01);
  });
});

describe('simclrLoss', () => {
  it('matches a naive loop, and is symmetric in its two views', () => {
    const first = random(6, 4, 5);
    const second = random(7, 4, 5);
    const z = unit([...first, ...second]);
    const mean =
      z
        .map((a, i) =>
          naive(
            z.map((b) => dot(a, b)),
            (j) => j % 4 === i % 4,
            (j) => j !== i,
            0.1,
          ),
        )
        .reduce((s, v) => s + v, 0) / 8;
    expect(simclrLoss(tf.tensor2d(first), tf.tensor2d(second)).arraySync()).toBeCloseTo(mean, 5);
    expect(simclrLoss(tf.tensor2d(second), tf.tensor2d(first)).arraySync()).toBeCloseTo(mean, 5);
  });
});

describe('supervisedLoss', () => {
  it('matches a naive loop with and without smoothing; uniform logits give log(classes)', () => {
    const logits = random(8, 5, 3);
    const labels = [0, 2, 1, 1, 0];
    for (const smoothing of [0, 0.1]) {
      const losses = logits.map((row, i) => {
        const total = row.reduce((s, v) => s + Math.exp(v), 0);
        return row.reduce(
          (s, v, c) => s - (smoothing / 3 + (c === labels[i] ? 1 - smoothing : 0)) * Math.log(Math.exp(v) / total),
          0,
        );
      });
      const mean = losses.reduce((s, v) => s + v, 0) / 5;
      expect(supervisedLoss(tf.tensor2d(logits), ints(labels), { smoothing }).arraySync()).toBeCloseTo(mean, 5);
    }
    expect(supervisedLoss(tf.zeros([4, 10]), ints([1, 2, 3, 4])).arraySync()).toBeCloseTo(Math.log(10), 5);
  });
});

describe('sinkhorn', () => {
  const logits = table(5, 3, (i, j) => Math.sin((i + 1) * (j + 1)));

  it.each(Object.entries(goldens.sinkhorn))('matches the golden numbers at T = %s', (temperature, rows) => {
    close(sinkhorn(tf.tensor2d(logits), { temperature: Number(temperature) }).dataSync(), rows.flat(), 2e-6);
  });

  it('rows sum to 1; with many iterations prototypes share the tokens equally; a shift changes nothing', () => {
    const x = tf.tensor2d(random(9, 12, 4));
    const q = sinkhorn(x, { temperature: 0.5, iterations: 100 });
    close(tf.sum(q, 1).dataSync(), new Array(12).fill(1), 1e-5);
    close(tf.sum(q, 0).dataSync(), new Array(4).fill(3), 1e-4);
    close(sinkhorn(tf.add(x, 50), { temperature: tf.scalar(0.5), iterations: 100 }).dataSync(), q.dataSync(), 1e-4);
  });
});

describe('ibotLoss', () => {
  const teacher = tf.tensor2d(table(5, 3, (i, j) => Math.sin((i + 1) * (j + 1))));
  const student = tf.tensor2d(table(5, 3, (i, j) => Math.cos((i + 1) * (j + 1))));
  const weightsOf = (images: number[]) => tf.tensor1d(tokenWeights(images).data as Float32Array);

  it('matches the golden number, and each token of it', () => {
    const targets = sinkhorn(teacher, { temperature: 0.07 });
    expect(ibotLoss(student, targets, weightsOf([0, 0, 1, 1, 1])).arraySync()).toBeCloseTo(goldens.ibot.loss, 4);
    goldens.ibot.perToken.forEach((loss, i) => {
      const one = tf.tensor1d(goldens.ibot.perToken.map((_, j) => (i === j ? 1 : 0)));
      expect(ibotLoss(student, targets, one).arraySync()).toBeCloseTo(loss, 4);
    });
  });

  it('every masked image weighs the same, whatever its number of tokens', () => {
    expect([...tokenWeights([4, 4, 9, 9, 9, 9]).data]).toEqual([0.25, 0.25, 0.125, 0.125, 0.125, 0.125]);
  });
});
