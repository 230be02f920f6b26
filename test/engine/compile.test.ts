import { describe, expect, it } from 'vitest';
import { compile, hostTensor, type NamedTensors, type Step, scalar, sizeOf, tf } from '../../lib/engine/index.js';
import { traceStep } from '../../lib/engine/onnxGraph.js';
import { rng } from '../../lib/random/rng.js';
import { toyInputs, toySpecs, toyState, toyStep } from './toyBlock.js';

describe('a compiled training step', () => {
  it('has the loss and gradients of tfjs cpu, and learns', async () => {
    const traced = await compile(toyStep, { state: toyState, inputs: toySpecs, device: 'onnx' });
    const oracle = await compile(toyStep, { state: toyState, inputs: toySpecs, device: 'cpu' });
    let first = 0;
    for (let i = 0; i < 5; i++) {
      const a = await traced.run(toyInputs);
      const b = await oracle.run(toyInputs);
      if (i === 0) first = a.loss.data[0];
      for (const key of Object.keys(b)) {
        b[key].data.forEach((value, j) => {
          expect(Math.abs(a[key].data[j] - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
        });
      }
    }
    expect((await traced.run(toyInputs)).loss.data[0]).toBeLessThan(first);
    await traced.release();
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
      expect((await compiled.state()).total.data[0]).toBe(3 + 4 + 5 + 3);
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

describe('a large constant', () => {
  it('stands beside the model, not in it, and is read right', async () => {
    const shape = [160, 160];
    const table = hostTensor(rng(0, 'large').normals(160 * 160), shape);
    const small = hostTensor(Float32Array.of(2), [1]);
    const step: Step = (p, { x }) => ({ state: {}, outputs: { y: tf.mul(tf.matMul(x, p.table), p.small) } });
    const x = hostTensor(rng(1, 'x').normals(160), [1, 160]);
    const inputs = { x: { shape: x.shape } };
    const traced = traceStep({ step, name: 'large', state: {}, constants: { table, small }, finite: [] }, inputs);
    expect(traced.externalData.map(({ path, data }) => [path, data.length])).toEqual([
      ['constant.table', 4 * 160 * 160],
    ]);
    expect(traced.model.length).toBeLessThan(2_000);
    const [onnx, cpu] = await Promise.all(
      (['onnx', 'cpu'] as const).map((device) => compile(step, { constants: { table, small }, inputs, device })),
    );
    const [found, expected] = [await onnx.run({ x }), await cpu.run({ x })];
    for (const [i, value] of found.y.data.entries()) expect(value).toBeCloseTo(expected.y.data[i], 4);
    await Promise.all([onnx.release(), cpu.release()]);
  });
});
