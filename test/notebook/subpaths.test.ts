import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeNotebook } from '../../lib/notebook/document.js';
import { toNotebook } from '../../lib/notebook/format.js';
import { runNotebook } from '../../lib/notebook/runNotebook.js';

const folder = mkdtempSync(path.join(tmpdir(), 'synclr-subpaths-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a cell may import a room of the library, with its types', { timeout: 180_000 }, async () => {
  const file = path.join(folder, 'rooms.ipynb');
  const cell = `// %%
import { hostTensor, sizeOf } from 'synclr/engine';
import { rng } from 'synclr/random';
import { vitConfigs } from 'synclr/synclr';
const count: number = sizeOf(hostTensor(new Float32Array(6), [2, 3]).shape);
console.log(count, vitConfigs.toy.patch, typeof rng(1).child('a'));`;
  writeNotebook(file, toNotebook(cell));
  const { notebook } = await runNotebook(file);
  expect(notebook.cells[0].outputs).toMatchObject([{ output_type: 'stream', text: ['6 8 object\n'] }]);
});
