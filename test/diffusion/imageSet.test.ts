import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTar } from '../../lib/data/shards/readTar.js';
import { generateImageSet } from '../../lib/diffusion/generateImageSet.js';
import { openImageSet } from '../../lib/diffusion/imageSet.js';
import type { TextToImage } from '../../lib/diffusion/textToImage.js';
import { InputError } from '../../lib/errors.js';
import { rng } from '../../lib/random/rng.js';
import { sha256 } from '../../lib/runs/files.js';
import { takeLock } from '../../lib/runs/lock.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'images-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const size = 4;
const imageOf = (seed: number, id: string, k: number) =>
  Uint8Array.from({ length: size * size * 3 }, (_, i) => rng(seed, id, k, i).int(256));

/** A pipeline without a network: its images are hashes. `failAfter`: stops, as if killed, after so many calls. */
function drawer({ failAfter = Number.POSITIVE_INFINITY } = {}): TextToImage & { calls: number } {
  const pipeline = {
    folder: 'toy',
    fingerprint: async () => 'toy-1',
    provider: 'cpu' as const,
    sampler: { eta: 0 },
    batch: 4,
    size,
    calls: 0,
    async generate({ prompts, imagesPerPrompt = 4, seed }: Parameters<TextToImage['generate']>[0]) {
      if (pipeline.calls++ >= failAfter) throw new Error('killed');
      return prompts.flatMap(({ id, text }) =>
        Array.from({ length: imagesPerPrompt }, (_, k) => {
          return { id, k, size, image: imageOf(seed, id, k), truncatedTokens: Math.max(0, text.length - 9) };
        }),
      );
    },
    async release() {},
  };
  return pipeline;
}

const captions = Array.from({ length: 7 }, (_, i) => ({ id: `c${i}`, text: `caption ${i * 3}`, concept: 'fox' }));
const make = (
  pipeline: TextToImage,
  options: Partial<Omit<Parameters<typeof generateImageSet>[0], 'pipeline' | 'captions' | 'part'>> = {},
) => generateImageSet({ pipeline, captions, out: folder, seed: 3, imagesPerCaption: 2, shardCaptions: 3, ...options });

/** The hash of every file of a folder. */
function contents(at: string): Record<string, string> {
  const files = readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map((entry) => path.relative(at, path.join(entry.parentPath, entry.name))).sort();
  return Object.fromEntries(names.map((name) => [name, sha256(readFileSync(path.join(at, name)))]));
}

/** A process that is no more. */
const NOBODY = spawnSync(process.execPath, ['-e', '']).pid;

describe('parts of an image set', () => {
  const part = (index: number, out: string, pipeline = drawer(), of = 3) =>
    generateImageSet({
      pipeline,
      captions,
      out,
      seed: 3,
      imagesPerCaption: 2,
      shardCaptions: 1,
      part: { index, of },
    });
  const alone = async () => {
    const out = path.join(folder, 'alone');
    await make(drawer(), { out, shardCaptions: 1 });
    return contents(out);
  };

  it('in one folder, in any order and killed in between, end with the bytes of one process', async () => {
    const out = path.join(folder, 'shared');
    expect(await part(2, out)).toBeUndefined();
    await expect(part(0, out, drawer({ failAfter: 2 }))).rejects.toThrow('killed');
    const [one, again] = await Promise.all([part(1, out), part(0, out)]);
    expect([one, again].some((set) => set?.captions.length === captions.length)).toBe(true);
    expect(contents(out)).toEqual(await alone());
    const idle = drawer();
    expect((await part(1, out, idle))?.imagesPerCaption).toBe(2);
    expect(idle.calls).toBe(0);
  });

  it('one division at a time: what another process makes is refused, and names it', async () => {
    const out = path.join(folder, 'shared');
    mkdirSync(out);
    const lock = (name: string) => path.join(out, `.making${name}.lock`);
    const busy = /image set[\s\S]*no other process[\s\S]*this process itself/;
    const whole = () => make(drawer(), { out, shardCaptions: 1 });

    let giveBack = takeLock(lock('-0-of-3'), 'x');
    for (const again of [() => part(0, out), () => part(1, out, drawer(), 2), whole])
      await expect(again()).rejects.toThrow(busy);
    expect(await part(1, out)).toBeUndefined();
    giveBack();

    giveBack = takeLock(lock(''), 'x');
    for (const again of [() => part(0, out), whole]) await expect(again()).rejects.toThrow(busy);
    giveBack();
    expect(await whole()).toMatchObject({ captions });
  });

  it('what a killed process locked is ours, and free', async () => {
    const holder = { pid: NOBODY, host: os.hostname(), born: '1' };
    writeFileSync(path.join(folder, '.making.lock'), `${JSON.stringify(holder)}\n`);
    expect(await make(drawer())).toMatchObject({ captions });
    expect(readdirSync(folder).filter((name) => name.includes('lock'))).toEqual([]);
  });

  it('in folders of their own are whole when they are copied into one', async () => {
    const merged = path.join(folder, 'merged');
    for (const index of [0, 1, 2]) {
      const own = path.join(folder, `own-${index}`);
      expect(await part(index, own)).toBeUndefined();
      cpSync(own, merged, { recursive: true });
    }
    const idle = drawer();
    await make(idle, { out: merged, shardCaptions: 1 });
    expect(idle.calls).toBe(0);
    expect(contents(merged)).toEqual(await alone());
  });

  it('let files of other hosts be that are being written', async () => {
    const out = path.join(folder, 'shared');
    await part(0, out);
    const theirs = path.join(out, 'shards', '00001.tar@elsewhere.1.part');
    writeFileSync(theirs, 'half');
    await part(1, out);
    expect(existsSync(theirs)).toBe(true);
  });
});

