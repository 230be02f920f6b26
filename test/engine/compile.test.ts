import { describe, expect, it } from 'vitest';
import {
  compile,
  type HostTensors,
  hostTensor,
  type NamedTensors,
  scalar,
  sizeOf,
  tf,
} from '../../lib/engine/index.js';
import { foldBlock, initBlock, transformerBlock, valueAndGrads } from '../../lib/nn/index.js';
import { rng } from '../../lib/random/rng.js';

const width = 16;
const x = hostTensor(rng(0, 'x').normals(2 * 5 * width), [2, 5, width]);
const params = initBlock(rng(0, 'params'), 'block', { width });

/** One block trained by gradient descent with momentum to reproduce the sine of its input. */
const step = (state: NamedTensors, inputs: NamedTensors) => {
  const weights = Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith('block')));
  const { loss, grads } = valueAndGrads((p) => {
    const y = transformerBlock(foldBlock(p, 'block'), inputs.x, { heads: 2 });
    return { loss: tf.mean(tf.squaredDifference(y, tf.sin(inputs.x))) as tf.Scalar };
  }, weights);
  const next: NamedTensors = {};
  for (const name of Object.keys(weights)) {
    const velocity = tf.add(tf.mul(state[`v.${name}`], 0.9), grads[name]);
    next[`v.${name}`] = velocity;
    next[name] = tf.sub(weights[name], tf.mul(velocity, inputs.lr));
  }
  const gradients = Object.fromEntries(Object.entries(grads).map(([name, g]) => [`grad.${name}`, g]));
  return { state: next, outputs: { loss, ...gradients } };
};
const state: HostTensors = { ...params };
for (const [name, p] of Object.entries(params)) {
  state[`v.${name}`] = hostTensor(new Float32Array(p.data.length), p.shape);
}
const specs = { x: { shape: x.shape }, lr: { shape: [] } };
const inputs = { x, lr: scalar(0.05) };

describe('a compiled training step', () => {
  it('has the loss and gradients of tfjs cpu, and learns', async () => {
    const traced = await compile(step, { state, inputs: specs, device: 'onnx' });
    const oracle = await compile(step, { state, inputs: specs, device: 'cpu' });
    let first = 0;
    for (let i = 0; i < 5; i++) {
      const a = await traced.run(inputs);
      const b = await oracle.run(inputs);
      if (i === 0) first = a.loss.data[0];
      for (const key of Object.keys(b)) {
        b[key].data.forEach((value, j) => {
          expect(Math.abs(a[key].data[j] - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
        });
      }
    }
    expect((await traced.run(inputs)).loss.data[0]).toBeLessThan(first);
    await traced.release();
  });

  it('goes on bit for bit from a saved state', async () => {
    const whole = await compile(step, { state, inputs: specs });
    for (let i = 0; i < 6; i++) await whole.run(inputs);
    const half = await compile(step, { state, inputs: specs });
    for (let i = 0; i < 3; i++) await half.run(inputs);
    const resumed = await compile(step, { state, inputs: specs });
    resumed.load(half.state());
    for (let i = 0; i < 3; i++) await resumed.run(inputs);
    expect(resumed.state()).toEqual(whole.state());
    for (const c of [whole, half, resumed]) await c.release();
  });

  it('keeps the last good state when the loss is not finite', async () => {
    const compiled = await compile(step, { state, inputs: specs, finite: ['loss'], name: 'toy' });
    await compiled.run(inputs);
    const good = compiled.state();
    const broken = { ...inputs, x: hostTensor(new Float32Array(x.data.length).fill(Number.NaN), x.shape) };
    await expect(compiled.run(broken)).rejects.toThrow(/toy, step 1[\s\S]*finite loss/);
    expect(compiled.state()).toEqual(good);
    await compiled.release();
  });
});

describe('a step compiled without input shapes', () => {
  const mean = (s: NamedTensors, { x }: NamedTensors) => ({
    state: { total: tf.add(s.total, tf.sum(x)) },
    outputs: { mean: tf.mean(x) },
  });
  const ones = (...shape: number[]) => ({ x: hostTensor(new Float32Array(sizeOf(shape)).fill(1), shape) });
  const options = { state: { total: scalar(0) } };

  it('takes every shape, with one state for all', async () => {
    for (const device of ['onnx', 'cpu'] as const) {
      const compiled = await compile(mean, { ...options, device });
      for (const inputs of [ones(3), ones(2, 2), ones(5), ones(3)]) {
        expect((await compiled.run(inputs)).mean.data[0]).toBe(1);
      }
      expect(compiled.state().total.data[0]).toBe(3 + 4 + 5 + 3);
      await compiled.release();
    }
  });

  it('traces a shape once while it is among the last few, and again after that', async () => {
    const traced: number[] = [];
    const watched = (s: NamedTensors, inputs: NamedTensors) => {
      traced.push(inputs.x.size);
      return mean(s, inputs);
    };
    const compiled = await compile(watched, { ...options, device: 'onnx', keepShapes: 2 });
    for (const size of [1, 2, 1, 2, 1, 3, 1, 2]) await compiled.run(ones(size));
    expect(traced).toEqual([1, 2, 3, 2]);
    await compiled.release();
  });

  it('tells dtypes apart', async () => {
    const double = (_: NamedTensors, { x }: NamedTensors) => ({ state: {}, outputs: { y: tf.add(x, x) } });
    const compiled = await compile(double, { device: 'onnx' });
    expect((await compiled.run({ x: scalar(1.5) })).y).toEqual(scalar(3));
    expect((await compiled.run({ x: hostTensor(Int32Array.of(4), []) })).y).toEqual(hostTensor(Int32Array.of(8), []));
    await compiled.release();
  });
});
