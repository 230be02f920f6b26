import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.js';
import { decodeText, listLines, readListFile, readTextFile, readUtf8File } from '../../lib/runs/textFile.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'text-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();
const encodings: [string, (text: string) => Buffer][] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with its mark', (text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])],
  ['UTF-16LE', (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])],
  ['UTF-16BE', (text) => Buffer.concat([Buffer.from([0xfe, 0xff]), swapped(text)])],
];

describe('decodeText', () => {
  it.each(encodings)('reads %s', (_name, encode) => {
    const text = 'café\r\n猫\n🦉 \uFFFD';
    expect(decodeText(encode(text), 'list.txt')).toBe(text);
    expect(decodeText(encode(''), 'list.txt')).toBe('');
  });

  it('reads every text back from every encoding', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\0') && !one.startsWith('\uFEFF'));
    fc.assert(
      fc.property(text, fc.constantFrom(...encodings), (one, [, encode]) => {
        expect(decodeText(encode(one), 'list.txt')).toBe(one);
      }),
    );
  });

  it.each<[string, Buffer, RegExp]>([
    ['Latin-1', Buffer.from('owl\ncaf\xe9\n', 'latin1'), /byte 7 \(0xe9\) on line 2, which is no UTF-8/],
    ['a cut character', Buffer.from('owl\n猫').subarray(0, 6), /byte 4 \(0xe7\) on line 2/],
    ['an overlong form', Buffer.from([0x61, 0xc0, 0xaf]), /byte 1 \(0xc0\) on line 1/],
    ['a surrogate in UTF-8', Buffer.from([0x61, 0xed, 0xa0, 0x80]), /byte 1 \(0xed\)/],
    ['what comes after a true U+FFFD', Buffer.from([0xef, 0xbf, 0xbd, 0x0a, 0xff]), /byte 4 \(0xff\) on line 2/],
    ['UTF-16 with half a character', Buffer.from([0xff, 0xfe, 0x61, 0, 0x0a, 0, 0x62]), /byte 6 \(0x62\) on line 2/],
    ['UTF-16 with a lone surrogate', Buffer.from([0xfe, 0xff, 0, 0x61, 0xd8, 0]), /byte 4 \(0xd8\) on line 1/],
    ['UTF-16 without its mark', Buffer.from('owl\ncat\n', 'utf16le'), /character 0 on line 1: is it UTF-16/],
    ['big-endian UTF-16 without its mark', swapped('owl\ncat\n'), /is it UTF-16 without its mark/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /the byte-order mark of UTF-32/],
    ['a byte 0', Buffer.from('owl\ncat\0\n'), /a character 0 on line 2/],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]), /byte 0 \(0x89\) on line 1/],
  ])('refuses %s, naming the place', (_name, bytes, message) => {
    expect(() => decodeText(bytes, 'list.txt')).toThrow(InputError);
    expect(() => decodeText(bytes, 'list.txt')).toThrow(message);
    expect(() => decodeText(bytes, 'list.txt')).toThrow(/save it as UTF-8|save the file as UTF-8/);
  });
});

describe('lists', () => {
  const where = { where: 'list.txt', what: 'a name' };
  const classes = { ...where, placesCount: true };
  it.each(['owl\nred cat', 'owl\r\nred cat\r\n', 'owl\rred cat\r', ' owl \t\n\u00a0red cat  \n\n \n'])(
    'reads %j',
    (text) => {
      for (const options of [where, classes])
        expect(listLines(text, options)).toEqual([
          { number: 1, text: 'owl' },
          { number: 2, text: 'red cat' },
        ]);
    },
  );

  it('may hold empty lines, unless places count', () => {
    expect(listLines('\r\nowl\r\n\r\ncat', where)).toEqual([
      { number: 2, text: 'owl' },
      { number: 4, text: 'cat' },
    ]);
    expect(() => listLines('owl\r\n\r\ncat', classes)).toThrow(
      /list\.txt, line 2\n {2}expected: a name\n {2}found: {4}an empty/,
    );
    for (const options of [where, classes]) expect(listLines(' \n\n', options)).toEqual([]);
  });

  it('come from files', () => {
    const file = path.join(folder, 'names.txt');
    for (const [, encode] of encodings) {
      writeFileSync(file, encode('owl\r\ncafé\r\n'));
      expect(readListFile(file, { what: 'a name' }).map(({ text }) => text)).toEqual(['owl', 'café']);
      expect(readUtf8File(file).toString()).toBe('owl\r\ncafé\r\n');
    }
    writeFileSync(file, Buffer.from('caf\xe9', 'latin1'));
    expect(() => readUtf8File(file)).toThrow(/byte 3 \(0xe9\)/);
    expect(() => readTextFile(path.join(folder, 'none.txt'), 'a list')).toThrow(/a list[\s\S]*no such file/);
    expect(() => readTextFile(folder, 'a list')).toThrow(/a folder/);
  });
});
