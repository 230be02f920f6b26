import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { writeNotebook } from '../../lib/notebook/document.js';
import { toNotebook } from '../../lib/notebook/format.js';
import { KernelDied, startKernel } from '../../lib/notebook/kernel.js';
import { NotebookFailed } from '../../lib/notebook/notebookFailed.js';
import { runNotebook } from '../../lib/notebook/runNotebook.js';

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'synclr-notebook-')));
afterAll(() => rmSync(folder, { recursive: true }));

/** The compiled library: kernels and other processes cannot load TypeScript. */
const library = (file: string) => fileURLToPath(new URL(`../../lib/dist/notebook/${file}`, import.meta.url));

function make(name: string, ...cells: string[]): string {
  const file = path.join(folder, name);
  writeNotebook(file, toNotebook(cells.map((cell) => (cell.startsWith('// %%') ? cell : `// %%\n${cell}`)).join('\n')));
  return file;
}
const failure = (run: Promise<unknown>): Promise<NotebookFailed> =>
  run.then(
    () => expect.unreachable('it should have failed'),
    (error) => {
      expect(error).toBeInstanceOf(NotebookFailed);
      return error;
    },
  );
const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

// A kernel takes 2–3 s to start, and much longer on a machine with other work.
const patience = { timeout: 180_000 };

