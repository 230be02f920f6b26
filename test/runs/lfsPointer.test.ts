import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { identifyGguf } from '../../lib/captions/gguf.js';
import { readCaptionLog } from '../../lib/captions/log.js';
import { mergeCaptionLogs } from '../../lib/captions/mergeLogs.js';
import { readRealCaptions } from '../../lib/captions/realCaptions.js';
import { readConceptList } from '../../lib/data/conceptList.js';
import { decodeImage } from '../../lib/data/imageFolder.js';
import { tarEntries } from '../../lib/data/shards/readTar.js';
import { openModel } from '../../lib/diffusion/openModel.js';
import { InputError } from '../../lib/errors.js';
import { readIdx } from '../../lib/evaluate/tasks/idx.js';
import { readNotebook } from '../../lib/notebook/document.js';
import { readJson } from '../../lib/runs/files.js';
import { refuseLfsPointer } from '../../lib/runs/lfsPointer.js';
import { openSafetensors } from '../../lib/runs/safetensors.js';
import { readBackbone } from '../../lib/synclr/weights/readBackbone.js';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d7a'.repeat(16)}\nsize 346293528\n`;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lfs-'));
  mkdirSync(path.join(folder, 'sub'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each<[string, (file: string) => unknown]>([
  ['weights.pth', readBackbone],
  ['weights.safetensors', readBackbone],
  ['tensors.safetensors', openSafetensors],
  ['model.onnx', openModel],
  ['model.gguf', identifyGguf],
  ['list.txt', readConceptList],
  ['list.json', readConceptList],
  ['captions.txt', readRealCaptions],
  ['captions.csv', readRealCaptions],
  ['log.jsonl', readCaptionLog],
  ['log.jsonl.gz', readCaptionLog],
  ['part.jsonl', (file) => mergeCaptionLogs({ parts: [file], out: `${file}.out` })],
  ['a.ipynb', readNotebook],
  ['config.json', readJson],
  ['photo.png', (file) => decodeImage(file, { size: 8 })],
  ['train-images-idx3-ubyte.gz', readIdx],
  ['0000.tar', (file) => tarEntries(Buffer.from(POINTER), file)],
])('a Git LFS pointer in place of %s is named as one', async (name, read) => {
  const file = path.join(folder, name);
  writeFileSync(file, POINTER);
  const error = await (async () => read(file))().catch((reason: unknown) => reason as InputError);
  expect(error).toBeInstanceOf(InputError);
  const { where, found, fix } = error as InputError;
  expect([where, found, fix]).toEqual([
    file,
    expect.stringMatching(/^a Git LFS pointer/),
    expect.stringMatching(/git lfs pull/),
  ]);
});

it('what is no pointer, or no file, is left to its reader', () => {
  writeFileSync(path.join(folder, 'short.txt'), 'version');
  for (const name of ['short.txt', 'none.txt', 'sub'])
    expect(() => refuseLfsPointer(path.join(folder, name))).not.toThrow();
});
