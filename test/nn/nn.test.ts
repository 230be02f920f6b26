import { describe, expect, it } from 'vitest';
import type { NamedTensors } from '../../lib/engine/step.js';
import { tf } from '../../lib/engine/tf.js';
import { attend as attendHeads } from '../../lib/nn/attention.js';
import { foldBlock, transformerBlock } from '../../lib/nn/block.js';
import { valueAndGrads } from '../../lib/nn/gradients.js';
import {
  fanInUniform,
  initBlock,
  initLinear,
  sinCosPositions,
  truncatedNormal,
  xavierUniform,
} from '../../lib/nn/init.js';
import { gelu, layerNorm, linear } from '../../lib/nn/layers.js';
import { withoutPrefix, withPrefix } from '../../lib/nn/names.js';
import { unitRows } from '../../lib/nn/unitRows.js';
import { rng } from '../../lib/random/rng.js';
import { type HostTensors, hostTensor } from '../../lib/runs/hostTensor.js';
import { affine, attend, block, geluOf, normed, type Rows } from './naive.js';

const stream = rng(1, 'nn test');
const rowsOf = (seed: number, rows: number, width: number): Rows =>
  Array.from({ length: rows }, (_, i) => [...rng(seed, i).normals(width)]);
/** All parameters made random, so that a bias or a gain that is ignored shows. */
const shaken = (params: HostTensors): HostTensors =>
  Object.fromEntries(
    Object.entries(params).map(([name, { shape, data }]) => [
      name,
      hostTensor(
        rng(9, name)
          .normals(data.length)
          .map((z) => 0.3 * z),
        shape,
      ),
    ]),
  );
const tensors = (params: HostTensors) =>
  Object.fromEntries(Object.entries(params).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape])]));
const close = (found: tf.Tensor, wanted: Rows, within = 1e-5) => {
  const flat = wanted.flat();
  const data = found.dataSync();
  expect(data.length).toBe(flat.length);
  for (let i = 0; i < flat.length; i++) expect(Math.abs(data[i] - flat[i])).toBeLessThan(within);
};

describe('layers', () => {
  it('linear: y = x·W + b on any number of leading axes, bias optional', () => {
    const params = shaken(initLinear(stream, 'fc', 5, 3));
    const x = rowsOf(2, 6, 5);
    close(linear(tensors(params), 'fc', tf.tensor2d(x)), affine(params, 'fc', x));
    const y = linear(tensors(params), 'fc', tf.reshape(tf.tensor2d(x), [2, 3, 5]));
    expect(y.shape).toEqual([2, 3, 3]);
    close(y, affine(params, 'fc', x));
    const { 'fc.weight': weight } = params;
    close(linear(tensors({ 'fc.weight': weight }), 'fc', tf.tensor2d(x)), affine({ 'fc.weight': weight }, 'fc', x));
  });

  it('layerNorm: affine and plain; a shift and a scale of the input change nothing', () => {
    const params = shaken({
      'n.weight': hostTensor(new Float32Array(7), [7]),
      'n.bias': hostTensor(new Float32Array(7), [7]),
    });
    const x = rowsOf(3, 4, 7);
    close(layerNorm(tensors(params), 'n', tf.tensor2d(x)), normed(params, 'n', x));
    close(layerNorm({}, 'n', tf.tensor2d(x)), normed({}, 'n', x));
    close(layerNorm({}, 'n', tf.tensor2d(x.map((r) => r.map((v) => 50 * v + 3)))), normed({}, 'n', x), 1e-4);
  });

  it('gelu is x·Φ(x)', () => {
    const x = [-2.5, -1, -0.1, 0, 0.3, 1, 2.5];
    close(gelu(tf.tensor1d(x)), [x.map(geluOf)], 2e-6);
    expect(gelu(tf.scalar(1)).arraySync()).toBeCloseTo(0.8413447, 5);
  });

  it('unitRows: length 1, and a finite gradient at 0', () => {
    const lengths = tf.norm(unitRows(tf.tensor2d(rowsOf(4, 5, 3))), 2, 1).dataSync();
    for (const length of lengths) expect(length).toBeCloseTo(1, 6);
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(unitRows(x)))(tf.zeros([1, 3]));
    for (const g of gradient.dataSync()) expect(Number.isFinite(g)).toBe(true);
  });
});

