import { closeSync, openSync, readSync } from 'node:fs';
import { InputError } from '../errors.js';

const START = 'version https://git-lfs.github.com/spec/';

/** Whether these are the first bytes of a Git LFS pointer: three lines that stand in a checkout in place of a large file. */
export const isLfsPointer = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, START.length)).toString('latin1') === START;

/** What to say of a pointer. */
export const lfsPointerError = (where: string): InputError =>
  new InputError({
    where,
    expected: 'the file itself',
    found: 'a Git LFS pointer: three lines of text in its place',
    fix: 'fetch it in its checkout with: git lfs pull',
  });

/** @throws InputError for a file that is a Git LFS pointer; what cannot be read is left to its reader */
export function refuseLfsPointer(file: string): void {
  const head = Buffer.alloc(START.length);
  try {
    const descriptor = openSync(file, 'r');
    try {
      readSync(descriptor, head, 0, head.length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return;
  }
  if (isLfsPointer(head)) throw lfsPointerError(file);
}
