import { lstatSync } from 'node:fs';
import { InputError } from '../errors.js';

/** What the system refuses, by its code: what was expected, and what a user can do. */
const noRoom = ['room on the disk', 'free some space, then run the same command again: what was finished is kept'];
const noRight = ['a place that this user may read and write', 'choose another folder, or change its permissions'];
const noMemory = ['enough memory', 'close other programs, or take smaller batches, fewer workers or a smaller model'];
const wrongPath = ['a path that leads to a file', 'check the path: a folder and a file may have been exchanged'];
const lostLink = ['a folder, or a link to one', 'mend the link, which leads nowhere, or remove it'];
const ADVICE: Readonly<Record<string, readonly string[]>> = {
  ENOSPC: noRoom,
  EDQUOT: noRoom,
  EFBIG: noRoom,
  EROFS: noRight,
  EACCES: noRight,
  EPERM: noRight,
  EMFILE: ['fewer open files', 'allow more with `ulimit -n`, or use fewer workers'],
  ENFILE: ['fewer open files', 'close other programs, or use fewer workers'],
  EAGAIN: ['room for another process or thread', 'allow more with `ulimit -u`, or use fewer workers'],
  ENOMEM: noMemory,
  ENOENT: ['a file or folder that is there', 'check the path'],
  ENOTDIR: wrongPath,
  EISDIR: wrongPath,
  ERR_FS_EISDIR: wrongPath,
  EEXIST: wrongPath,
  ELOOP: ['a path without a circle of links', 'mend the links'],
  ENAMETOOLONG: ['a shorter path', 'choose a shorter name'],
  EIO: ['a disk that works', 'look at the disk; what was finished is kept'],
  ERR_FS_FILE_TOO_LARGE: ['a file of less than 2 GiB', 'check that this is the file you meant'],
  ERR_WORKER_OUT_OF_MEMORY: noMemory,
};

/** What libraries say when memory is short; none of them has a code. */
const MEMORY =
  /bad_alloc|Array buffer allocation failed|Failed to allocate memory|Cannot allocate memory|out of memory/i;

/**
 * Says in words what the system refused: a full disk, a folder that may not be written, too many open files, too little
 * memory. Undefined for any other error, which may be a mistake of ours.
 * @param where what was being done; by default the path that the error names
 */
export function systemProblem(error: unknown, where?: string): InputError | undefined {
  if (error instanceof InputError) return error;
  if (!(error instanceof Error)) return undefined;
  const { code = '', path, syscall } = error as NodeJS.ErrnoException;
  // A folder that cannot be made because its disk is read-only is told so by Node.
  const told = code === 'ENOENT' && syscall === 'mkdir' ? (isLink(path) ? lostLink : noRight) : ADVICE[code];
  const advice = told ?? (MEMORY.test(error.message) ? noMemory : undefined);
  if (!advice) return undefined;
  const [expected, fix] = advice;
  return new InputError({ where: where ?? path ?? syscall ?? 'this run', expected, found: error.message, fix });
}

const isLink = (path?: string) =>
  path !== undefined && (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false);

/** Does what reads or writes `where`; what the system refuses is said in words. */
export function inWords<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw systemProblem(error, where) ?? error;
  }
}
