import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostTensor, type Step, tf } from '../../lib/engine/index.js';
import { startWorker } from '../../lib/engine/xla/pythonWorker.js';
import { openXlaGraph } from '../../lib/engine/xla/xlaGraph.js';
import { xlaStep } from '../../lib/engine/xla/xlaStep.js';
import { toyInputs, toySpecs, toyState, toyStep } from './toyBlock.js';

/*
 * Without Python: these workers are scripts for Node that speak the protocol of run_onnx.py. That JAX computes the same as
 * ONNX Runtime is tested by `SYNCLR_TEST_DEVICE=xla npx vitest run test/engine/kernels.test.ts`, where JAX is installed.
 */
const folder = mkdtempSync(path.join(os.tmpdir(), 'xla-'));
let scripts = 0;

/** A worker whose answers `answer(header, body)` computes: [header, tensors as { name: float32[] }]. */
function fakeWorker(answer: string) {
  const script = path.join(folder, `worker-${scripts++}.cjs`);
  writeFileSync(
    script,
    `
    let pending = Buffer.alloc(0);
    const answer = ${answer};
    const memory = {};
    process.stdin.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        if (pending.length < 4) return;
        const size = pending.readUInt32LE();
        if (pending.length < 4 + size) return;
        const header = JSON.parse(pending.subarray(4, 4 + size));
        const body = header.tensors.reduce((sum, { bytes }) => sum + bytes, 0);
        if (pending.length < 4 + size + body) return;
        const bytes = Buffer.from(pending.subarray(4 + size, 4 + size + body));
        pending = pending.subarray(4 + size + body);
        let at = 0;
        const tensors = {};
        for (const spec of header.tensors) {
          tensors[spec.name] = { ...spec, data: bytes.subarray(at, at + spec.bytes) };
          at += spec.bytes;
        }
        const [reply, out = {}] = answer(header, tensors, memory);
        const specs = Object.values(out).map(({ name, dtype, shape, data }) => ({ name, dtype, shape, bytes: data.length }));
        const json = Buffer.from(JSON.stringify({ ...reply, tensors: specs }));
        const length = Buffer.alloc(4);
        length.writeUInt32LE(json.length);
        process.stdout.write(Buffer.concat([length, json, ...Object.values(out).map(({ data }) => data)]));
      }
    });
    `,
  );
  return startWorker(process.execPath, script);
}

describe('the worker of device xla', () => {
  it('gives tensors of every size back as they were sent, in the order of the requests', async () => {
    const worker = fakeWorker('(header, tensors) => [{ call: header.call }, tensors]');
    const tensors = {
      empty: hostTensor(new Float32Array(0), [0, 3]),
      scalar: hostTensor(Float32Array.of(Math.PI), []),
      ids: hostTensor(Int32Array.of(-1, 2, 3), [3]),
      large: hostTensor(
        Float32Array.from({ length: 300_000 }, (_, i) => i),
        [3, 100_000],
      ),
    };
    const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => worker.ask({ call: `${i}` }, tensors)));
    for (const [i, { header, tensors: found }] of answers.entries()) {
      expect(header.call).toBe(`${i}`);
      expect(found).toEqual(tensors);
    }
  });

  it('says which Python is missing, and what to install', async () => {
    const worker = startWorker('/nowhere/python3');
    await expect(worker.ask({ call: 'hello' })).rejects.toThrow(/\/nowhere\/python3[\s\S]*ENOENT[\s\S]*pip install/);
    await expect(worker.ask({ call: 'hello' })).rejects.toThrow(/ENOENT/);
  });

  it('says what a worker printed before it ended', async () => {
    const worker = fakeWorker(`() => { console.error("No module named 'jax'"); process.exit(1); }`);
    await expect(worker.ask({ call: 'hello' })).rejects.toThrow(/exit code 1: No module named 'jax'[\s\S]*pip install/);
  });

  it('names the operators that are not translated', async () => {
    const worker = fakeWorker(
      `() => [{ error: 'NotImplementedError: operators that operators.py does not know: Foo' }]`,
    );
    const opened = openXlaGraph(worker, new Uint8Array(4), { name: 'toy' });
    await expect(opened).rejects.toThrow(/toy, opening its graph on xla[\s\S]*Foo/);
  });
});

