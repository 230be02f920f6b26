import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { EXTENSIONS, encodePixels } from '../data/shards/imageCodec.js';
import { writeTar } from '../data/shards/writeTar.js';
import { jsonText, sha256, writeJson, writeWhole } from '../runs/files.js';
import type { ImageSetConfig, SetCaption, ShardRecord } from './imageSetFormat.js';
import { shardName } from './imageSetFormat.js';
import type { GeneratedImage, TextToImage } from './textToImage.js';

/** The files of a shard inside `shards/`. */
export const SHARD = /^\d{5,}\.(tar|json)$/;

/** What the files of one image are called in their shard, before the dot: webdataset's key. */
export const imageKey = (caption: number, k: number) => `${String(caption).padStart(9, '0')}_${k}`;

const sealOf = (config: ImageSetConfig, record: Omit<ShardRecord, 'seal'>) => sha256(JSON.stringify([config, record]));

/**
 * Makes one shard of a set: a tar in webdataset's layout that holds, for image k of caption number c, `c_k.webp` (or .png,
 * .jpg), `c_k.json` (the caption's record and how the image was made) and `c_k.txt` (the caption).
 *
 * A function of (config, captions, index): any process writes the same bytes. The shard appears whole or not at all.
 */
export async function makeShard({
  pipeline,
  out,
  config,
  captions,
  index,
  onMade,
  signal,
}: {
  pipeline: TextToImage;
  out: string;
  config: ImageSetConfig;
  /** all captions of the set */
  captions: readonly SetCaption[];
  index: number;
  /** called with the number of images finished since the last call */
  onMade?: (images: number) => void;
  signal?: AbortSignal;
}): Promise<ShardRecord> {
  const { imagesPerCaption, guidance, steps, seed, shardCaptions } = config;
  const first = index * shardCaptions;
  const part = captions.slice(first, first + shardCaptions);
  let before = 0;
  const images = await pipeline.generate({
    prompts: part,
    imagesPerPrompt: imagesPerCaption,
    guidance,
    steps,
    seed,
    signal,
    onProgress: (made) => {
      onMade?.(made - before);
      before = made;
    },
  });
  const files = await Promise.all(
    images.map((image, i) => {
      const at = Math.floor(i / imagesPerCaption);
      return filesOf(image, first + at, part[at], config);
    }),
  );
  const shard = await writeTar(files.flat());
  const facts = {
    file: `${shardName(index)}.tar`,
    sha256: sha256(shard),
    bytes: shard.length,
    images: images.length,
    first,
    last: first + part.length - 1,
    truncatedCaptions: images.filter(({ k, truncatedTokens }) => k === 0 && truncatedTokens > 0).length,
  };
  const record: ShardRecord = { ...facts, seal: sealOf(config, facts) };
  writeWhole(path.join(out, record.file), shard);
  writeJson(path.join(out, `${shardName(index)}.json`), record);
  return record;
}

async function filesOf(
  { k, image }: GeneratedImage,
  at: number,
  caption: SetCaption,
  { size, encoding, seed, guidance, steps, model }: ImageSetConfig,
): Promise<{ name: string; content: Uint8Array }[]> {
  const key = imageKey(at, k);
  const record = { ...caption, generated: { k, seed, guidance, steps, model } };
  return [
    { name: `${key}.${EXTENSIONS[encoding]}`, content: await encodePixels(image, { size, encoding }) },
    { name: `${key}.json`, content: Buffer.from(JSON.stringify(record)) },
    { name: `${key}.txt`, content: Buffer.from(caption.text) },
  ];
}

/**
 * The record of shard `index`, if the shard is there, was made with these settings, and is what its record says.
 * @param read whether the shard is read to see that: else its length is enough, as for what another machine has just made
 */
export function readShardRecord(
  out: string,
  index: number,
  config: ImageSetConfig,
  { read = true } = {},
): ShardRecord | undefined {
  const record = readRecord(path.join(out, `${shardName(index)}.json`));
  if (!record) return undefined;
  const { seal, ...facts } = record;
  if (seal !== sealOf(config, facts) || record.file !== `${shardName(index)}.tar`) return undefined;
  const file = path.join(out, record.file);
  if (statSync(file, { throwIfNoEntry: false })?.size !== record.bytes) return undefined;
  return !read || sha256(readFileSync(file)) === record.sha256 ? record : undefined;
}

function readRecord(file: string): ShardRecord | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    const record = JSON.parse(text) as ShardRecord;
    return text === jsonText(record) ? record : undefined;
  } catch {
    return undefined; // not there, or damaged: the shard is made again
  }
}
