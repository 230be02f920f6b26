import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { inWords } from '../runs/systemProblem.js';

/** A file of lines that grows, and survives being stopped anywhere. */
export interface AppendLog {
  /** Hands one line to the system, whole; a kill of this process no longer loses it. @throws InputError on a full disk */
  append(line: string): void;
  close(): void;
}

/**
 * Opens a file to append lines to, new or begun before. A last line torn by a kill is cut off.
 *
 * @param header  the first line of a new file
 * @param take    called with each whole line that the file has, the header first; what it throws leaves the file as it was
 * @throws InputError on a full disk
 */
export function openAppendLog(
  file: string,
  { header, take }: { header: string; take: (line: string, number: number) => void },
): AppendLog {
  const fd = inWords(`writing ${file}`, () => {
    mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    // Without 'a': a torn tail has to be overwritten in place.
    return openSync(file, existsSync(file) ? 'r+' : 'w+');
  });
  let end: number;
  const append = (line: string): void => {
    end += writeLine(file, fd, line, end);
  };
  try {
    const bytes = readFileSync(fd);
    end = bytes.lastIndexOf(NEWLINE) + 1;
    let number = 1;
    for (const line of linesOf(bytes.subarray(0, end))) take(line, number++);
    ftruncateSync(fd, end);
    if (end === 0) append(header);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return {
    append,
    close() {
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    },
  };
}

const NEWLINE = 0x0a;

/** The lines of a file's bytes, one by one: the text of a large log is longer than the longest string. */
export function* linesOf(bytes: Buffer): Generator<string> {
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    yield bytes.toString('utf8', start, end);
    start = end + 1;
  }
}

/** Writes one line at a place, whole or not at all; returns its bytes. A disk that fills up may take half of it. */
function writeLine(file: string, fd: number, line: string, at: number): number {
  const bytes = Buffer.from(`${line}\n`);
  inWords(`writing ${file}`, () => {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
    } catch (error) {
      ftruncateSync(fd, at);
      throw error;
    }
  });
  return bytes.length;
}