describe('runNotebook', patience, () => {
  it('runs cells in one kernel, writes their outputs, and gives the same bytes again', async () => {
    const file = make(
      'whole.ipynb',
      '// %% [markdown]\n/*\n# Title\n*/',
      '// %% tags=parameters\nconst n: number = 2;',
      `import * as tslab from 'tslab';
const bar = tslab.newDisplay();
for (const percent of [0, 50, 100]) { bar.text(percent + ' %'); await new Promise((f) => setTimeout(f, 5)); }
console.log('squared', n * n, process.cwd());`,
      '',
      `const { openDisplay } = require(${JSON.stringify(library('../runs/index.js'))});
const { showTable } = require(${JSON.stringify(library('index.js'))});
const place = openDisplay();
for (const state of ['waiting', 'done']) place.show({ 'text/plain': state });
showTable([{ method: 'SynCLR', accuracy: 66.61 }]);`,
    );
    const first = await runNotebook(file);
    expect(first).toMatchObject({ written: file, changed: true });
    const bytes = readFileSync(file, 'utf8');
    const [, parameters, work, empty, shown] = JSON.parse(bytes).cells;
    expect(parameters).toMatchObject({ execution_count: 1, outputs: [] });
    expect(work.execution_count).toBe(2);
    expect(work.outputs).toEqual([
      { output_type: 'display_data', data: { 'text/plain': ['100 %'] }, metadata: {} },
      { output_type: 'stream', name: 'stdout', text: [`squared 4 ${folder}\n`] },
    ]);

    expect(empty).toMatchObject({ execution_count: null, outputs: [] });
    const data = shown.outputs.map((output: { data: unknown }) => output.data);
    expect(data).toHaveLength(2); // and no stream: tslab prints what a last expression returns
    expect(data[0]).toEqual({ 'text/plain': ['done'] });
    expect(data[1]['text/plain']).toEqual(['method  accuracy\n', 'SynCLR      66.6']);
    expect(data[1]['text/html'].join('')).toMatch(/^<table/);

    const out = path.join(folder, 'other.ipynb');
    const run = await runNotebook(file, { parameters: { n: 5 }, out });
    expect(run.notebook.cells[2].source).toBe('var n = 5;');
    expect(readFileSync(out, 'utf8')).toContain('squared 25');
    expect(readFileSync(file, 'utf8')).toBe(bytes);

    expect(await runNotebook(file)).toMatchObject({ changed: false });
    expect(readFileSync(file, 'utf8')).toBe(bytes);
    await expect(runNotebook(file, { parameters: { m: 5 } })).rejects.toThrow(/one of its parameters: n[\s\S]*m/);
    await expect(runNotebook(file, { parameters: { n: '7,5' } })).rejects.toThrow(
      /n\n.*a number, as there[\s\S]*"7,5"/,
    );
  });

  it.each(['soon', 0, 1e10])('refuses a limit of %j in the metadata of a cell before anything runs', async (limit) => {
    const file = make('limit.ipynb', '1');
    const notebook = JSON.parse(readFileSync(file, 'utf8'));
    notebook.cells[0].metadata.synclr = { timeoutSeconds: limit };
    writeFileSync(file, JSON.stringify(notebook));
    await expect(runNotebook(file)).rejects.toThrow(/code cell 1, synclr\.timeoutSeconds\n.*a number above 0/);
  });

  it('keeps a hundred thousand lines and a line of a megabyte', async () => {
    const lines = 'for (let i = 0; i < 100_000; i++) console.log("line " + i);';
    const { notebook } = await runNotebook(make('loud.ipynb', lines, 'console.log("x".repeat(2 ** 20));'));
    const [many, long] = notebook.cells.map(({ outputs = [] }) => outputs.flatMap(({ text }) => text as string[]));
    expect(many).toEqual(Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`));
    expect(long).toEqual([`${'x'.repeat(2 ** 20)}\n`]);
  });

  it('leaves a failing notebook untouched, names the cell, and keeps a copy with the outputs until then', async () => {
    const file = make(
      'failing.ipynb',
      'console.log("before");',
      'const x: number = 1;\nthrow new Error("no luck " + x);',
      '1',
    );
    const bytes = readFileSync(file, 'utf8');
    const error = await failure(runNotebook(file));
    expect(error.cell).toBe(2);
    expect(error.message).toMatch(
      /failing\.ipynb: code cell 2 failed\.\n {4}const x: number = 1;[\s\S]*Error: no luck 1/,
    );
    expect(readFileSync(file, 'utf8')).toBe(bytes);
    expect(error.partialFile).toBe(path.join(folder, 'failing.failed.ipynb'));
    const partial = readFileSync(path.join(folder, 'failing.failed.ipynb'), 'utf8');
    expect(partial).toContain('before');
    expect(JSON.parse(partial).cells.map((cell: { execution_count: number }) => cell.execution_count)).toEqual([
      1,
      2,
      null,
    ]);
  });

  it('fails on lost promises', async () => {
    const file = make('lost.ipynb', 'Promise.reject(new Error("lost")); await new Promise((f) => setTimeout(f, 50));');
    const lost = await failure(runNotebook(file, { write: false }));
    expect(lost.message).toMatch(/did not wait for[\s\S]*lost/);
    expect(existsSync(path.join(folder, 'lost.failed.ipynb'))).toBe(false);
  });

  it('limits the time of a cell, and a cell may set its own limit', async () => {
    const wait = 'await new Promise((f) => setTimeout(f, 1500));';
    const file = make('slow.ipynb', `// %% timeoutSeconds=30\n${wait}`, `console.log('second');\n${wait}`);
    const slow = await failure(runNotebook(file, { write: false, cellTimeoutSeconds: 1 }));
    expect(slow.cell).toBe(2);
    expect(slow.message).toMatch(/longer than 1 s/);
  });
});

describe('startKernel', patience, () => {
  it('interrupts a cell that never ends, checks types, and leaves nothing behind', async () => {
    const kernel = await startKernel({ cwd: folder });
    // Interrupt when the loop runs: a signal that comes before is lost.
    const endless = kernel.execute('console.log("started"); while (true) {}', { onOutput: () => kernel.interrupt() });
    expect((await endless).status).toBe('error');
    await sleep(300); // what comes right after a failure is not run
    expect((await kernel.execute('1 + 1')).status).toBe('ok');
    const said: string[] = [];
    const onOutput = ({ content }: { content: Record<string, unknown> }) => void said.push(String(content.evalue));
    expect((await kernel.execute('const a: number = "text";', { onOutput })).status).toBe('error');
    expect(said.join('')).toMatch(/not assignable to type 'number'/);
    await sleep(300);
    await expect(kernel.execute('process.exit(3);')).rejects.toThrow(/kernel ended \(exit code 3\)/);
    await kernel.shutdown();
    expect(alive(kernel.pid)).toBe(false);
    await expect(kernel.execute('1')).rejects.toThrow();
  });

  it('ends its kernel even when it is itself killed', async () => {
    const script = `const { startKernel } = await import(${JSON.stringify(library('kernel.js'))});
      const kernel = await startKernel(); console.log(kernel.pid); setInterval(() => {}, 1000);`;
    const check = async (signal: NodeJS.Signals) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const pid = await new Promise<number>((resolve) => child.stdout.once('data', (text) => resolve(Number(text))));
      expect(alive(pid)).toBe(true);
      child.kill(signal);
      for (let tries = 0; alive(pid) && tries < 200; tries++) await sleep(100);
      expect(alive(pid)).toBe(false);
    };
    await Promise.all([check('SIGKILL'), check('SIGINT')]);
  });

  it('says why a kernel did not start', async () => {
    await expect(startKernel({ spec: folder })).rejects.toThrow(/kernel\.json/);
    const broken = startKernel({ env: { NODE_OPTIONS: '--require=/nowhere.cjs' } });
    await expect(broken).rejects.toThrow(KernelDied);
    await expect(broken).rejects.toThrow(/nowhere\.cjs/);
  });
});