describe('attention and block', () => {
  const params = shaken(initBlock(stream, 'b', { width: 8, mlpRatio: 2 }));
  const x = rowsOf(5, 5, 8);
  /** As the block does it, between its two linear layers. */
  const attention = (p: NamedTensors, name: string, x: tf.Tensor, { heads }: { heads: number }) =>
    linear(p, `${name}.proj`, attendHeads(linear(p, `${name}.qkv`, x), heads));

  it('attention matches the loop', () => {
    close(attention(tensors(params), 'b.attn', tf.tensor3d([x]), { heads: 2 }), attend(params, 'b.attn', x, 2));
  });

  it('attention moves with a permutation of the tokens', () => {
    const order = [3, 0, 4, 1, 2];
    const straight = attention(tensors(params), 'b.attn', tf.tensor3d([x]), { heads: 4 });
    const moved = attention(tensors(params), 'b.attn', tf.tensor3d([order.map((i) => x[i])]), { heads: 4 });
    close(
      moved,
      (straight.arraySync() as Rows[])[0].map((_, i, all) => all[order[i]]),
    );
  });

  it('the block matches the loop; each image is computed on its own', () => {
    const other = rowsOf(6, 5, 8);
    const wanted = [...block(params, 'b', x, 2), ...block(params, 'b', other, 2)];
    close(transformerBlock(foldBlock(tensors(params), 'b'), tf.tensor3d([x, other]), { heads: 2 }), wanted, 2e-5);
  });

  it('a dropped branch leaves its sample as it was', () => {
    const keep = tf.tensor2d([
      [0, 1],
      [0, 1],
    ]);
    const both = tf.tensor3d([x, x]);
    const [dropped, kept] = transformerBlock(foldBlock(tensors(params), 'b'), both, {
      heads: 2,
      keep,
    }).arraySync() as Rows[];
    close(tf.tensor2d(dropped), x, 1e-7);
    close(tf.tensor2d(kept), block(params, 'b', x, 2), 2e-5);
  });
});

describe('init', () => {
  it('truncatedNormal: mean 0, the deviation asked for, nothing outside the bound; the same for the same stream', () => {
    const data = [...truncatedNormal(rng(1, 'w'), [100, 100], { std: 0.02, bound: 0.05 }).data];
    const mean = data.reduce((s, v) => s + v, 0) / data.length;
    const deviation = Math.sqrt(data.reduce((s, v) => s + v * v, 0) / data.length);
    expect(Math.abs(mean)).toBeLessThan(1e-3);
    expect(deviation).toBeGreaterThan(0.0185);
    expect(deviation).toBeLessThan(0.02);
    expect(data.every((v) => Math.abs(v) <= 0.05)).toBe(true);
    expect([...truncatedNormal(rng(1, 'w'), [100, 100], { bound: 0.05 }).data]).toEqual(data);
  });

  it('uniform initialisers keep to their limits and fill them', () => {
    for (const [{ data }, limit] of [
      [xavierUniform(rng(2), [30, 20]), Math.sqrt(6 / 50)],
      [fanInUniform(rng(3), [25, 24], 25), 0.2],
    ] as const) {
      const most = Math.max(...data.map(Math.abs));
      expect(most).toBeLessThanOrEqual(limit);
      expect(most).toBeGreaterThan(0.97 * limit);
    }
  });

  it('sinCosPositions: rows of equal length, distinct, column in the first half', () => {
    const { data, shape } = sinCosPositions(3, 8);
    expect(shape).toEqual([9, 8]);
    expect([...data.slice(8, 12)].map((v) => Number(v.toFixed(6)))).toEqual([0.841471, 0.01, 0.540302, 0.99995]);
    for (let i = 0; i < 9; i++) {
      const row = [...data.slice(8 * i, 8 * i + 8)];
      expect(row.reduce((s, v) => s + v * v, 0)).toBeCloseTo(4, 5);
    }
    expect(() => sinCosPositions(2, 6)).toThrow(/multiple of 4/);
  });

  it('prefixes are put on and taken off', () => {
    expect(withPrefix({ a: 1, b: 2 }, 'x.')).toEqual({ 'x.a': 1, 'x.b': 2 });
    expect(withoutPrefix({ 'x.a': 1, 'y.b': 2 }, 'x.')).toEqual({ a: 1 });
  });
});

describe('valueAndGrads', () => {
  it('gradients by name, equal to finite differences, and the extra tensors', () => {
    const x = [0.3, -0.7, 1.1];
    const f = (w: number, b: number) => x.reduce((s, v) => s + Math.tanh(w * v + b), 0);
    const { loss, grads, aux } = valueAndGrads(
      ({ w, b }) => {
        const y = tf.tanh(tf.add(tf.mul(tf.tensor1d(x), w), b));
        return { loss: tf.sum(y) as tf.Scalar, aux: { y } };
      },
      { w: tf.scalar(0.8), b: tf.scalar(0.1) },
    );
    expect(loss.arraySync()).toBeCloseTo(f(0.8, 0.1), 5);
    expect(grads.w.arraySync()).toBeCloseTo((f(0.801, 0.1) - f(0.799, 0.1)) / 0.002, 4);
    expect(grads.b.arraySync()).toBeCloseTo((f(0.8, 0.101) - f(0.8, 0.099)) / 0.002, 4);
    expect(aux.y.shape).toEqual([3]);
    expect(aux.y.dataSync()[0]).toBeCloseTo(Math.tanh(0.8 * 0.3 + 0.1), 5);
  });

  it('leaves no tensors behind but what it returns', () => {
    const w = tf.scalar(2);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      valueAndGrads((p) => ({ loss: tf.square(p.w) as tf.Scalar, aux: { again: tf.mul(p.w, 3) } }), { w });
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names a parameter the loss does not depend on', () => {
    const run = () =>
      valueAndGrads(({ a }) => ({ loss: tf.sum(a) as tf.Scalar }), { a: tf.scalar(1), b: tf.scalar(1) });
    expect(run).toThrow(/no path from the loss to b/);
  });
});
