import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { InputError } from '../errors.js';
import { isLfsPointer, lfsPointerError } from './lfsPointer.js';

/** The marks with which a text says how it is encoded (UTF-32's begins with UTF-16's), and how U+FFFD is written in it. */
const ENCODINGS = [
  { mark: [0xff, 0xfe, 0x00, 0x00], name: 'utf-32' },
  { mark: [0xef, 0xbb, 0xbf], name: 'utf-8', replacement: [0xef, 0xbf, 0xbd] },
  { mark: [0xff, 0xfe], name: 'utf-16le', replacement: [0xfd, 0xff] },
  { mark: [0xfe, 0xff], name: 'utf-16be', replacement: [0xff, 0xfd] },
  { mark: [], name: 'utf-8', replacement: [0xef, 0xbf, 0xbd] },
];

/**
 * The text of a file that a person wrote: UTF-8, or UTF-16 with its mark, which Windows' editors put there. Strict: what is
 * no text in that encoding is not read as something else.
 * @throws InputError for a missing file, and naming the byte and the line that is no text
 */
export function readTextFile(file: string, what = 'a text file'): string {
  return decodeText(readBytes(file, what), file);
}

/** The same as bytes of UTF-8 without a mark: the text of a large file is longer than the longest string. */
export function readUtf8File(file: string, what = 'a text file'): Buffer {
  return utf8Of(readBytes(file, what), file);
}

/** The same of bytes that are there; `where` names them in errors. */
export function utf8Of(bytes: Buffer, where: string): Buffer {
  if (isLfsPointer(bytes)) throw lfsPointerError(where);
  if (isUtf8(bytes) && !bytes.includes(0)) return startsWith(bytes, [0xef, 0xbb, 0xbf]) ? bytes.subarray(3) : bytes;
  return Buffer.from(decodeText(bytes, where));
}

function readBytes(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : message;
    throw new InputError({ where: file, expected: what, found, fix: 'check the path' });
  }
}

/** See `readTextFile`; `where` names the bytes in errors. */
export function decodeText(bytes: Uint8Array, where: string): string {
  if (isLfsPointer(bytes)) throw lfsPointerError(where);
  const { mark, name, replacement } = ENCODINGS.find(({ mark }) => startsWith(bytes, mark))!;
  const refuse = (found: string, fix = 'save the file as UTF-8'): never => {
    throw new InputError({ where, expected: 'text in UTF-8, or in UTF-16 with its byte-order mark', found, fix });
  };
  if (!replacement) return refuse('the byte-order mark of UTF-32');
  const body = bytes.subarray(mark.length);
  const text = new TextDecoder(name, { ignoreBOM: true }).decode(body);
  // Every other byte of English in UTF-16 is 0, and no text has any.
  const zero = text.indexOf('\0');
  if (zero >= 0) {
    const unmarked = mark.length === 0 && bytes.length % 2 === 0 && body.indexOf(0) < 2;
    refuse(
      `a character 0 on line ${lineOf(text, zero)}${unmarked ? ': is it UTF-16 without its mark?' : ''}`,
      unmarked ? undefined : 'check that this is the file that was meant, and save it as UTF-8',
    );
  }
  for (let i = text.indexOf('\uFFFD'); i >= 0; i = text.indexOf('\uFFFD', i + 1)) {
    const at = name === 'utf-8' ? Buffer.byteLength(text.slice(0, i)) : 2 * i;
    if (startsWith(body.subarray(at), replacement)) continue; // so the file says
    const byte = `byte ${mark.length + at} (0x${body[at].toString(16).padStart(2, '0')})`;
    refuse(`${byte} on line ${lineOf(text, i)}, which is no ${name.toUpperCase()}`);
  }
  return text;
}

const startsWith = (bytes: Uint8Array, start: readonly number[]) => start.every((byte, i) => bytes[i] === byte);

const LINE_END = /\r\n|\n|\r/;

/** The number of the line, from 1, that holds the character at `index`. */
const lineOf = (text: string, index: number) => text.slice(0, index).split(LINE_END).length;

/** A line of a list: its number in the file, from 1, and its text without the spaces around it. */
export interface TextLine {
  readonly number: number;
  readonly text: string;
}

/** What a list is, for errors, and what its lines hold: 'a concept', say. */
export interface ListOptions {
  where: string;
  what: string;
  /** whether a line's number says what it is, as of classes: an empty line before others would shift them */
  placesCount?: boolean;
}

/**
 * The lines of a list that a person typed, with any line ends. Empty lines are let be; their numbers count.
 * @throws InputError for an empty line before others where places count
 */
export function listLines(text: string, { where, what, placesCount = false }: ListOptions): TextLine[] {
  const lines = text.split(LINE_END).map((line, i) => ({ number: i + 1, text: line.trim() }));
  const full = lines.filter((line) => line.text !== '');
  const empty = lines.slice(0, full.at(-1)?.number ?? 0).find((line) => line.text === '');
  if (!empty || !placesCount) return full;
  throw new InputError({
    where: `${where}, line ${empty.number}`,
    expected: what,
    found: 'an empty line',
    fix: 'remove the line',
  });
}

/** `readTextFile` and `listLines`. */
export function readListFile(file: string, options: Omit<ListOptions, 'where'>): TextLine[] {
  return listLines(readTextFile(file), { where: file, ...options });
}
