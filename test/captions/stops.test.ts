import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inContextBanks } from '../../lib/captions/examples.js';
import { readCaptionLog } from '../../lib/captions/log.js';
import { objectMixture } from '../../lib/captions/mixture.js';
import { drawPrompt } from '../../lib/captions/prompts.js';
import { rng } from '../../lib/random/rng.js';
import { projectPath } from '../../lib/runs/paths.js';

// Whole processes that are stopped: by a kill, and by a disk that is full. They run the built library.
const COUNT = 400;
const LIST = { concepts: ['owl', 'red fish', 'kite'], backgrounds: ['sea', 'forest'] };
let folder: string;
let program: string;
let undisturbed: Buffer;

/** A run whose model says prompt and seed, after a moment; it writes how many captions are done. */
const PROGRAM = `
import { setTimeout as sleep } from 'node:timers/promises';
import { synthesiseCaptions } from ${JSON.stringify(pathToFileURL(projectPath('lib', 'dist', 'captions', 'synthesise.js')).href)};
const [gguf, out, pause] = process.argv.slice(2);
await synthesiseCaptions({
  ...${JSON.stringify(LIST)}, count: ${COUNT}, gguf, out,
  onProgress: (done) => process.stdout.write(done + '\\n'),
  open: async () => ({
    parallel: 4,
    device: 'none',
    async complete(prompt, { seed }) {
      await sleep(pause * (seed % 3));
      return prompt.slice(prompt.lastIndexOf('\\n') + 1) + ' ' + seed;
    },
    close: async () => {},
  }),
});
`;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'captions-'));
  program = path.join(folder, 'program.mjs');
  writeFileSync(program, PROGRAM);
  writeFileSync(path.join(folder, 'model.gguf'), Buffer.from('GGUF\u0003\0\0\0', 'latin1'));
  const run = runWhole(path.join(folder, 'undisturbed.jsonl'));
  expect(run.stderr).toBe('');
  undisturbed = readFileSync(path.join(folder, 'undisturbed.jsonl'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const args = (out: string, pause: number) => [program, path.join(folder, 'model.gguf'), out, String(pause)];

function runWhole(out: string) {
  return spawnSync(process.execPath, args(out, 0), { encoding: 'utf8' });
}

/** The whole lines of a log, each of which must be JSON; at most one torn line may follow them. */
function wholeLines(file: string): { index?: number }[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { index?: number });
}

describe('kill −9 at ten random moments', () => {
  it('loses no caption, repeats none, and leaves no half-written line', async () => {
    const out = path.join(folder, 'killed.jsonl');
    const moments = rng(0, 'kill');
    let kept: number[] = [];
    for (let kill = 0; kill < 10; kill++) {
      const child = spawn(process.execPath, args(out, 20), { stdio: ['ignore', 'pipe', 'inherit'] });
      const exit = once(child, 'exit');
      // In the middle of things: after the start, or some captions later, and up to 10 ms after that.
      const after = kept.length + moments.int(8);
      await new Promise<void>((reached) => {
        child.stdout.on('data', (text) => {
          if (Math.max(...String(text).trim().split('\n').map(Number)) >= after) reached();
        });
      });
      await sleep(moments.int(10));
      child.kill('SIGKILL');
      expect((await exit)[1]).toBe('SIGKILL');
      const [header, ...records] = wholeLines(`${out}.partial`);
      expect(header).toHaveProperty('captionLog', 1);
      const indices = records.map(({ index }) => index as number);
      expect(new Set(indices).size).toBe(indices.length);
      expect(indices.slice(0, kept.length)).toEqual(kept);
      kept = indices;
    }
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length).toBeLessThan(COUNT);
    expect(runWhole(out).status).toBe(0);
    expect(readFileSync(out)).toEqual(undisturbed);
    expect(existsSync(`${out}.partial`)).toBe(false);
    // Index → prompt, as drawn here.
    const mixture = objectMixture(LIST);
    for (const { index, caption, ...record } of readCaptionLog(out).records) {
      const { text, ...prompt } = drawPrompt(index, { seed: 0, mixture, banks: inContextBanks() });
      expect({ index, ...record }).toMatchObject(prompt);
      expect(caption).toBe(`${text.slice(text.lastIndexOf('\n') + 1)} ${prompt.seed}`);
    }
  }, 300_000);
});

describe('a full disk', () => {
  const told = /expected: room on the disk[\s\S]*to do: {4}free some space/;

  it('keeps what was finished, says what to do, and a second run goes on (a limit on the size of files)', () => {
    const out = path.join(folder, 'limited.jsonl');
    const limited = spawnSync('sh', ['-c', 'ulimit -f 64; exec "$@"', 'sh', process.execPath, ...args(out, 0)], {
      encoding: 'utf8',
    });
    expect(limited.stderr).toMatch(told);
    expect(limited.stderr).toMatch(/EFBIG/);
    const records = wholeLines(`${out}.partial`).length - 1;
    expect(records).toBeGreaterThan(20);
    // Its half of a line was taken back.
    expect(readFileSync(`${out}.partial`).at(-1)).toBe(0x0a);
    const second = runWhole(out);
    expect(second.stdout.split('\n')[0]).toBe(String(records));
    expect(readFileSync(out)).toEqual(undisturbed);
  });

  const disk = mkdtempSync(path.join(tmpdir(), 'disk-'));
  const mount = (options: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]).status === 0;
  const mounted = mount('size=64k');
  afterAll(() => {
    if (mounted) spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  it.runIf(mounted)('the same on a small tmpfs, while captions are made and when the log is finished', () => {
    const out = path.join(disk, 'captions', 'log.jsonl');
    mkdirSync(path.dirname(out));
    const first = runWhole(out);
    expect(first.stderr).toMatch(told);
    expect(first.stderr).toMatch(/ENOSPC/);
    const records = wholeLines(`${out}.partial`).length - 1;
    expect(records).toBeGreaterThan(20);
    // Room for all captions, but not for the finished log beside them.
    const size = Math.ceil((undisturbed.length * 1.5) / 1024);
    expect(mount(`remount,size=${size}k`)).toBe(true);
    const second = runWhole(out);
    expect(second.stdout).toMatch(new RegExp(`^${records}\n[\\s\\S]*\n${COUNT}\n$`));
    expect(second.stderr).toMatch(told);
    expect(existsSync(out)).toBe(false);
    expect(statSync(`${out}.partial`).size).toBe(undisturbed.length);
    expect(mount('remount,size=1m')).toBe(true);
    expect(runWhole(out).status).toBe(0);
    expect(readFileSync(out)).toEqual(undisturbed);
  });
});
