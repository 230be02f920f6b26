import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

/**
 * Writes a file that appears whole or not at all (temporary name → fsync → rename). Folders are made. A list is written
 * part by part, for what is too large to be one buffer.
 */
export function writeWhole(file: string, content: string | Uint8Array | readonly Uint8Array[]): void {
  const parts =
    typeof content === 'string' ? [Buffer.from(content)] : ArrayBuffer.isView(content) ? [content] : content;
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.part`;
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

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

/** The values of a JSON Lines file, one a line. */
export function readJsonLines<T>(file: string): T[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as T);
}

/** Hex SHA-256 of bytes or text. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
