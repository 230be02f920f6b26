import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ZodType } from 'zod';
import { InputError } from '../errors.js';
import { inWords } from './systemProblem.js';
import { decodeText } from './textFile.js';

/**
 * Writes a file that appears whole or not at all (temporary name → fsync → rename). Folders are made. A list is written
 * part by part, for what is too large to be one buffer.
 * @throws InputError on a full disk, or where this user may not write
 */
export function writeWhole(file: string, content: string | Uint8Array | readonly Uint8Array[]): void {
  const parts =
    typeof content === 'string' ? [Buffer.from(content)] : ArrayBuffer.isView(content) ? [content] : content;
  inWords(`writing ${file}`, () => writeParts(file, parts));
}

const HOST = os.hostname().replace(/[^\w-]/g, '-');

/**
 * What `writeWhole` calls a file until it is whole; what a killed run leaves is called so, too. Hosts that share a folder
 * may have processes of one number.
 */
export const temporaryName = (file: string) => `${file}@${HOST}.${process.pid}.part`;

/** Whether the name is that of a temporary file of another host, whose processes we cannot see. */
export const isElsewhere = (name: string) => {
  const host = /@([\w-]+)\.\d+\.part$/.exec(name)?.[1];
  return host !== undefined && host !== HOST;
};

/** The process that began the temporary file of this name, or undefined where the name is none of ours. */
export function writerOf(name: string): number | undefined {
  const digits = /.\.(\d+)\.part$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function writeParts(file: string, parts: readonly Uint8Array[]): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = temporaryName(file);
  const descriptor = openSync(temporary, 'w');
  try {
    for (const part of parts) {
      // One write takes at most 2 GiB, and less than it was given when a disk fills up: the next one then says so.
      for (let done = 0; done < part.length; )
        done += writeSync(descriptor, part, done, Math.min(part.length - done, 2 ** 30));
    }
    fsyncSync(descriptor);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** JSON with two-space indent, a final newline, and keys in the order given. */
export function writeJson(file: string, value: unknown): void {
  writeWhole(file, jsonText(value));
}

/** What `writeJson` writes. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Adds a line to a file. @throws InputError on a full disk, or where this user may not write */
export function appendLine(file: string, line: string): void {
  inWords(`writing ${file}`, () => appendFileSync(file, `${line}\n`));
}

/** What a JSON text must be (nothing is filled in or left out), and what to do where it is not. */
export interface JsonOptions<T> {
  schema?: ZodType<T>;
  fix?: string;
}

/** The value of a JSON file. @throws InputError that names the file: missing, cut off, or not what `schema` says */
export function readJson<T>(file: string, options: JsonOptions<T> = {}): T {
  return parseJson(readText(file), { where: file, ...options });
}

/** The values of a JSON Lines file, one a line. @throws InputError that names file and line */
export function readJsonLines<T>(file: string, options: JsonOptions<T> = {}): T[] {
  return readText(file)
    .split('\n')
    .flatMap((line, i) => (line === '' ? [] : [parseJson(line, { where: `${file}, line ${i + 1}`, ...options })]));
}

/** The value of a JSON text from `where`, a file or a part of one. @throws InputError */
export function parseJson<T>(
  text: string | undefined,
  { where, schema, fix = 'restore the file, or make it again' }: JsonOptions<T> & { where: string },
): T {
  const refuse = (expected: string, found: string): never => {
    throw new InputError({ where, expected, found, fix });
  };
  if (text === undefined) return refuse('JSON', 'nothing');
  const value = parsedOr(text, refuse);
  const parsed = schema?.safeParse(value);
  // As it stands in the file: the order of keys decides hashes.
  if (parsed === undefined || parsed.success) return value as T;
  const [{ path: keys, message }] = parsed.error.issues;
  return refuse('the keys and values that belong there', `${keys.join('.') || 'the whole'}: ${message}`);
}

function parsedOr(text: string, refuse: (expected: string, found: string) => never): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse('JSON', text === '' ? 'an empty file' : (error as Error).message);
  }
}

function readText(file: string): string {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new InputError({ where: file, expected: 'a file', found: 'no such file', fix: 'check the path' });
  }
  return decodeText(
    inWords(`reading ${file}`, () => readFileSync(file)),
    file,
  );
}

/** Hex SHA-256 of bytes or text. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