describe('a step on device xla', () => {
  /** Adds one to every number of the state; the loss is NaN when told so. */
  const counting = `(header, tensors, memory) => {
    if (header.call === 'set_state') memory.now = tensors;
    if (header.call === 'keep') memory.now = memory.next;
    if (header.call === 'read_state') return [{}, memory.now];
    if (header.call === 'open_graph') return [{ inputs: [], outputs: [] }];
    if (header.call !== 'run') return [{}];
    if (header.fail) return [{ error: 'RESOURCE_EXHAUSTED: out of memory' }];
    memory.next = Object.fromEntries(Object.entries(memory.now).map(([name, tensor]) => {
      const data = Buffer.from(tensor.data);
      for (let i = 0; i < data.length; i += 4) data.writeFloatLE(data.readFloatLE(i) + 1, i);
      return [name, { ...tensor, data }];
    }));
    const loss = Buffer.alloc(4);
    loss.writeFloatLE(Object.keys(tensors).length);
    return [{}, { loss: { name: 'output.loss', dtype: 'float32', shape: [], data: loss } }];
  }`;
  const open = (answer = counting) =>
    xlaStep(toyStep, { name: 'toy', state: toyState, inputs: toySpecs }, { device: 'xla', worker: fakeWorker(answer) });

  it('moves its state on when it is kept, and only then', async () => {
    const runner = await open();
    expect(await runner.state()).toEqual(toyState);
    const { outputs, keep } = await runner.run(toyInputs);
    expect(outputs.loss.data[0]).toBe(Object.keys(toyInputs).length);
    expect(await runner.state()).toEqual(toyState);
    keep();
    const moved = await runner.state();
    for (const [name, { data }] of Object.entries(toyState)) expect(moved[name].data).toEqual(data.map((x) => x + 1));
    runner.load(toyState);
    expect(await runner.state()).toEqual(toyState);
    await runner.release();
  });

  it('keeps the graphs of the last shapes alone', async () => {
    const opened: string[] = [];
    const fake = fakeWorker(counting);
    const worker = {
      ask: (header: Record<string, unknown>, ...rest: never[]) => {
        if (header.call === 'open_graph') opened.push(`open ${opened.length}`);
        if (Array.isArray(header.graphs) && header.state === undefined) opened.push('release');
        return fake.ask(header, ...rest);
      },
    };
    const double: Step = (state, { x }) => ({ state, outputs: { loss: tf.sum(tf.mul(x, 2)) } });
    const state = { n: hostTensor(new Float32Array(1), []) };
    const runner = await xlaStep(double, { name: 'toy', state, keepShapes: 2 }, { device: 'xla', worker });
    for (const size of [1, 2, 1, 3, 1, 2]) await runner.run({ x: hostTensor(new Float32Array(size), [size]) });
    expect(opened).toEqual(['open 0', 'open 1', 'release', 'open 3', 'release', 'open 5']);
    await runner.release();
  });

  it('tells a lack of memory from other problems', async () => {
    const failing = (error: string) =>
      counting.replace('if (header.fail)', 'if (true)').replace('RESOURCE_EXHAUSTED: out of memory', error);
    const first = await open(failing('RESOURCE_EXHAUSTED: out of memory'));
    await expect(first.run(toyInputs)).rejects.toThrow(/toy, run on xla[\s\S]*make the batch smaller/);
    const second = await open(failing('TypeError: no'));
    await expect(second.run(toyInputs)).rejects.toThrow(/TypeError: no[\s\S]*operators\.py is wrong/);
  });
});
