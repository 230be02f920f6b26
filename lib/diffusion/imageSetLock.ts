import { readdirSync } from 'node:fs';
import path from 'node:path';
import { requireFree, whileLocked } from '../runs/lock.js';
import type { Part } from '../runs/part.js';

/** Hidden: a killed run may leave it in a folder that holds nothing else. */
const LOCK = /^\.making(-\d+-of-(\d+))?\.lock$/;

/**
 * Makes an image set, or a part of it, as the only process that does. Parts of one division never make the same shard, so
 * they may share the folder at once; those of another division may not.
 * @throws InputError that names the process which works on it already
 */
export async function whileMakingSet<T>(out: string, part: Part | undefined, work: () => Promise<T>): Promise<T> {
  const what = `image set ${out}`;
  const own = `.making${part ? `-${part.index}-of-${part.of}` : ''}.lock`;
  return whileLocked(path.join(out, own), what, () => {
    for (const name of readdirSync(out)) {
      const [isLock, , of] = LOCK.exec(name) ?? [];
      const beside = part !== undefined && of === String(part.of);
      if (isLock && name !== own && !beside) requireFree(path.join(out, name), what);
    }
    return work();
  });
}
