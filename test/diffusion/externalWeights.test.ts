import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { externalWeights } from '../../lib/diffusion/externalWeights.js';
import { modelFiles } from '../../lib/diffusion/openDenoiser.js';
import { projectPath } from '../../lib/runs/paths.js';
import { ProtoWriter } from '../../lib/runs/protobuf.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'onnx-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A tensor whose numbers are in a file, or here. */
const tensor = (location?: string) => {
  const proto = new ProtoWriter().int(1, 3).int(2, 1).bytesField(8, 'w');
  if (!location) return proto.bytesField(9, new Uint8Array(200_000).fill(0x6a));
  const entry = (key: string, value: string) => new ProtoWriter().bytesField(1, key).bytesField(2, value);
  return proto.bytesField(13, entry('offset', '4096')).bytesField(13, entry('location', location)).int(14, 1);
};
/** A branch of an If: a graph in an attribute of a node. */
const branch = (inside: ProtoWriter) =>
  new ProtoWriter().bytesField(4, 'If').bytesField(5, new ProtoWriter().bytesField(1, 'then').bytesField(6, inside));
const constant = (value: ProtoWriter) => new ProtoWriter().bytesField(5, new ProtoWriter().bytesField(5, value));

function model(): Uint8Array {
  const inner = new ProtoWriter().bytesField(5, tensor('branch.bin'));
  const graph = new ProtoWriter()
    .bytesField(5, tensor())
    .bytesField(1, branch(inner))
    .bytesField(5, tensor('weights.pb'))
    .bytesField(1, constant(tensor('constants.bin')))
    .bytesField(5, tensor('weights.pb'));
  return new ProtoWriter().int(1, 9).bytesField(2, 'test').bytesField(7, graph).finish().slice();
}

describe('externalWeights', () => {
  it('names the files of tensors, of constants and of those in branches, each once', () => {
    const file = path.join(folder, 'model.onnx');
    writeFileSync(file, model());
    expect(externalWeights(file)).toEqual(['branch.bin', 'constants.bin', 'weights.pb']);
  });

  it('has none of a model that is one file, and ends wherever it is cut', () => {
    expect(externalWeights(projectPath('data/models/generator-laptop/text_encoder/model.onnx'))).toEqual([]);
    const whole = model();
    const file = path.join(folder, 'cut.onnx');
    for (let length = 0; length < whole.length; length += 997) {
      writeFileSync(file, whole.subarray(0, length));
      expect(externalWeights(file)).toEqual([]);
    }
  });
});

it("only files that the model reads count for a folder's fingerprint", () => {
  const unet = path.join(folder, 'unet');
  for (const name of ['unet', 'text_encoder']) mkdirSync(path.join(folder, name));
  for (const name of ['unet', 'text_encoder']) writeFileSync(path.join(folder, name, 'model.onnx'), model());
  const before = modelFiles(folder);
  expect(before.filter((file) => file.startsWith('unet/'))).toEqual([
    'unet/model.onnx',
    'unet/branch.bin',
    'unet/constants.bin',
    'unet/weights.pb',
  ]);
  for (const stray of ['.DS_Store', '._model.onnx', 'README.md', 'model.onnx.bak', 'old_weights.pb', 'Thumbs.db']) {
    writeFileSync(path.join(unet, stray), 'x');
  }
  expect(modelFiles(folder)).toEqual(before);
});
