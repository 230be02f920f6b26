import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InputError } from '../../lib/errors.js';
import { appendLine, parseJson, readJson, readJsonLines, writerOf, writeWhole } from '../../lib/runs/files.js';

const folder = mkdtempSync(path.join(tmpdir(), 'files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string, text?: string) => {
  const file = path.join(folder, name);
  if (text !== undefined) writeFileSync(file, text);
  return file;
};

describe('readJson', () => {
  it.each([
    ['cut off', '{"a": [1, 2', /a\.json\n {2}expected: JSON\n {2}found: {4}.*JSON at position/],
    ['empty', '', /a\.json\n {2}expected: JSON\n {2}found: {4}an empty file/],
    ['not what belongs there', '{"a": "x"}', /a\.json[\s\S]*a: Invalid input: expected number/],
    ['null', 'null', /a\.json[\s\S]*the whole: Invalid input/],
  ])('names the file of a text that is %s', (_what, text, message) => {
    const file = inFolder('a.json', text);
    const read = () => readJson(file, { schema: z.object({ a: z.number() }) });
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
  });

  it('names a file that is not there, and a folder', () => {
    for (const name of ['none.json', '.']) expect(() => readJson(inFolder(name))).toThrow(/found: {4}no such file/);
  });

  it('gives what stands in the file, in its order, keys that the schema lacks as well', () => {
    const text = '{"z":1,"a":2,"b":{"y":1,"x":2}}';
    const value = readJson(inFolder('b.json', text), { schema: z.object({ a: z.number(), z: z.number() }) });
    expect(JSON.stringify(value)).toBe(text);
  });
});

describe('readJsonLines and parseJson', () => {
  it('name the line, and the place', () => {
    expect(readJsonLines(inFolder('a.jsonl', '{"a":1}\n\n{"a":2}\n'))).toEqual([{ a: 1 }, { a: 2 }]);
    expect(() => readJsonLines(inFolder('a.jsonl', '{"a":1}\n\n{"a":'))).toThrow(/a\.jsonl, line 3\n/);
    expect(() => parseJson(undefined, { where: 'x.safetensors, metadata' })).toThrow(/^x\.safetensors, metadata\n/);
  });
});

describe('writeWhole and appendLine', () => {
  it('say in words where they cannot write, and leave nothing behind', () => {
    mkdirSync(inFolder('taken'));
    writeFileSync(inFolder('taken/inside'), 'mine');
    inFolder('file', 'mine');
    for (const name of ['taken', 'file/inside', 'x'.repeat(300)]) {
      for (const write of [writeWhole, appendLine]) {
        expect(() => write(inFolder(name), 'text'), name).toThrow(InputError);
        expect(() => write(inFolder(name), 'text'), name).toThrow(/^writing .*[\s\S]*to do:/);
      }
    }
    expect(readdirSync(folder).filter((name) => writerOf(name) !== undefined)).toEqual([]);
    expect(readFileSync(inFolder('taken/inside'), 'utf8')).toBe('mine');
  });
});

describe('writerOf', () => {
  it('knows our temporary names and no others', () => {
    expect(['a.tar.12.part', 'a.12.part', '12.part', 'a.part', 'a.12.part.gz', 'a.tar'].map(writerOf)).toEqual([
      12,
      12,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
