import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kernel, startKernel } from '../../lib/notebook/kernel.js';
import { COMPILER_CORRECTIONS, CORRECTIONS, correctConverter } from '../../lib/notebook/tslab/corrections.js';
import { say, startPlainTslab } from './kernels.js';

/** Each: cells, of which the last one's text is what counts, and what a tslab that needs no correction would say. */
const PROBES: Record<string, { cells: string[]; expected: RegExp }> = {
  'shorthand properties of earlier names': {
    cells: [
      'const guidance = 2; import { format } from "node:util";',
      'function show(o: object) { console.log(Object.keys(o).join(), typeof Object.values(o)[0]); }',
      'show({ guidance, format })',
    ],
    expected: /^guidance,format number$/m,
  },
  'shorthand in a pattern': {
    cells: ['let left = 1, right = 2;', '({ left, right = 7 } = { left: 5 } as any); console.log(left, right)'],
    expected: /^5 7$/m,
  },
  'updates of earlier variables': {
    cells: [
      'let count = 0; function inc() { count += 1; }',
      'inc(); inc();',
      'count += 5; count++; inc(); console.log("count", count);',
    ],
    expected: /^count 9$/m,
  },
  'packages that name their parts': {
    cells: [`import { strToU8 } from 'fflate/node';\nconsole.log('bytes', strToU8('é').length);`],
    expected: /^bytes 2$/m,
  },
  'letters that are cut between two pieces': {
    cells: [
      'const bytes = Buffer.from("é"); process.stdout.write(bytes.subarray(0, 1)); process.stdout.write(bytes.subarray(1)); void 0;',
    ],
    expected: /^é$/,
  },
  'the callback of a write': {
    cells: [
      'await Promise.race([new Promise((f: any) => process.stdout.write("", f)), new Promise((_, no) => setTimeout(no, 2000))]); console.log("called");',
    ],
    expected: /^called$/m,
  },
  'the line of an error': {
    cells: ['const a = 1;\n\n// a comment\nthrow new Error("no luck");'],
    expected: /no luck[\s\S]*line 4/,
  },
  'a hundred thousand lines': {
    cells: ['for (let i = 0; i < 100_000; i++) console.log("line " + i);'],
    expected: /^(?:line \d+\n){100000}$/,
  },
  'both streams in turn': {
    cells: ['for (let i = 0; i < 20_000; i++) i % 2 ? console.log("line " + i) : console.error("line " + i);'],
    expected: /^(?:line \d+\n){20000}$/,
  },
};

const patience = { timeout: 300_000 };

describe('what is corrected in tslab', patience, () => {
  let ours: Kernel;
  let theirs: Kernel;
  beforeAll(async () => {
    [ours, theirs] = [await startKernel(), await startPlainTslab()];
  }, 300_000);
  afterAll(async () => {
    await ours?.shutdown();
    await theirs?.shutdown();
  });

  const last = async (kernel: Kernel, cells: readonly string[], seconds: number) => {
    let text = '';
    for (const cell of cells) text = (await say(kernel, cell, seconds)).text;
    return text;
  };

  it.each(Object.entries(PROBES))('%s', async (name, { cells, expected }) => {
    expect(await last(ours, cells, 120)).toMatch(expected);
    // What is dropped may be the end of the cell.
    const plain = await last(theirs, cells, 30).catch(() => '');
    expect(expected.test(plain), `tslab does this itself now ("${name}"): the correction can go`).toBe(false);
  });

  it('errors are messages of their own, type errors too', async () => {
    const thrown = await say(ours, 'throw new RangeError("too far");');
    expect(thrown.messages.at(-1)).toMatchObject({
      type: 'error',
      content: { ename: 'RangeError', evalue: 'too far' },
    });
    const typed = await say(ours, 'const wrong: number = "text";');
    expect(typed.messages.at(-1)).toMatchObject({ type: 'error', content: { ename: 'TypeScript' } });
    expect(typed.text).toMatch(
      /not assignable to type 'number'\.\n {2}at cell \[\d+\], line 1: {2}const wrong: number/,
    );
    const plain = await say(theirs, 'throw new RangeError("too far");');
    expect(plain.messages.map(({ type }) => type)).not.toContain('error');
  });

  it('a value may have a type that no import of the cell names, and keeps it', async () => {
    const cell = `import { liveTraining } from 'synclr/tiers';\nconst config = liveTraining('smoke');`;
    expect(await say(ours, cell, 240)).toMatchObject({ status: 'ok' });
    expect((await say(ours, 'const wrong: string = config;')).text).toMatch(/'EncoderConfig' is not assignable/);
  });

  it('a promise as the last value says to await it', async () => {
    expect((await say(ours, 'Promise.resolve(1)')).text).toMatch(/put `await` before it/);
  });

  it('one line of a megabyte arrives', async () => {
    const { text } = await say(ours, 'console.log("x".repeat(2 ** 20));');
    expect(text.length).toBe(2 ** 20 + 1);
  });
});

describe('notebooks anywhere', patience, () => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'synclr-anywhere-')));
  const cell = `import { rng } from 'synclr';\nconsole.log(typeof rng(0, 'a').normals(2)[0]);`;

  it("finds this repository's packages, with their types", async () => {
    const kernel = await startKernel({ cwd: folder });
    try {
      expect(await say(kernel, cell, 240)).toMatchObject({ status: 'ok', text: 'number\n' });
      const wrong = await say(kernel, `rng(0, {});`, 240);
      expect(wrong.text).toMatch(/not assignable/);
      expect((await say(kernel, `import { x } from 'no-such-package';`)).text).toMatch(/Cannot find module/);
      // Jupyter saves the notebook beside it.
      for (let i = 0; i < 3; i++) writeFileSync(path.join(folder, `saved-${i}.ipynb`), '{}');
      expect(await say(kernel, 'await new Promise((f) => setTimeout(f, 1000)); console.log(1)')).toMatchObject({
        text: '1\n',
      });
    } finally {
      await kernel.shutdown();
    }
  });

  it('needs the correction', async () => {
    const kernel = await startPlainTslab({ cwd: folder });
    try {
      expect((await say(kernel, cell, 240)).status, 'tslab finds them itself: the correction can go').toBe('error');
    } finally {
      await kernel.shutdown();
    }
  });
});

describe('correctConverter', () => {
  it('refuses another version of tslab', () => {
    expect(() => correctConverter('another text', CORRECTIONS)).toThrow(/another version.*shorthand/);
    expect(() => correctConverter('another text', COMPILER_CORRECTIONS)).toThrow(/another version.*types/);
  });
});
