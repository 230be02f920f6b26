import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unzipSync } from 'fflate';
import { extract } from 'tar-stream';
import { InputError } from '../../errors.js';

/** More than this is none of the sets that we know. */
const MOST_BYTES = 4 * 2 ** 30;

/**
 * Unpacks the plain files of an archive (`.tgz`, `.deb`, `.whl`, `.zip`) into a folder. Links are left out; a path that leads out
 * of the folder ends it.
 * @param keep of the paths inside, those that are wanted
 * @returns how many files were written
 */
export async function unpackArchive(
  archive: string,
  folder: string,
  { keep = /./ }: { keep?: RegExp } = {},
): Promise<number> {
  let [files, bytes] = [0, 0];
  const write = (name: string, content: Uint8Array) => {
    const target = targetOf(archive, folder, name);
    if (!keep.test(path.relative(folder, target))) return;
    bytes += content.length;
    if (bytes > MOST_BYTES) throw fault(archive, 'at most 4 GiB', `more, at ${name}`);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
    files++;
  };
  if (/\.(whl|zip)$/.test(archive)) {
    const entries = unzipSync(readFileSync(archive));
    for (const [name, content] of Object.entries(entries)) if (!name.endsWith('/')) write(name, content);
  } else if (/\.(tgz|tar\.gz)$/.test(archive)) {
    await untar(Readable.from(readFileSync(archive)), write, { gunzip: true });
  } else if (archive.endsWith('.deb')) {
    await undeb(archive, write);
  } else {
    throw fault(archive, 'a .tgz, .deb, .whl or .zip', path.basename(archive));
  }
  if (files === 0) throw fault(archive, `files such as ${keep.source}`, 'none');
  return files;
}

function targetOf(archive: string, folder: string, name: string): string {
  const target = path.resolve(folder, name.replaceAll('\\', '/'));
  if (target.startsWith(path.resolve(folder) + path.sep) && !path.isAbsolute(name) && !name.includes('\0'))
    return target;
  throw fault(archive, 'paths inside the archive', name);
}

type Write = (name: string, content: Uint8Array) => void;

async function untar(stream: Readable, write: Write, { gunzip }: { gunzip: boolean }): Promise<void> {
  const tar = extract();
  tar.on('entry', (header, body, next) => {
    const parts: Buffer[] = [];
    body.on('data', (part) => parts.push(part as Buffer));
    body.on('end', () => {
      try {
        if (header.type === 'file') write(header.name, Buffer.concat(parts));
        next();
      } catch (error) {
        tar.destroy(error as Error);
      }
    });
  });
  await (gunzip ? pipeline(stream, createGunzip(), tar) : pipeline(stream, tar));
}

/** Debian's own tool turns the package into a tar stream; what of it is written, and where, is decided here. */
async function undeb(archive: string, write: Write): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    execFile('dpkg-deb', ['--version'], (error) =>
      error
        ? reject(fault(archive, 'the program dpkg-deb, which opens Debian’s packages', 'none', 'install dpkg'))
        : resolve(),
    );
  });
  const child = spawn('dpkg-deb', ['--fsys-tarfile', archive], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part) => {
    said += part;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await untar(child.stdout, write, { gunzip: false });
  if ((await ended) !== 0) throw fault(archive, 'a Debian package', said.trim().split('\n').at(-1) ?? 'damaged');
}

function fault(where: string, expected: string, found: string, fix = 'fetch the archive again'): InputError {
  return new InputError({ where, expected, found, fix });
}
