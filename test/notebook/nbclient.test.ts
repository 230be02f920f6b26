import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { jupyterEnv, runNotebook, toNotebook, writeNotebook } from '../../lib/notebook/index.js';

const python = process.env.SYNCLR_PYTHON ?? 'python3';
const hasNbclient = spawnSync(python, ['-c', 'import nbclient']).status === 0;

/** Jupyter's own client runs our kernel spec and sees what our runner sees (where Python and nbclient are installed). */
describe.runIf(hasNbclient)("Jupyter's nbclient", () => {
  it('finds the kernel and gets the same outputs', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nbclient-'));
    const file = path.join(folder, 'a.ipynb');
    writeNotebook(file, toNotebook('// %%\nconst x: number = 20;\n\n// %%\nconsole.log(x + 1);\n'));
    const script = [
      'import sys, nbformat, nbclient',
      'nb = nbformat.read(sys.argv[1], 4)',
      "nbclient.NotebookClient(nb, kernel_name='synclr', timeout=60).execute()",
      "nbformat.write(nb, sys.argv[1] + '.out')",
    ].join('\n');
    const run = spawnSync(python, ['-c', script, file], { env: jupyterEnv(), encoding: 'utf8' });
    expect(run.stderr + run.stdout).not.toMatch(/Error/);
    const theirs = JSON.parse(readFileSync(`${file}.out`, 'utf8'));
    const ours = (await runNotebook(file)).notebook;
    const text = (cell: { outputs?: { text?: string | string[] }[] }) =>
      (cell.outputs ?? []).flatMap((output) => output.text ?? []).join('');
    expect(theirs.cells.map(text)).toEqual(ours.cells.map(text as never));
    expect(text(theirs.cells[1])).toBe('21\n');
  }, 120_000);
});
