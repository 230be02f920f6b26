import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';
import { readJson, sha256 } from '../runs/files.js';
import { decodeNpy } from './npy.js';

/** A caption of an image set; further fields (concept, template, …) are kept. */
export interface SetCaption {
  id: string;
  text: string;
  [field: string]: unknown;
}

/** What decides the images of a set. */
export interface ImageSetConfig {
  format: 'synclr-images-1';
  /** `fingerprint` of the pipeline */
  model: string;
  captionsSha256: string;
  captions: number;
  imagesPerCaption: number;
  size: number;
  guidance: number;
  steps: number;
  seed: number;
  /** captions in a shard */
  shardCaptions: number;
}

/** A shard is a NumPy file [captions, imagesPerCaption, size, size, 3] of bytes; its record is written after it. */
export interface ShardRecord {
  file: string;
  sha256: string;
  /** the first caption, and how many */
  first: number;
  count: number;
  configSha256: string;
}

export interface ImageSet {
  readonly folder: string;
  readonly captions: readonly SetCaption[];
  readonly imagesPerCaption: number;
  readonly size: number;
  readonly config: ImageSetConfig;
  /** Image k of caption number `caption`: [size, size, 3]. @throws InputError when its shard is damaged */
  image(caption: number, k: number): Uint8Array;
}

export const shardName = (index: number) => `shards/${String(index).padStart(5, '0')}`;

export function captionsText(captions: readonly SetCaption[]): string {
  return captions.map((caption) => `${JSON.stringify(caption)}\n`).join('');
}

/** Whether the shard of this record is there and is what the record says. */
export function shardIsWhole(folder: string, record: ShardRecord): boolean {
  const file = path.join(folder, record.file);
  return existsSync(file) && sha256(readFileSync(file)) === record.sha256;
}

/**
 * Opens a set written by `generateImageSet`. Shards are read when first needed and checked against their hash.
 * @throws InputError when the folder holds no finished set, or its captions are not those it was made from
 */
export function openImageSet(folder: string): ImageSet {
  const manifestFile = path.join(folder, 'manifest.json');
  if (!existsSync(manifestFile)) {
    throw new InputError({
      where: folder,
      expected: 'a finished image set with manifest.json',
      found: existsSync(path.join(folder, 'config.json')) ? 'an unfinished one' : 'no such file',
      fix: 'run generateImageSet on this folder; it goes on where it stopped',
    });
  }
  const { config, shards } = readJson<{ config: ImageSetConfig; shards: ShardRecord[] }>(manifestFile);
  const text = readFileSync(path.join(folder, 'captions.jsonl'), 'utf8');
  if (sha256(text) !== config.captionsSha256) {
    throw damaged(path.join(folder, 'captions.jsonl'), config.captionsSha256, sha256(text));
  }
  const captions = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as SetCaption);
  const loaded = new Map<number, Uint8Array>();
  const shardData = (index: number): Uint8Array => {
    const known = loaded.get(index);
    if (known) return known;
    const { file, sha256: expected } = shards[index];
    const where = path.join(folder, file);
    if (!existsSync(where)) throw damaged(where, expected, 'no such file');
    const bytes = readFileSync(where);
    if (sha256(bytes) !== expected) throw damaged(where, expected, sha256(bytes));
    const { data } = decodeNpy(bytes, where);
    loaded.set(index, data);
    return data;
  };
  const { imagesPerCaption, size, shardCaptions } = config;
  const bytes = size * size * 3;
  return {
    folder,
    captions,
    imagesPerCaption,
    size,
    config,
    image(caption, k) {
      if (!(caption >= 0 && caption < captions.length && k >= 0 && k < imagesPerCaption)) {
        throw new RangeError(`image(${caption}, ${k}): the set has ${captions.length} × ${imagesPerCaption} images`);
      }
      const at = ((caption % shardCaptions) * imagesPerCaption + k) * bytes;
      return shardData(Math.floor(caption / shardCaptions)).subarray(at, at + bytes);
    },
  };
}

function damaged(where: string, expected: string, found: string): InputError {
  return new InputError({
    where,
    expected: `SHA-256 ${expected}`,
    found,
    fix: 'delete this file and run generateImageSet again; it makes what is missing',
  });
}
