import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isAlive } from './lock.js';

/**
 * A new folder among the system's temporary ones, which only this user can read: `synclr-WHAT-PROCESS-…`. It is to be
 * deleted by who asked for it; what killed processes left is deleted here.
 */
export function temporaryFolder(what: string): string {
  const root = os.tmpdir();
  const ours = new RegExp(`^synclr-${what}-(\\d+)-\\w{6}$`);
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const process = ours.exec(entry.name)?.[1];
    if (entry.isDirectory() && process && !isAlive(Number(process))) removeIfOurs(path.join(root, entry.name));
  }
  return mkdtempSync(path.join(root, `synclr-${what}-${process.pid}-`));
}

/** Another user's folder may have such a name as well. */
function removeIfOurs(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Not ours to delete.
  }
}
