import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CaptionRecord, readCaptionLog, writeCaptionLog } from '../../lib/captions/log.js';
import { mergeCaptionLogs } from '../../lib/captions/mergeLogs.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'captions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const config = { seed: 1, model: { name: 'm', sha256: 'a' } };
function record(index: number): CaptionRecord {
  const caption = `caption ${index} – “ünïcode”\u2028`;
  return { index, caption, concept: 'owl', source: 'emoji', template: 'c', examples: [], seed: 1, model: config.model };
}
const named = (name: string) => path.join(folder, name);

/** Writes the log of part `index` of `of`, and returns its file. */
function writePart(count: number, index: number, of: number, { ending = 'jsonl', seed = 1 } = {}): string {
  const file = named(`${index}-of-${of}.${ending}`);
  const records = Array.from({ length: count }, (_, i) => record(i)).filter((one) => one.index % of === index);
  writeCaptionLog(file, { config: { ...config, seed, ...(of > 1 ? { part: { index, of } } : {}) }, records });
  return file;
}

describe('mergeCaptionLogs', () => {
  it('gives the bytes of a run that was not split, whatever the order of the parts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }).chain((of) => fc.tuple(fc.constant(of), fc.integer({ min: of, max: 40 }))),
        fc.constantFrom('jsonl', 'jsonl.gz'),
        fc.infiniteStream(fc.nat()),
        async ([of, count], ending, order) => {
          const parts = Array.from({ length: of }, (_, index) => writePart(count, index, of, { ending }));
          const keys = [...parts.keys()].map(() => order.next().value as number);
          const shuffled = parts.map((part, i) => ({ part, key: keys[i] })).sort((a, b) => a.key - b.key);
          const whole = named(`whole.${ending}`);
          writeCaptionLog(whole, { config, records: Array.from({ length: count }, (_, i) => record(i)) });
          const out = named(`merged.${ending}`);
          expect(await mergeCaptionLogs({ parts: shuffled.map(({ part }) => part), out })).toBe(count);
          expect(readFileSync(out)).toEqual(readFileSync(whole));
        },
      ),
      { numRuns: 30 },
    );
    expect(readCaptionLog(named('merged.jsonl')).config).toEqual(config);
  });

  it('refuses parts that are missing, come twice, end early or differ, and writes nothing', async () => {
    const out = named('merged.jsonl');
    const merging = async (...parts: string[]) => mergeCaptionLogs({ parts, out });
    const [a, b] = [writePart(10, 0, 3), writePart(10, 1, 3)];
    const c = writePart(10, 2, 3);
    await expect(merging()).rejects.toThrow(/name the files/);
    await expect(merging(a, b)).rejects.toThrow(/each of the 3 parts[\s\S]*0\/3, 1\/3/);
    await expect(merging(a, b, b)).rejects.toThrow(/0\/3, 1\/3, 1\/3/);
    await expect(merging(a, b, c, writePart(10, 3, 4))).rejects.toThrow(/3\/4/);
    await expect(merging(a, b, named('none.jsonl'))).rejects.toThrow(/none\.jsonl[\s\S]*is its run finished/);
    await expect(merging(a, writePart(4, 1, 3), c)).rejects.toThrow(/no caption 4 in any log, but caption 6/);
    await expect(merging(writePart(10, 0, 3), writePart(10, 1, 3), writePart(10, 2, 3, { seed: 2 }))).rejects.toThrow(
      /seed: 1 then, 2 now/,
    );
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(path.dirname(out)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('refuses files that are torn or no logs', async () => {
    const out = named('merged.jsonl');
    const file = writePart(5, 0, 1, { ending: 'jsonl.gz' });
    writeFileSync(file, readFileSync(file).subarray(0, -12));
    await expect(mergeCaptionLogs({ parts: [file], out })).rejects.toThrow(/jsonl\.gz[\s\S]*unexpected end/);
    const plain = writePart(5, 0, 1);
    writeFileSync(plain, readFileSync(plain).subarray(0, -3));
    await expect(mergeCaptionLogs({ parts: [plain], out })).rejects.toThrow(/cut off/);
    writeFileSync(plain, 'hello\n');
    await expect(mergeCaptionLogs({ parts: [plain], out })).rejects.toThrow(/line 1: hello/);
    expect(existsSync(out)).toBe(false);
  });
});
