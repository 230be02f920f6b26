import { existsSync, readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { decodePixels, EXTENSIONS } from '../data/shards/imageCodec.js';
import { type TarEntry, tarEntries } from '../data/shards/readTar.js';
import { InputError } from '../errors.js';
import { readJsonLines, sha256 } from '../runs/files.js';
import { isLfsPointer, lfsPointerError } from '../runs/lfsPointer.js';
import type { ImageSetConfig, SetCaption, ShardRecord } from './imageSetFormat.js';
import { readManifest } from './imageSetManifest.js';
import { imageKey } from './imageShard.js';

export interface ImageSet {
  readonly folder: string;
  readonly captions: readonly SetCaption[];
  readonly imagesPerCaption: number;
  readonly size: number;
  readonly config: ImageSetConfig;
  /** Image k of caption number `caption`: [size, size, 3]. @throws InputError when its shard is damaged */
  image(caption: number, k: number): Promise<Uint8Array>;
}

const captionSchema: z.ZodType<SetCaption> = z.looseObject({ id: z.string(), text: z.string() });

export function captionsText(captions: readonly SetCaption[]): string {
  return captions.map((caption) => `${JSON.stringify(caption)}\n`).join('');
}

/** The captions of a folder that `generateImageSet` began. @throws InputError when they are not those of `config` */
export function readSetCaptions(folder: string, config: ImageSetConfig): SetCaption[] {
  const file = path.join(folder, 'captions.jsonl');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (sha256(text) !== config.captionsSha256) throw damaged(file, config.captionsSha256, sha256(text));
  const captions = readJsonLines(file, { schema: captionSchema });
  if (captions.length !== config.captions) {
    throw damaged(file, `${config.captions} captions`, String(captions.length));
  }
  return captions;
}

/**
 * Opens a set made by `generateImageSet`. Nothing is unpacked: a shard is checked against its hash when the first of its
 * images is wanted, and an image is read from its place in the archive and decoded.
 *
 * @param cacheBytes decoded images are kept up to this many bytes, then the oldest are dropped
 * @throws InputError when the folder holds no finished set, or its captions are not those it was made from
 */
export function openImageSet(folder: string, { cacheBytes = 2 ** 31 }: { cacheBytes?: number } = {}): ImageSet {
  const { config, shards } = readManifest(folder);
  const captions = readSetCaptions(folder, config);
  const { imagesPerCaption, size, shardCaptions, encoding } = config;

  const indices = new Map<ShardRecord, Promise<Map<string, TarEntry>>>();
  const indexOf = (shard: ShardRecord) => {
    const known = indices.get(shard) ?? indexShard(path.join(folder, shard.file), shard.sha256);
    indices.set(shard, known);
    return known;
  };
  const read = async (caption: number, k: number) => {
    const shard = shards[Math.floor(caption / shardCaptions)];
    const file = path.join(folder, shard.file);
    const name = `${imageKey(caption, k)}.${EXTENSIONS[encoding]}`;
    const entry = (await indexOf(shard)).get(name);
    if (!entry) throw damaged(file, `an image ${name}`, 'none of that name');
    return decodePixels(await readPart(file, entry), { size, where: `${file}, ${name}` });
  };

  const decoded = new Map<number, Promise<Uint8Array>>();
  const most = Math.max(1, Math.floor(cacheBytes / (size * size * 3)));
  return {
    folder,
    captions,
    imagesPerCaption,
    size,
    config,
    async image(caption, k) {
      if (!(caption >= 0 && caption < captions.length && k >= 0 && k < imagesPerCaption)) {
        throw new RangeError(`image(${caption}, ${k}): the set has ${captions.length} × ${imagesPerCaption} images`);
      }
      const key = caption * imagesPerCaption + k;
      const image = decoded.get(key) ?? read(caption, k);
      decoded.set(key, image);
      if (decoded.size > most) decoded.delete(decoded.keys().next().value!);
      return image;
    },
  };
}

/** The files of a shard by name, from the headers of the archive. */
async function indexShard(file: string, expected: string): Promise<Map<string, TarEntry>> {
  if (!existsSync(file)) throw damaged(file, `SHA-256 ${expected}`, 'no such file');
  const bytes = await readFile(file);
  if (isLfsPointer(bytes)) throw lfsPointerError(file);
  const found = sha256(bytes);
  if (found !== expected) throw damaged(file, `SHA-256 ${expected}`, found);
  return new Map(tarEntries(bytes, file).map((entry) => [entry.name, entry]));
}

async function readPart(file: string, { at, size }: TarEntry): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(size), 0, size, at);
    return buffer;
  } finally {
    await handle.close();
  }
}

function damaged(where: string, expected: string, found: string): InputError {
  const fix = 'run synclr generate again with the same settings; it makes what is missing or damaged';
  return new InputError({ where, expected, found, fix });
}
