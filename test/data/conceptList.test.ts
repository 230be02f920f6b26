import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConceptList } from '../../lib/data/conceptList.js';
import { InputError } from '../../lib/errors.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'concepts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(name: string, text: string) {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return readConceptList(file);
}

describe('readConceptList', () => {
  it('reads .txt, one name a line, with any line ends and a byte-order mark', () => {
    expect(read('a.txt', '\uFEFFcastle\r\n red apple \r\nOwl')).toEqual([
      { name: 'castle' },
      { name: 'red apple' },
      { name: 'Owl' },
    ]);
  });

  it.each(['a.txt', 'a.csv', 'a.json'])('reads %s in UTF-16, as Windows saves it', (name) => {
    const text = { 'a.txt': 'fig\r\ncafé\r\n', 'a.csv': 'name\r\nfig\r\ncafé\r\n', 'a.json': '["fig", "café"]' }[name]!;
    const file = path.join(folder, name);
    for (const bytes of [Buffer.from(`\uFEFF${text}`, 'utf16le'), Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()]) {
      writeFileSync(file, bytes);
      expect(readConceptList(file)).toEqual([{ name: 'fig' }, { name: 'café' }]);
    }
    writeFileSync(file, Buffer.from(text, 'latin1'));
    expect(() => readConceptList(file)).toThrow(/0xe9\) on line \d, which is no UTF-8/);
  });

  it.each(['a.txt', 'a.csv', 'a.json'])(
    'reads %s as it looks: blanks of web pages, and characters that nobody sees',
    (name) => {
      const names = ['red\u00a0 fox', '\u200bkite\u00ad', '\uFEFFowl\u3000'];
      const asText = {
        'a.txt': names.join('\n'),
        'a.csv': `name,backgrounds\n${names.map((one) => `"${one}",deep\u00a0\u00a0sea; \u200b`).join('\n')}`,
        'a.json': JSON.stringify(names),
      }[name]!;
      expect(read(name, asText).map((one) => one.name)).toEqual(['red fox', 'kite', 'owl']);
      if (name === 'a.csv') expect(read(name, asText)[0].backgrounds).toEqual(['deep sea']);
      const twice = {
        'a.txt': 'red fox\nred\u00a0fox',
        'a.csv': 'name\nred fox\nred  fox',
        'a.json': '["fox", "fox\u200b"]',
      };
      expect(() => read(name, twice[name as 'a.txt'])).toThrow(/each concept once/);
    },
  );

  it('refuses comments, names that nobody sees, and columns that no comma separates', () => {
    expect(() => read('a.txt', '# birds\nowl\n')).toThrow(/line 1\n.*no comments\n.*'# birds'/);
    expect(() => read('a.txt', 'owl\n// mammals\n')).toThrow(/line 2\n.*no comments/);
    expect(read('a.txt', '#1 fan\n')).toEqual([{ name: '#1 fan' }]);
    expect(() => read('a.json', '["owl", "\u200b"]')).toThrow(/entry 2\n.*a name\n.*characters that are not seen/);
    for (const header of ['name;backgrounds', 'name\tbackgrounds'])
      expect(() => read('a.csv', `${header}\n`)).toThrow(
        /separate the columns by commas, and the backgrounds by semicolons/,
      );
  });

  it('lets empty lines be, wherever they are, and takes a line break in a cell as a space', () => {
    expect(read('a.txt', '\rowl\r \rcat\r\r \r')).toEqual([{ name: 'owl' }, { name: 'cat' }]);
    expect(read('a.csv', 'name\r"snowy\rowl"\r\r  \rcat\r\r')).toEqual([{ name: 'snowy owl' }, { name: 'cat' }]);
    expect(() => read('a.txt', 'owl\n\n\nOWL\n')).toThrow(/line 1 and line 4/);
    expect(() => read('a.csv', 'name\nowl\n\nOWL\n')).toThrow(/line 2 and line 4/);
  });

  it('reads .csv with quotes and backgrounds', () => {
    expect(read('a.csv', 'name,backgrounds\ncastle,meadow; beach\n"cat, black",\n"a ""b""","sea"\n')).toEqual([
      { name: 'castle', backgrounds: ['meadow', 'beach'] },
      { name: 'cat, black' },
      { name: 'a "b"', backgrounds: ['sea'] },
    ]);
    expect(read('b.csv', 'Name\nowl\n')).toEqual([{ name: 'owl' }]);
  });

  it('reads .json of names and of objects', () => {
    expect(read('a.json', '["owl", {"name": "castle", "backgrounds": ["sea"]}]')).toEqual([
      { name: 'owl' },
      { name: 'castle', backgrounds: ['sea'] },
    ]);
  });

  it.each([
    ['a.txt', '', /an empty list/],
    ['a.txt', '\n \n', /an empty list/],
    ['a.txt', 'owl\ncat\nOWL\n', /'OWL' on line 1 and line 3/],
    ['a.csv', 'name\n', /an empty list/],
    ['a.csv', 'owl\ncat\n', /line 1[\s\S]*the header 'name'/],
    ['a.csv', 'name,colour\nowl,red\n', /the header/],
    ['a.csv', 'name\nowl,cat\n', /line 2[\s\S]*1 cells/],
    ['a.csv', 'name\n"owl\n', /line 2[\s\S]*a CSV row/],
    ['a.csv', 'name\nan "owl"\n', /line 2[\s\S]*a CSV row/],
    ['a.txt', 'caf\u00e9\ncafe\u0301\n', /line 1 and line 2/],
    ['a.csv', 'name,backgrounds\n,sea\n', /line 2[\s\S]*an empty cell/],
    ['a.csv', 'name\nowl\nowl\n', /line 2 and line 3/],
    ['a.json', '[]', /an empty list/],
    ['a.json', '["owl"', /JSON/],
    ['a.json', '{"name": "owl"}', /array/],
    ['a.json', '["owl", ""]', /entry 2/],
    ['a.json', '["owl", {"nome": "cat"}]', /entry 2/],
    ['a.json', '["owl", "owl"]', /entry 1 and entry 2/],
    ['a.xls', 'owl', /\.txt, \.csv or \.json/],
  ])('%s %j is refused', (name, text, message) => {
    expect(() => read(name, text)).toThrow(message);
    expect(() => read(name, text)).toThrow(InputError);
  });

  it('refuses a line of blanks and a quotation mark in no time', () => {
    const blanks = ' '.repeat(200_000);
    expect(() => read('a.csv', `name\n${blanks}"`)).toThrow(/a CSV row/);
    expect(read('a.csv', `name\n"a${blanks}b"`)[0].name).toBe('a b');
  });

  it('refuses a missing file', () => {
    expect(() => readConceptList(path.join(folder, 'none.txt'))).toThrow(/no such file/);
  });

  it('reads back any list of distinct names, from each format', () => {
    const name = fc.stringMatching(/^[a-z](?: ?[a-z",']){0,12}[a-z]$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), (names) => {
        const expected = names.map((one) => ({ name: one }));
        const quoted = names.map((one) => `"${one.replaceAll('"', '""')}"`);
        expect(read('p.txt', names.join('\n'))).toEqual(expected);
        expect(read('p.csv', ['name', ...quoted].join('\n'))).toEqual(expected);
        expect(read('p.json', JSON.stringify(names))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