describe('generateImageSet', () => {
  it('holds image k of every caption, and the captions as given', async () => {
    const set = await make(drawer());
    expect(set.captions).toEqual(captions);
    expect([set.imagesPerCaption, set.size]).toEqual([2, size]);
    for (const [c, k] of [
      [0, 0],
      [4, 1],
      [6, 1],
    ]) {
      expect(Uint8Array.from(await set.image(c, k))).toEqual(imageOf(3, `c${c}`, k));
    }
    await expect(set.image(7, 0)).rejects.toThrow(/7 × 2/);
    await expect(set.image(0, 2)).rejects.toThrow(RangeError);
  });

  it('writes webdataset samples: the files of an image share a key, and its record says how it was made', async () => {
    await make(drawer());
    const files = readTar(readFileSync(path.join(folder, 'shards', '00001.tar')));
    expect(files.map(({ name }) => name).slice(0, 6)).toEqual([
      '000000003_0.webp',
      '000000003_0.json',
      '000000003_0.txt',
      '000000003_1.webp',
      '000000003_1.json',
      '000000003_1.txt',
    ]);
    expect(Buffer.from(files[5].content).toString()).toBe('caption 9');
    expect(JSON.parse(Buffer.from(files[4].content).toString())).toEqual({
      ...captions[3],
      generated: { k: 1, seed: 3, guidance: 2.5, steps: 25, model: 'toy-1' },
    });
    const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ images: 14, truncatedCaptions: 3 });
    expect(manifest.shards.map(({ first, last, images }: Record<string, number>) => [first, last, images])).toEqual([
      [0, 2, 6],
      [3, 5, 6],
      [6, 6, 2],
    ]);
  });

  it('goes on where it was killed, and ends with the same bytes', async () => {
    await expect(make(drawer({ failAfter: 2 }))).rejects.toThrow('killed');
    expect(() => openImageSet(folder)).toThrow(/unfinished/);
    writeFileSync(path.join(folder, 'shards', `00002.tar.${NOBODY}.part`), 'half a shard');
    writeFileSync(path.join(folder, `captions.jsonl.${NOBODY}.part`), 'half of the captions');
    const rest = drawer();
    const counted: number[] = [];
    await make(rest, { onProgress: (done) => counted.push(done) });
    expect(rest.calls).toBe(1);
    expect(counted[0]).toBe(12);
    const resumed = contents(folder);
    rmSync(folder, { recursive: true });
    await make(drawer());
    expect(contents(folder)).toEqual(resumed);
    expect(Object.keys(resumed)).toHaveLength(3 + 2 * 3);
  });

  it('refuses to mix settings, and names them; or starts anew where it is told to', async () => {
    await make(drawer());
    await expect(make(drawer(), { guidance: 4 })).rejects.toThrow(/guidance: 2\.5 then, 4 now/);
    await expect(
      generateImageSet({ pipeline: drawer(), captions: [captions[0], captions[0]], out: folder, seed: 1 }),
    ).rejects.toThrow(/"c0" twice/);
    await expect(make(drawer(), { workers: Number.NaN })).rejects.toThrow(/workers[\s\S]*NaN/);
    const other = await make(drawer(), { seed: 5, existing: 'replace' });
    expect(Uint8Array.from(await other.image(6, 0))).toEqual(imageOf(5, 'c6', 0));
    const untouched = drawer();
    await make(untouched, { seed: 5, existing: 'replace' });
    expect(untouched.calls).toBe(0);
  });

  it('whatever was lost, cut short or changed, a second run makes that again and nothing else', async () => {
    await make(drawer());
    const whole = contents(folder);
    const damage = fc.dictionary(
      fc.constantFrom(...Object.keys(whole).filter((name) => name !== 'config.json')),
      fc.constantFrom('lost', 'short', 'changed'),
      { minKeys: 1 },
    );
    await fc.assert(
      fc.asyncProperty(damage, fc.double({ min: 0, max: 0.999, noNaN: true }), async (damaged, where) => {
        for (const [name, how] of Object.entries(damaged)) {
          const file = path.join(folder, name);
          const at = Math.floor(where * readFileSync(file).length);
          if (how === 'lost') rmSync(file);
          else if (how === 'short') truncateSync(file, at);
          else flipBit(file, at);
        }
        const again = drawer();
        await make(again);
        expect(contents(folder)).toEqual(whole);
        const touched = Object.keys(damaged).filter((name) => name.startsWith('shards'));
        expect(again.calls).toBeLessThanOrEqual(new Set(touched.map((name) => name.split('.')[0])).size);
        const lostShards = touched.filter((name) => name.endsWith('.tar'));
        expect(again.calls).toBeGreaterThanOrEqual(lostShards.length);
      }),
      { numRuns: 30 },
    );
  });

  it('gives the same images whatever the size of the shards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), async (shardCaptions) => {
        const set = await make(drawer(), { shardCaptions, existing: 'replace' });
        for (let c = 0; c < captions.length; c++) {
          expect(Uint8Array.from(await set.image(c, 1))).toEqual(imageOf(3, `c${c}`, 1));
        }
        expect(readdirSync(path.join(folder, 'shards'))).toHaveLength(2 * Math.ceil(7 / shardCaptions));
      }),
      { numRuns: 9 },
    );
  });

  it('png is lossless too, and jpeg is what its name says', async () => {
    const png = await make(drawer(), { encoding: 'png' });
    expect(Uint8Array.from(await png.image(2, 1))).toEqual(imageOf(3, 'c2', 1));
    const jpeg = await make(drawer(), { encoding: 'jpeg', existing: 'replace' });
    expect(await jpeg.image(2, 1)).toHaveLength(size * size * 3);
    const [first] = readTar(readFileSync(path.join(folder, 'shards', '00000.tar')));
    expect(first.name).toBe('000000000_0.jpg');
    expect(Buffer.from(first.content.slice(0, 3)).toString('hex')).toBe('ffd8ff');
  });
});

