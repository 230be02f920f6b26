import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type CompiledStep, compile, hostTensor, scalar, tf } from '../../lib/engine/index.js';
import { InputError } from '../../lib/errors.js';
import { toyInputs, toySpecs, toyState, toyStep } from './toyBlock.js';

const open = (device: 'onnx' | 'cpu' = 'onnx') =>
  compile(toyStep, { state: toyState, inputs: toySpecs, device, finite: ['loss'], name: 'toy' });

/** Another learning rate for every step, so that a lost or a doubled step shows. */
const inputsOf = (step: number) => ({ ...toyInputs, lr: scalar(0.01 + 0.0001 * step) });

async function losses(compiled: CompiledStep, from: number, to: number): Promise<number[]> {
  const list: number[] = [];
  for (let step = from; step < to; step++) list.push((await compiled.run(inputsOf(step))).loss.data[0]);
  return list;
}

describe('a run of 200 steps', () => {
  it('repeats bit for bit, and so does one that is saved halfway and goes on in a new step', async () => {
    const [first, second, half, rest] = await Promise.all([open(), open(), open(), open()]);
    const whole = await losses(first, 0, 200);
    expect(whole[199]).toBeLessThan(whole[0]);
    expect(await losses(second, 0, 200)).toEqual(whole);
    expect(await second.state()).toEqual(await first.state());

    const begun = await losses(half, 0, 100);
    const saved = await half.state();
    await half.release();
    rest.load(saved);
    expect([...begun, ...(await losses(rest, 100, 200))]).toEqual(whole);
    expect(await rest.state()).toEqual(await first.state());
    for (const compiled of [first, second, rest]) await compiled.release();
  });
});

for (const device of ['onnx', 'cpu'] as const) {
  describe(`calls that overlap, on ${device}`, () => {
    it('take turns', async () => {
      const [one, many] = [await open(device), await open(device)];
      const inTurn = await losses(one, 0, 8);
      const together = await Promise.all(inTurn.map((_, step) => many.run(inputsOf(step))));
      expect(together.map(({ loss }) => loss.data[0])).toEqual(inTurn);
      expect(await many.state()).toEqual(await one.state());
      await Promise.all([one.release(), many.release()]);
    });

    it('go on after one of them failed', async () => {
      const [one, many] = [await open(device), await open(device)];
      const nan = hostTensor(new Float32Array(toyInputs.x.data.length).fill(Number.NaN), toyInputs.x.shape);
      const results = await Promise.allSettled([
        many.run(inputsOf(0)),
        many.run({ ...inputsOf(1), x: nan }),
        many.run({ x: nan }),
        many.run(inputsOf(1)),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
      await losses(one, 0, 2);
      expect(await many.state()).toEqual(await one.state());
      await Promise.all([one.release(), many.release()]);
    });

    it('do not load a state between them', async () => {
      const compiled = await open(device);
      const running = compiled.run(toyInputs);
      expect(() => compiled.load(toyState)).toThrow(/toy, load\(\)[\s\S]*await every run\(\) first/);
      await running;
      compiled.load(toyState);
      expect(await compiled.state()).toEqual(toyState);
      await compiled.release();
    });
  });

  describe(`release() on ${device}`, () => {
    it('waits for the runs before it, and is the end', async () => {
      const compiled = await open(device);
      const running = compiled.run(toyInputs);
      const released = compiled.release();
      await expect(compiled.run(toyInputs)).rejects.toThrow(/run\(\) after release\(\)/);
      expect((await running).loss.data[0]).toBeGreaterThan(0);
      await released;
      await expect(compiled.run(toyInputs)).rejects.toThrow(InputError);
      await expect(compiled.release()).rejects.toThrow(
        /toy[\s\S]*release\(\) after release\(\)[\s\S]*compile the step again/,
      );
      await expect(compiled.state()).rejects.toThrow(/state\(\) after release\(\)/);
      expect(() => compiled.load(toyState)).toThrow(/load\(\) after release\(\)/);
    });
  });

  it(`state() on ${device} is a copy, and load() takes one`, async () => {
    const compiled = await open(device);
    const taken = await compiled.state();
    taken.query.data.fill(7);
    expect(await compiled.state()).toEqual(toyState);
    compiled.load(taken);
    taken.query.data.fill(8);
    expect((await compiled.state()).query.data[0]).toBe(7);
    await compiled.release();
  });
}

describe('memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  /** Megabytes of the process once garbage is gone; external arrays need two rounds. */
  const resident = async () => {
    for (let i = 0; i < 3; i++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return process.memoryUsage.rss() / 2 ** 20;
  };

  // bench/memory.mjs measures this at length; the bounds here are wide enough for any allocator.
  it('does not grow with the steps', async () => {
    const compiled = await open();
    await losses(compiled, 0, 100);
    const before = await resident();
    await losses(compiled, 0, 600);
    expect((await resident()) - before).toBeLessThan(60);
    await compiled.release();
  });

  it('does not grow with the steps compiled and released, also by errors', async () => {
    const cycle = async () => {
      const compiled = await open();
      await compiled.run(toyInputs);
      await compiled.release();
      const broken = compile((_, { x }) => ({ state: {}, outputs: { y: tf.unique(tf.reshape(x, [-1])).values } }), {
        inputs: toySpecs,
        device: 'onnx',
      });
      await expect(broken).rejects.toThrow(InputError);
    };
    for (let i = 0; i < 5; i++) await cycle();
    const [before, tensors] = [await resident(), tf.memory().numTensors];
    for (let i = 0; i < 25; i++) await cycle();
    expect((await resident()) - before).toBeLessThan(100);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
