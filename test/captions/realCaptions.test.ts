import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCaptionLog, writeCaptionLog } from '../../lib/captions/log.js';
import { readRealCaptions } from '../../lib/captions/realCaptions.js';
import { captionReport } from '../../lib/captions/report.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'captions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(name: string, content: string) {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return readRealCaptions(file);
}
const record = (index: number, caption: string, concept = '') => ({
  index,
  caption,
  concept,
  source: 'real',
  examples: [],
});

describe('readRealCaptions', () => {
  it('reads a caption a line', () => {
    expect(read('a.txt', '\uFEFFa fox,  asleep \r\nan owl "awake"')).toEqual([
      record(0, 'a fox, asleep'),
      record(1, 'an owl "awake"'),
    ]);
  });

  it.each(['a.txt', 'a.csv', 'a.jsonl'])('reads %s in UTF-8 and UTF-16 with their marks, and nothing else', (name) => {
    const text = {
      'a.txt': 'a fox\r\na café\r\n\r\n',
      'a.csv': 'caption\r\na fox\r\na café\r\n',
      'a.jsonl': '{"caption":"a fox"}\n{"caption":"a café"}\n',
    }[name]!;
    const file = path.join(folder, name);
    for (const encoding of ['utf8', 'utf16le'] as const) {
      writeFileSync(file, Buffer.from(`\uFEFF${text}`, encoding));
      expect(readRealCaptions(file)).toEqual([record(0, 'a fox'), record(1, 'a café')]);
    }
    writeFileSync(file, Buffer.from(text, 'latin1'));
    expect(() => readRealCaptions(file)).toThrow(/0xe9\) on line \d, which is no UTF-8/);
  });

  it.each([
    ['a.txt', '\na fox\n \nan owl\n\n'],
    ['a.csv', 'caption\n\na fox\n\nan owl\n\n'],
    ['a.jsonl', '{"caption":"a fox"}\n\n{"caption":"an owl"}\n'],
  ])('lets the empty lines of %s be', (name, text) => {
    expect(read(name, text)).toEqual([record(0, 'a fox'), record(1, 'an owl')]);
  });

  it('reads lines that end as on old Macs', () => {
    expect(read('a.txt', 'a fox\ran owl\r')).toEqual([record(0, 'a fox'), record(1, 'an owl')]);
  });

  it('reads CSV with quotes, line breaks and other columns', () => {
    const csv = 'url,Caption,concept,background\nx,"a ""red"" fox,\nasleep",fox,forest\ny,an owl,,\n';
    expect(read('a.csv', csv)).toEqual([
      { ...record(0, 'a "red" fox, asleep', 'fox'), background: 'forest' },
      record(1, 'an owl'),
    ]);
  });

  it('reads JSON Lines', () => {
    const lines = [{ caption: ' a fox ', concept: 'fox', more: 1 }, { caption: 'an owl' }];
    expect(read('a.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''))).toEqual([
      record(0, 'a fox', 'fox'),
      record(1, 'an owl'),
    ]);
  });

  it('gives records that a log keeps and a report counts', () => {
    const records = read('a.csv', 'caption,concept\na fox,fox\na hen,fox\nan owl,\n');
    const file = path.join(folder, 'log.jsonl.gz');
    writeCaptionLog(file, { config: { source: 'a.csv' }, records });
    expect(readCaptionLog(file).records).toEqual(records);
    const report = captionReport(records);
    expect([report.count, report.namingConcept]).toEqual([3, 1 / 2]);
    expect(report.templates).toEqual({ c: 0, 'c,bg': 0, 'c,rel': 0 });
  });

  it.each([
    ['a.doc', 'x', /"\.doc"/],
    ['a.txt', '', /empty file/],
    ['a.csv', '', /empty file/],
    ['a.csv', 'text\na fox\n', /found: {4}text/],
    ['a.csv', 'caption\n"a fox\n', /Quote/],
    ['a.csv', 'caption,concept\na fox\n', /mend the row/],
    ['a.jsonl', '{"caption":"a"}\n\n{"caption":\n', /line 3/],
    ['a.jsonl', '"a fox"\n', /line 1/],
    ['a.jsonl', '{"text":"a fox"}\n', /caption 1/],
  ])('refuses %s holding %j', (name, content, message) => {
    expect(() => read(name, content)).toThrow(message);
  });

  it('refuses a file that is not there', () => {
    expect(() => readRealCaptions(path.join(folder, 'none.txt'))).toThrow(/no such file/);
  });
});