describe('openImageSet', () => {
  it.each([
    ['changed', (file: string) => flipBit(file, 700)],
    ['cut short', (file: string) => truncateSync(file, 1000)],
    ['lost', (file: string) => rmSync(file)],
  ])('refuses the images of a shard that was %s, and reads the others', async (_how, harm) => {
    await make(drawer());
    harm(path.join(folder, 'shards', '00001.tar'));
    const set = openImageSet(folder);
    expect(await set.image(0, 0)).toHaveLength(size * size * 3);
    await expect(set.image(3, 0)).rejects.toThrow(/00001\.tar[\s\S]*SHA-256[\s\S]*synclr generate/);
    await make(drawer());
    expect(Uint8Array.from(await openImageSet(folder).image(3, 0))).toEqual(imageOf(3, 'c3', 0));
  });

  it('says of a shard that is a Git LFS pointer that it is one', async () => {
    await make(drawer());
    writeFileSync(path.join(folder, 'shards', '00000.tar'), 'version https://git-lfs.github.com/spec/v1\noid x\n');
    await expect(openImageSet(folder).image(0, 0)).rejects.toThrow(/00000\.tar[\s\S]*git lfs pull/);
  });

  it('keeps decoded images up to a number of bytes', async () => {
    await make(drawer());
    const set = openImageSet(folder, { cacheBytes: 2 * size * size * 3 });
    const first = await set.image(0, 0);
    await set.image(0, 1);
    expect(await set.image(0, 0)).toBe(first);
    await set.image(1, 0);
    const again = await set.image(0, 0);
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it('refuses other captions than those of the set, and a set of another format', async () => {
    await make(drawer());
    const captionFile = path.join(folder, 'captions.jsonl');
    const text = readFileSync(captionFile, 'utf8');
    writeFileSync(captionFile, text.replace('fox', 'cat'));
    expect(() => openImageSet(folder)).toThrow(/captions\.jsonl/);
    writeFileSync(captionFile, text);
    const manifest = path.join(folder, 'manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('synclr-images-2', 'synclr-images-1'));
    expect(() => openImageSet(folder)).toThrow(/synclr-images-1/);
    expect(existsSync(manifest)).toBe(true);
  });
});

it('a run that finds no room for its first file goes on when there is some', () => {
  const urls = ['../../lib/dist/diffusion/generateImageSet.js', '../faults/toys.mjs'].map((file) =>
    JSON.stringify(new URL(file, import.meta.url).href),
  );
  const script = `const { generateImageSet } = await import(${urls[0]});
    const { drawnPipeline } = await import(${urls[1]});
    const captions = [{ id: 'a', text: 'an owl' }];
    await generateImageSet({ pipeline: drawnPipeline(), captions, out: ${JSON.stringify(folder)}, seed: 1 }).catch(
      (error) => process.stdout.write(error.message));`;
  const run = (limit: string) =>
    spawnSync('sh', ['-c', `${limit} exec "$@"`, 'sh', process.execPath, '--input-type=module', '-e', script], {
      encoding: 'utf8',
    }).stdout;
  expect(run('ulimit -f 0;')).toMatch(/\.making\.lock\n {2}expected: room on the disk/);
  expect(run('')).toBe('');
  expect(openImageSet(folder).captions).toHaveLength(1);
});

describe('a folder that is not ours', () => {
  const shard = () => path.join(folder, 'shards', '00000.tar');
  const foreign = { 'shards/00000.tar': 'mine', 'shards/notes.txt': 'mine', 'captions.jsonl': 'mine' };
  const put = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
  };

  it.each([
    ['files without a config', foreign, /captions\.jsonl, shards/],
    [
      'a config of something else',
      { ...foreign, 'config.json': '{"_class_name": "UNet"}' },
      /config\.json of something/,
    ],
    ['a config that is cut off', { ...foreign, 'config.json': '{"format": "syn' }, /config\.json[\s\S]*expected: JSON/],
  ])('%s: refused, and every byte stays', async (_what, files, message) => {
    put(files);
    const before = contents(folder);
    for (const existing of ['refuse', 'replace'] as const) {
      await expect(make(drawer(), { existing })).rejects.toThrow(InputError);
      await expect(make(drawer(), { existing })).rejects.toThrow(message);
    }
    expect(contents(folder)).toEqual(before);
  });

  it('what others put beside the shards of our set stays, and so do temporary files of a process that lives', async () => {
    await make(drawer());
    put({ 'shards/notes.txt': 'mine', [`shards/00009.tar.${process.pid}.part`]: 'being written' });
    mkdirSync(path.join(folder, 'shards', 'deeper'));
    await make(drawer(), { seed: 5, existing: 'replace' });
    expect(readFileSync(path.join(folder, 'shards', 'notes.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(path.join(folder, 'shards'))).toEqual(
      expect.arrayContaining(['deeper', `00009.tar.${process.pid}.part`]),
    );
  });

  it('follows no link: neither to other shards, nor to a file of the name of one', async () => {
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'elsewhere-'));
    writeFileSync(path.join(elsewhere, '00000.tar'), 'mine');
    symlinkSync(elsewhere, path.join(folder, 'shards'));
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ format: 'synclr-images-2' }));
    await expect(make(drawer(), { existing: 'replace' })).rejects.toThrow(/shards[\s\S]*a link, which is not followed/);
    rmSync(path.join(folder, 'shards'));
    rmSync(path.join(folder, 'config.json'));
    await make(drawer());
    rmSync(shard());
    symlinkSync(path.join(elsewhere, '00000.tar'), shard());
    await make(drawer());
    expect(readFileSync(path.join(elsewhere, '00000.tar'), 'utf8')).toBe('mine');
    expect(await openImageSet(folder).image(0, 0)).toHaveLength(size * size * 3);
    rmSync(elsewhere, { recursive: true });
  });
});

