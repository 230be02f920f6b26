import { describe, expect, it } from 'vitest';
import { tf } from '../../../lib/engine/tf.js';
import {
  adamwCorrections,
  adamwUpdate,
  clipByGlobalNorm,
  decaysMatrices,
  emaDecay,
  emaUpdate,
  initAdamw,
  initMuon,
  muonUpdate,
  orthogonalise,
} from '../../../lib/nn/optim/index.js';
import { rng } from '../../../lib/random/rng.js';
import { hostTensor } from '../../../lib/runs/hostTensor.js';

/** AdamW as a loop over numbers. */
function adamwByHand(p: number, grads: number[], { lr, wd }: { lr: number; wd: number }): number {
  let m = 0;
  let v = 0;
  grads.forEach((g, i) => {
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    p -= lr * wd * p;
    p -= (lr * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8);
  });
  return p;
}

describe('adamwUpdate', () => {
  it('equals a loop over numbers, and spares what must not decay', () => {
    const grads = [0.3, -0.2, 0.05, 1.5];
    const start = { w: hostTensor(new Float32Array([0.7, 0.7]), [1, 2]), b: hostTensor(new Float32Array([0.7]), [1]) };
    const zeroMoments = Object.entries(initAdamw(start)).map(([k, t]) => [k, tf.zeros([...t.shape])]);
    let state = {
      params: { w: tf.tensor2d([[0.7, 0.7]]), b: tf.tensor1d([0.7]) } as Record<string, tf.Tensor>,
      moments: Object.fromEntries(zeroMoments) as Record<string, tf.Tensor>,
    };
    grads.forEach((g, i) => {
      const { correction1, correction2 } = adamwCorrections(i + 1);
      state = adamwUpdate({
        ...state,
        grads: { w: tf.tensor2d([[g, 0]]), b: tf.tensor1d([g]) },
        lr: tf.scalar(0.01),
        weightDecay: tf.scalar(0.1),
        correction1: tf.scalar(correction1),
        correction2: tf.scalar(correction2),
        decays: decaysMatrices,
      });
    });
    const [touched, untouched] = state.params.w.dataSync();
    expect(touched).toBeCloseTo(adamwByHand(0.7, grads, { lr: 0.01, wd: 0.1 }), 6);
    expect(untouched).toBeCloseTo(0.7 * (1 - 0.001) ** 4, 6);
    expect(state.params.b.dataSync()[0]).toBeCloseTo(adamwByHand(0.7, grads, { lr: 0.01, wd: 0 }), 6);
  });
});

describe('muonUpdate', () => {
  it('orthogonalises: rows of the result are nearly orthonormal, whichever side is longer', () => {
    for (const shape of [
      [8, 20],
      [20, 8],
    ] as [number, number][]) {
      const x = orthogonalise(tf.tensor2d(rng(1, 'muon').normals(160), shape));
      const gram = (shape[0] < shape[1] ? tf.matMul(x, x, false, true) : tf.matMul(x, x, true, false)).arraySync();
      (gram as number[][]).forEach((row, i) => {
        row.forEach((value, j) => {
          if (i === j) expect(value).toBeGreaterThan(0.45);
          expect(Math.abs(value - (i === j ? 1 : 0))).toBeLessThan(0.55);
        });
      });
    }
  });

  it('gives an update of root mean square about 0.2·lr, whatever the scale of the gradient', () => {
    for (const size of [1e-3, 1e3]) {
      const w = hostTensor(rng(2, 'w').normals(24 * 72), [24, 72]);
      const grad = tf.mul(tf.tensor2d(rng(3, 'g').normals(24 * 72), [24, 72]), size);
      const before = tf.tensor2d(w.data, [24, 72]);
      const momentum = Object.keys(initMuon({ w })).map((name) => [name, tf.zeros([24, 72])]);
      const { params } = muonUpdate({
        params: { w: before },
        grads: { w: grad },
        moments: Object.fromEntries(momentum),
        lr: tf.scalar(0.01),
        weightDecay: tf.scalar(0),
        splits: () => 3,
      });
      const rms = tf.sqrt(tf.mean(tf.square(tf.sub(params.w, before)))).dataSync()[0];
      expect(rms).toBeGreaterThan(0.2 * 0.01 * 0.7);
      expect(rms).toBeLessThan(0.2 * 0.01 * 1.3);
    }
  });
});

describe('clipByGlobalNorm', () => {
  it('leaves small gradients alone and scales large ones to the limit', () => {
    const grads = { a: tf.tensor1d([3, 0]), b: tf.tensor1d([4]) };
    const large = clipByGlobalNorm(grads, 1);
    expect(large.norm.dataSync()[0]).toBeCloseTo(5, 6);
    expect(large.grads.a.dataSync()[0]).toBeCloseTo(0.6, 5);
    expect(large.grads.b.dataSync()[0]).toBeCloseTo(0.8, 5);
    expect(Array.from(clipByGlobalNorm(grads, 10).grads.a.dataSync())).toEqual([3, 0]);
  });
});

describe('ema', () => {
  it('warms its decay up to the limit', () => {
    expect(emaDecay(0)).toBeCloseTo(0.1);
    expect(emaDecay(90)).toBeCloseTo(0.91);
    expect(emaDecay(1e6)).toBe(0.999);
  });
  it('moves by 1 − decay towards the value', () => {
    const next = emaUpdate({ w: tf.tensor1d([1]) }, { w: tf.tensor1d([2]) }, tf.scalar(0.75));
    expect(next.w.dataSync()[0]).toBeCloseTo(1.25, 6);
  });
});
