import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CaptionRecord, openCaptionLog, readCaptionLog } from '../../lib/captions/log.js';
import { mergeCaptionLogs } from '../../lib/captions/mergeLogs.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'captions-'));
  file = path.join(folder, 'log.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const config = { seed: 1, model: { name: 'm', sha256: 'a' } };
function record(index: number): CaptionRecord {
  const caption = `caption ${index} – “ünïcode”`;
  return { index, caption, concept: 'owl', source: 'emoji', template: 'c', examples: [], seed: 1, model: config.model };
}

describe('the caption log', () => {
  it('keeps records in the order of their index, the same bytes whatever the order of finishing', () => {
    for (const [name, order] of [
      ['a', [2, 0, 1]],
      ['b', [1, 2, 0]],
    ] as const) {
      const log = openCaptionLog(path.join(folder, `${name}.jsonl.gz`), config);
      for (const index of order) log.append(record(index));
      log.finish();
    }
    const [a, b] = ['a', 'b'].map((name) => path.join(folder, `${name}.jsonl.gz`));
    expect(readFileSync(a)).toEqual(readFileSync(b));
    expect(readCaptionLog(a)).toEqual({ config, records: [record(0), record(1), record(2)] });
    expect(existsSync(`${a}.partial`)).toBe(false);
  });

  it('cuts off a last line torn at any byte, and loses no whole one', () => {
    const log = openCaptionLog(file, config);
    log.append(record(4));
    log.append(record(2));
    log.pause();
    const whole = readFileSync(`${file}.partial`);
    const lines = whole.toString().split('\n');
    const beforeLast = Buffer.byteLength(`${lines[0]}\n${lines[1]}\n`);
    for (let cut = 0; cut < whole.length; cut += 7) {
      writeFileSync(`${file}.partial`, whole.subarray(0, cut));
      const resumed = openCaptionLog(file, config);
      const kept = cut >= beforeLast ? [4] : [];
      expect([...resumed.done]).toEqual(kept);
      for (const index of [2, 4]) if (!resumed.done.has(index)) resumed.append(record(index));
      expect(resumed.finish().records).toEqual([record(2), record(4)]);
      expect(readCaptionLog(file).records).toEqual([record(2), record(4)]);
      rmSync(file);
    }
  });

  it('reads what an editor saved anew: a mark, line ends, UTF-16; and says which bytes are no text', async () => {
    const log = openCaptionLog(file, config);
    for (const index of [0, 1]) log.append(record(index));
    const whole = log.finish();
    const text = readFileSync(file, 'utf8');
    const merged = path.join(folder, 'merged.jsonl');
    for (const saved of [`\uFEFF${text}`, text.replaceAll('\n', '\r\n')]) {
      writeFileSync(file, saved);
      expect(readCaptionLog(file)).toEqual(whole);
      await mergeCaptionLogs({ parts: [file], out: merged });
      expect(readCaptionLog(merged)).toEqual(whole);
    }
    writeFileSync(file, Buffer.from(`\uFEFF${text}`, 'utf16le'));
    expect(readCaptionLog(file)).toEqual(whole);
    writeFileSync(file, Buffer.from(text, 'latin1'));
    expect(() => readCaptionLog(file)).toThrow(/caption log .*log\.jsonl\n.*\n.*0xfc\) on line 2, which is no UTF-8/);
  });

  it('says where name and packing differ', async () => {
    const log = openCaptionLog(file, config);
    log.append(record(0));
    log.finish();
    const named = path.join(folder, 'plain.jsonl.gz');
    writeFileSync(named, readFileSync(file));
    writeFileSync(file, gzipSync(readFileSync(file)));
    for (const [name, found] of [
      [named, /a name that ends with \.gz, and no gzip data\n.*the name that fits/],
      [file, /gzip data under a name that does not end with \.gz/],
    ] as const) {
      expect(() => readCaptionLog(name)).toThrow(found);
      await expect(mergeCaptionLogs({ parts: [name], out: path.join(folder, 'out.jsonl') })).rejects.toThrow(found);
    }
    const capitals = path.join(folder, 'LOG.JSONL.GZ');
    writeFileSync(capitals, readFileSync(file));
    expect(readCaptionLog(capitals).records).toHaveLength(1);
  });

  it('extends a finished log', () => {
    const first = openCaptionLog(file, config);
    first.append(record(0));
    first.finish();
    const second = openCaptionLog(file, config);
    expect([...second.done]).toEqual([0]);
    second.append(record(1));
    expect(second.finish().records).toHaveLength(2);
  });

  it('refuses another config and names only the keys that differ', () => {
    const log = openCaptionLog(file, config);
    log.append(record(0));
    log.pause();
    const before = readFileSync(`${file}.partial`);
    const other = () => openCaptionLog(file, { seed: 1, model: { name: 'm', sha256: 'b' }, decoding: 2 });
    expect(other).toThrow(/model\.sha256: "a" then, "b" now/);
    expect(other).toThrow(/decoding: nothing then, 2 now/);
    expect(other).not.toThrow(/seed/);
    expect(readFileSync(`${file}.partial`)).toEqual(before);
  });

  it('refuses a damaged file', () => {
    expect(() => readCaptionLog(file)).toThrow(/no such file/);
    const log = openCaptionLog(file, config);
    log.append(record(0));
    log.pause();
    expect(() => readCaptionLog(file)).toThrow(/did not finish/);
    openCaptionLog(file, config).finish();
    const good = readFileSync(file);
    writeFileSync(file, good.subarray(0, good.length - 3));
    expect(() => readCaptionLog(file)).toThrow(/cut off/);
    writeFileSync(file, good);
    appendFileSync(file, '{"index":"1"}\n');
    expect(() => readCaptionLog(file)).toThrow(/line 3/);
    writeFileSync(file, 'hello\n');
    expect(() => readCaptionLog(file)).toThrow(/line 1: hello/);
    writeFileSync(path.join(folder, 'x.jsonl.gz'), 'not gzip');
    expect(() => readCaptionLog(path.join(folder, 'x.jsonl.gz'))).toThrow(/caption log/);
  });

  it.each<[string, object[], RegExp]>([
    ['an index twice', [record(0), record(1), record(0)], /line 4: caption 0 again/],
    ['an index below 0', [{ ...record(0), index: -1 }], /line 2/],
    ['an index of no number', [{ ...record(0), index: 1e300 }], /line 2/],
    ['a caption that is null', [{ ...record(0), caption: null }], /line 2/],
    ['a concept that is null', [{ ...record(0), concept: null }], /line 2/],
    ['null for a record', [null as unknown as object], /line 2/],
  ])('refuses %s, in a finished log and in one that is begun', (_what, records, message) => {
    const text = [{ captionLog: 1, config }, ...records].map((line) => `${JSON.stringify(line)}\n`).join('');
    writeFileSync(file, text);
    expect(() => readCaptionLog(file)).toThrow(message);
    rmSync(file);
    writeFileSync(`${file}.partial`, text);
    expect(() => openCaptionLog(file, config)).toThrow(message);
    expect(readFileSync(`${file}.partial`, 'utf8')).toBe(text);
  });

  it('refuses a small gzip file that unpacks to what no memory holds', () => {
    const bomb = path.join(folder, 'bomb.jsonl.gz');
    writeFileSync(bomb, gzipSync(Buffer.alloc(2 ** 27)));
    expect(() => readCaptionLog(bomb)).toThrow(/caption log[\s\S]*larger than 67108864/);
  });
});
