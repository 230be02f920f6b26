import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InputError } from '../errors.js';
import { projectPath, runsPath } from './paths.js';

/**
 * Where something is kept that is made once and can be made again: in the first of these folders that has it, or else in
 * which we may write. In a checkout that one may only read, that is a folder of the reader's own.
 * @throws InputError where there is none
 */
export function cachePath(name: string, folders: readonly string[] = cacheFolders()): string {
  const folder =
    folders.find((one) => existsSync(path.join(one, name)) && isOurs(one)) ??
    folders.find((one) => isWritable(one) && isOurs(one));
  if (folder) return path.join(folder, name);
  throw new InputError({
    where: `keeping ${name}`,
    expected: 'a folder in which this user may write',
    found: `none of ${folders.join(', ')}`,
    fix: 'let SYNCLR_RUNS name a folder of yours',
  });
}

function cacheFolders(): string[] {
  return [projectPath('.cache'), runsPath('.cache'), path.join(tmpdir(), `synclr-${process.getuid?.() ?? 'cache'}`)];
}

/** Programs are kept there, too: in the folder of all users' temporary files, nobody may put one in our place. */
function isOurs(folder: string): boolean {
  return path.dirname(folder) !== tmpdir() || statSync(folder).uid === (process.getuid?.() ?? 0);
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    rmSync(mkdtempSync(path.join(folder, '.probe-')), { recursive: true });
    return true;
  } catch {
    return false;
  }
}