describe('a manifest', () => {
  type Manifest = { shards: { file: string }[]; images: number };

  it.each<[string, (manifest: Manifest) => Manifest, RegExp]>([
    ['without shards', (manifest) => ({ ...manifest, shards: [] }), /shards: expected 3, found 0/],
    [
      'with a shard elsewhere',
      ({ shards: [first, ...rest], ...manifest }) => ({
        ...manifest,
        shards: [{ ...first, file: '../x.tar' }, ...rest],
      }),
      /shards\.0: expected shards\/00000/,
    ],
    [
      'with shards in another order',
      ({ shards, ...rest }) => ({ ...rest, shards: shards.slice().reverse() }),
      /shards\.0: expected/,
    ],
    ['with a number of images that is none', (manifest) => ({ ...manifest, images: -1 }), /images/],
  ])('%s is refused', async (_what, change, message) => {
    await make(drawer());
    const file = path.join(folder, 'manifest.json');
    writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
    expect(() => openImageSet(folder)).toThrow(InputError);
    expect(() => openImageSet(folder)).toThrow(message);
  });

  it('that is cut off names its file', async () => {
    await make(drawer());
    const file = path.join(folder, 'manifest.json');
    for (const cut of [0, 1, 100, 800]) {
      truncateSync(file, cut);
      expect(() => openImageSet(folder)).toThrow(/manifest\.json\n {2}expected: JSON/);
      await make(drawer());
    }
  });
});

function flipBit(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] ^= 1;
  writeFileSync(file, bytes);
}
