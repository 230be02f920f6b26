import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { InputError } from '../errors.js';
import { temporaryName } from './files.js';
import { inWords } from './systemProblem.js';

/** What a lock says of the process that holds it. */
interface Holder {
  pid: number;
  host: string;
  /** when it began, as the system counts: a dead process's number is given to another one later */
  born: string | null;
  command: string;
  since: string;
}

/** Milliseconds. A process of another machine, which we cannot ask, shows that it lives by touching its lock. */
const BEAT = 15_000;
const SILENCE = 4 * BEAT;

/**
 * Does work on a file or folder as the only process that does: `file` is a lock while it lasts.
 * @throws InputError that names the process which works on it already
 */
export async function whileLocked<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
  const giveBack = takeLock(file, what);
  try {
    return await work();
  } finally {
    giveBack();
  }
}

/** @throws InputError that names the living process which holds a lock, if one does */
export function requireFree(file: string, what: string): void {
  const holder = parse(readLock(file) ?? '');
  if (holder && lives(holder, file)) throw refused(file, what, holder);
}

/**
 * Takes a lock, a small file, for this process. The lock of a dead process does not count, however it died.
 * @param what what is locked, for the error
 * @returns gives the lock back
 * @throws InputError that names the process which holds it
 */
export function takeLock(file: string, what: string): () => void {
  inWords(`writing ${file}`, () => mkdirSync(path.dirname(path.resolve(file)), { recursive: true }));
  while (!create(file)) {
    const text = readLock(file);
    const holder = text === undefined ? undefined : parse(text);
    if (holder && lives(holder, file)) throw refused(file, what, holder);
    if (text !== undefined) setAside(file, text);
  }
  const beat = setInterval(() => touch(file), BEAT).unref();
  return () => {
    clearInterval(beat);
    rmSync(file, { force: true });
  };
}

/** @returns whether there was no lock before */
function create(file: string): boolean {
  const { pid, argv } = process;
  const command = ['node', ...argv.slice(1).map((word, i) => (i === 0 ? path.basename(word) : word))].join(' ');
  const holder: Holder = {
    pid,
    host: os.hostname(),
    born: bornAt(pid),
    command: command.slice(0, 200),
    since: new Date().toISOString(),
  };
  return inWords(`writing ${file}`, () => {
    try {
      writeFileSync(file, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}

/** The text of a lock, undefined where it is gone. One that is just being written is waited for. */
function readLock(file: string): string | undefined {
  for (let tries = 0; ; tries++) {
    try {
      const text = readFileSync(file, 'utf8');
      if (text.endsWith('\n') || tries === 10) return text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

/** Undefined for what no process of ours finished writing. */
function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder | null;
    return Number.isInteger(holder?.pid) ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function lives({ pid, host, born }: Holder, file: string): boolean {
  if (host !== os.hostname()) {
    const touched = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Date.now() - touched < SILENCE;
  }
  if (!isAlive(pid)) return false;
  const now = bornAt(pid);
  return born === null || now === null || born === now;
}

/** Whether a process of this number runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Linux: field 22 of /proc/PID/stat; the second, the name in brackets, may hold anything. A zombie is no process any more. */
function bornAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? 'ended' : fields[18];
  } catch {
    return null;
  }
}

/** Takes a dead lock away, but not the one that another process has put in its place meanwhile. */
function setAside(file: string, text: string): void {
  const aside = temporaryName(file);
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') === text) rmSync(aside, { force: true });
  else renameSync(aside, file);
}

function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // The folder was taken away: the run itself will say so.
  }
}

function refused(file: string, what: string, { pid, host, command, since }: Holder): InputError {
  const own = host === os.hostname();
  const where = pid === process.pid && own ? 'this process itself' : `process ${pid}${own ? '' : ` on ${host}`}`;
  return new InputError({
    where: what,
    expected: 'no other process that works on it',
    found: `${where} (${command}), since ${since}`,
    fix: own
      ? `wait until it ends or stop it (kill ${pid}), or choose another folder or file`
      : `wait until it ends or stop it; a minute after its end ${file} no longer counts`,
  });
}
