import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CaptionRecord, writeCaptionLog } from '../../lib/captions/log.js';
import { projectPath } from '../../lib/runs/index.js';

/** Runs the built command line as a user would. */
const synclr = (...args: string[]) => {
  const run = spawnSync(process.execPath, [projectPath('lib', 'dist', 'cli', 'main.js'), ...args], {
    encoding: 'utf8',
  });
  return { status: run.status, said: run.stdout + run.stderr };
};
const folder = mkdtempSync(path.join(tmpdir(), 'cli-captions-'));
const gguf = path.join(folder, 'none.gguf');

describe('captions, backgrounds, merge-captions', () => {
  it.each([
    ['a part that is none', ['captions', '--gguf', gguf, '--part', '8/8'], /i from 0 to n − 1[\s\S]*8\/8/],
    ['an unknown indentation', ['captions', '--gguf', gguf, '--indentation', 'odd'], /none, published/],
    ['a list that is not there', ['backgrounds', '--gguf', gguf, '--concepts', 'x.txt'], /x\.txt[\s\S]*no such file/],
    [
      'a log that is not there',
      ['merge-captions', 'no.jsonl', '--out', 'x.jsonl'],
      /no\.jsonl[\s\S]*is its run finished/,
    ],
  ])('tell %s in words', (_what, args, message) => {
    const { status, said } = synclr(...args);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });

  it('merge-captions merges', () => {
    const parts = [0, 1].map((index) => {
      const file = path.join(folder, `${index}.jsonl`);
      const record = { index, caption: `caption ${index}`, concept: 'owl', template: 'c' } as CaptionRecord;
      writeCaptionLog(file, { config: { seed: 0, part: { index, of: 2 } }, records: [record] });
      return file;
    });
    const out = path.join(folder, 'merged.jsonl');
    expect(synclr('merge-captions', ...parts, '--out', out)).toEqual({ status: 0, said: `2 captions in ${out}\n` });
    expect(readFileSync(out, 'utf8').split('\n').slice(0, 2)).toEqual([
      '{"captionLog":1,"config":{"seed":0}}',
      '{"index":0,"caption":"caption 0","concept":"owl","template":"c"}',
    ]);
  });
});
