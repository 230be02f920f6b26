import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openModel } from '../../lib/diffusion/openModel.js';
import { exportOnnx } from '../../lib/engine/exportOnnx.js';
import { rewriteForWebGpu } from '../../lib/engine/forWebGpu.js';
import { messagesOf, ONNX, textOf } from '../../lib/engine/onnxFields.js';
import { attend } from '../../lib/nn/attention.js';
import { rng } from '../../lib/random/rng.js';
import { hostTensor } from '../../lib/runs/hostTensor.js';
import { temporaryFolder } from '../../lib/runs/temporaryFolder.js';

const folder = temporaryFolder('webgpu');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The operations of a model, each with the number of what it makes. */
function operations(file: string): string[] {
  const [graph] = messagesOf(readFileSync(file), ONNX.model.graph);
  const nodes = messagesOf(graph, ONNX.graph.node);
  return nodes.map((node) => `${textOf(node, ONNX.node.op)} ${messagesOf(node, ONNX.node.output).length}`);
}

it('attention is written for WebGPU: no Split into more than 7, no FusedMatMul, the same numbers', async () => {
  const shape = [2, 5, 48];
  const qkv = hostTensor(rng(0, 'qkv').normals(480), shape);
  const file = path.join(folder, 'model.onnx');
  writeFileSync(
    file,
    exportOnnx((_, { qkv }) => ({ y: attend(qkv, 4) }), { constants: {}, inputs: { qkv: { shape } } }),
  );
  const run = async () => {
    const model = await openModel(file, { providers: ['cpu'] });
    const { y } = await model.run({ qkv });
    await model.release();
    return y;
  };
  const before = await run();
  expect(operations(file)).toEqual(expect.arrayContaining(['Split 12', 'FusedMatMul 1']));
  rewriteForWebGpu(file);
  const after = operations(file);
  expect(after.filter((one) => one.startsWith('Split'))).toEqual(['Split 2', 'Split 6', 'Split 6']);
  expect(after.filter((one) => one === 'Transpose 1')).toHaveLength(4);
  expect(after.filter((one) => one.startsWith('FusedMatMul'))).toEqual([]);
  expect(await run()).toEqual(before);
  const bytes = readFileSync(file);
  rewriteForWebGpu(file);
  expect(readFileSync(file).equals(bytes)).toBe(true);
});
