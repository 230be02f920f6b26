import { existsSync, readFileSync } from 'node:fs';
import { keepOutputs, readNotebook, toNotebook, toSource, writeNotebook } from '../notebook/index.js';
import { writeWhole } from '../runs/files.js';

/**
 * `synclr convert from to`: a notebook to its text (`// %%` cells), or back. Going back, cells that did not change keep
 * their outputs.
 */
export function convert(from: string, to: string): void {
  if (from.endsWith('.ipynb')) {
    writeWhole(to, toSource(readNotebook(from)));
    return;
  }
  const notebook = toNotebook(readFileSync(from, 'utf8'), { where: from });
  writeNotebook(to, existsSync(to) ? keepOutputs(notebook, readNotebook(to)) : notebook);
}
