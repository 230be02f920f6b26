import { describe, expect, it } from 'vitest';
import { compile, type HostTensors, hostTensor, type NamedTensors, scalar, tf } from '../../lib/engine/index.js';
import { InputError } from '../../lib/errors.js';
import { initBlock, transformerBlock, valueAndGrads } from '../../lib/nn/index.js';
import { rng } from '../../lib/random/rng.js';

const width = 16;
const x = hostTensor(rng(0, 'x').normals(2 * 5 * width), [2, 5, width]);
const params = initBlock(rng(0, 'params'), 'block', { width });

/** One block trained by gradient descent with momentum to reproduce the sine of its input. */
const step = (state: NamedTensors, inputs: NamedTensors) => {
  const weights = Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith('block')));
  const { loss, grads } = valueAndGrads((p) => {
    const y = transformerBlock(p, 'block', inputs.x, { heads: 2 });
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

describe('errors that teach', () => {
  const identity = (_: NamedTensors, { a }: NamedTensors) => ({ state: {}, outputs: { a } });
  const compileA = (fn: Parameters<typeof compile>[0]) => compile(fn, { inputs: { a: { shape: [2, 2] } } });

  it('names a wrong input shape', async () => {
    const compiled = await compileA(identity);
    await expect(compiled.run({ a: hostTensor(new Float32Array(2), [2]) })).rejects.toThrow(
      /input "a"[\s\S]*float32 \[2,2\][\s\S]*float32 \[2\]/,
    );
    await expect(compiled.run({})).rejects.toThrow(/found: {4}nothing/);
    await compiled.release();
  });

  it('says that a traced tensor has no value', async () => {
    const reads = (_: NamedTensors, { a }: NamedTensors) => {
      if (a.dataSync()[0] > 0) return { state: {}, outputs: { a } };
      return { state: {}, outputs: { a: tf.neg(a) } };
    };
    await expect(compileA(reads)).rejects.toThrow(/tf\.where\(condition, a, b\)/);
  });

  it('names a kernel it cannot record, and the line', async () => {
    const odd = (_: NamedTensors, { a }: NamedTensors) => ({ state: {}, outputs: { a: tf.reverse(a, 0) } });
    await expect(compileA(odd)).rejects.toThrow(/compile\.test\.ts[\s\S]*'Reverse'/);
  });

  it('names a state that does not fit', async () => {
    const compiled = await compile(step, { state, inputs: specs });
    const { 'block.norm1.bias': _gone, ...rest } = compiled.state();
    expect(() => compiled.load(rest)).toThrow(InputError);
    expect(() => compiled.load(rest)).toThrow(/state "block\.norm1\.bias"/);
    await compiled.release();
  });

  it('leaves the backend as it was after an error', async () => {
    await tf.setBackend('cpu');
    await expect(compileA(() => ({ state: {}, outputs: { a: tf.reverse(tf.ones([2])) } }))).rejects.toThrow();
    expect(tf.getBackend()).toBe('cpu');
  });
});
