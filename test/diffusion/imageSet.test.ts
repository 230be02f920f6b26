import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateImageSet } from '../../lib/diffusion/generateImageSet.js';
import { openImageSet } from '../../lib/diffusion/imageSet.js';
import { decodeNpy, encodeNpy } from '../../lib/diffusion/npy.js';
import type { TextToImage } from '../../lib/diffusion/pipeline.js';
import { rng } from '../../lib/random/rng.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'images-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const size = 4;
const bytes = size * size * 3;
const imageOf = (seed: number, id: string, k: number) =>
  Uint8Array.from({ length: bytes }, (_, i) => rng(seed, id, k, i).int(256));

/** A pipeline without a network: its images are hashes. `failAfter`: stops, as if killed, after so many calls. */
function drawer({ failAfter = Number.POSITIVE_INFINITY } = {}): TextToImage & { calls: number } {
  const pipeline = {
    folder: 'toy',
    fingerprint: async () => 'toy-1',
    provider: 'cpu' as const,
    batch: 4,
    size,
    calls: 0,
    async generate({ prompts, imagesPerPrompt = 4, seed }: Parameters<TextToImage['generate']>[0]) {
      if (pipeline.calls++ >= failAfter) throw new Error('killed');
      return prompts.flatMap(({ id }) =>
        Array.from({ length: imagesPerPrompt }, (_, k) => ({ id, k, size, image: imageOf(seed, id, k) })),
      );
    },
    async release() {},
  };
  return pipeline;
}

const captions = Array.from({ length: 7 }, (_, i) => ({ id: `c${i}`, text: `caption ${i}`, concept: 'fox' }));
const make = (pipeline: TextToImage, options: { seed?: number; guidance?: number } = {}) =>
  generateImageSet({ pipeline, captions, out: folder, seed: 3, imagesPerCaption: 2, shardCaptions: 3, ...options });

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
      expect(Buffer.from(set.image(c, k)).equals(imageOf(3, `c${c}`, k))).toBe(true);
    }
    expect(() => set.image(7, 0)).toThrow(/7 × 2/);
    expect(() => set.image(0, 2)).toThrow(RangeError);
  });

  it('goes on where it was killed, and ends with the same bytes', async () => {
    await expect(make(drawer({ failAfter: 2 }))).rejects.toThrow('killed');
    expect(() => openImageSet(folder)).toThrow(/unfinished/);
    const rest = drawer();
    await make(rest);
    expect(rest.calls).toBe(1);
    const hashes = readFileSync(path.join(folder, 'manifest.json'), 'utf8');
    rmSync(folder, { recursive: true });
    await make(drawer());
    expect(readFileSync(path.join(folder, 'manifest.json'), 'utf8')).toBe(hashes);
    expect(readdirSync(path.join(folder, 'shards')).filter((name) => name.endsWith('.npy'))).toHaveLength(3);
  });

  it('refuses to mix settings, and names them', async () => {
    await make(drawer());
    await expect(make(drawer(), { guidance: 4 })).rejects.toThrow(/guidance = 2\.5[\s\S]*guidance = 4/);
    await expect(
      generateImageSet({ pipeline: drawer(), captions: [captions[0], captions[0]], out: folder, seed: 1 }),
    ).rejects.toThrow(/"c0" twice/);
  });

  it('finds a damaged shard by its hash, and makes it again', async () => {
    await make(drawer());
    const file = path.join(folder, 'shards', '00001.npy');
    const content = readFileSync(file);
    content[content.length - 1] ^= 1;
    writeFileSync(file, content);
    const set = openImageSet(folder);
    expect(set.image(0, 0)).toHaveLength(bytes);
    expect(() => set.image(3, 0)).toThrow(/00001\.npy[\s\S]*SHA-256/);
    const again = drawer();
    await make(again);
    expect(again.calls).toBe(1);
    expect(Buffer.from(openImageSet(folder).image(3, 0)).equals(imageOf(3, 'c3', 0))).toBe(true);
  });
});

describe('npy', () => {
  it('is read back, and starts its data on a multiple of 64 bytes', () => {
    const data = Uint8Array.from({ length: 24 }, (_, i) => i);
    const encoded = encodeNpy(data, [2, 3, 4]);
    expect((encoded.length - 24) % 64).toBe(0);
    const { data: read, shape } = decodeNpy(encoded, 'test');
    expect([...read]).toEqual([...data]);
    expect(shape).toEqual([2, 3, 4]);
  });
  it('refuses a file that is cut short or something else', () => {
    const encoded = encodeNpy(new Uint8Array(24), [24]);
    expect(() => decodeNpy(encoded.subarray(0, encoded.length - 1), 'cut.npy')).toThrow(/cut\.npy/);
    expect(() => decodeNpy(new Uint8Array(5), 'short.npy')).toThrow(/short\.npy/);
  });
});
