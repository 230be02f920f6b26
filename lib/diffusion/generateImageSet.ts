import { setMaxListeners } from 'node:events';
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ImageEncoding } from '../data/shards/imageCodec.js';
import { InputError } from '../errors.js';
import { stopSignal } from '../runs/cell.js';
import { readJson, sha256, writeJson, writeWhole } from '../runs/files.js';
import { requireSame } from '../runs/identity.js';
import { claimFolder, claimSubfolder, removeLeftovers } from '../runs/outputFolder.js';
import { itemsOfPart, type Part } from '../runs/part.js';
import { progress } from '../runs/progress.js';
import { captionsText, type ImageSet, openImageSet } from './imageSet.js';
import type { ImageSetConfig, ImageSetManifest, SetCaption, ShardRecord } from './imageSetFormat.js';
import { whileMakingSet } from './imageSetLock.js';
import { imageSetFolder } from './imageSetManifest.js';
import { makeShard, readShardRecord, SHARD } from './imageShard.js';
import type { ShardMaker } from './shardProcess.js';
import { forkShardMaker } from './shardProcess.js';
import type { TextToImage } from './textToImage.js';

/** What `generateImageSet` is told. */
export interface GenerateOptions {
  pipeline: TextToImage;
  captions: readonly SetCaption[];
  out: string;
  seed: number;
  imagesPerCaption?: number;
  guidance?: number;
  steps?: number;
  encoding?: ImageEncoding;
  shardCaptions?: number;
  workers?: number;
  existing?: 'refuse' | 'replace';
  part?: Part;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Makes images of captions and writes them as a folder of shards, or goes on with the set found there: a shard that is
 * whole is kept, one that is missing, short or damaged is made again. A run that was killed ends with the same bytes as an
 * undisturbed one, and so does any number of workers.
 *
 * The folder: config.json, captions.jsonl, shards/NNNNN.tar with NNNNN.json (its hash, written after it) and, when all is
 * there, manifest.json.
 *
 * @param captions with distinct ids
 * @param imagesPerCaption 4 in paper §3.2, as is `guidance` 2.5
 * @param encoding lossless by default; see `ImageEncoding`
 * @param workers processes that share the shards, this one among them; the others open the pipeline's folder
 * @param existing what to do with a set of other settings in the folder: refuse it (default), or delete it
 * @param part makes every n-th shard alone. Parts may run anywhere at once, in a folder they share, or in folders of their own
 *   that are copied into one; where the others are all there, the manifest is written, the same as of one machine
 * @returns the set; undefined after a part, while others are missing
 * @param onProgress called first with the images found, then after every batch
 * @throws InputError when the folder holds a set of other settings, a number makes no sense, or another process makes these
 *   shards; what `signal` was aborted with
 */
export async function generateImageSet(options: GenerateOptions & { part?: undefined }): Promise<ImageSet>;
export async function generateImageSet(options: GenerateOptions): Promise<ImageSet | undefined>;
export async function generateImageSet(options: GenerateOptions): Promise<ImageSet | undefined> {
  const { imagesPerCaption, steps, shardCaptions, workers, captions, out, part } = options;
  requireCounts({ imagesPerCaption, steps, shardCaptions, workers });
  requireDistinct(captions);
  claimFolder(out, imageSetFolder);
  return whileMakingSet(out, part, () => generate(options));
}

async function generate({
  pipeline,
  captions,
  out,
  seed,
  imagesPerCaption = 4,
  guidance = 2.5,
  steps = 25,
  encoding = 'webp',
  shardCaptions = 64,
  workers = 1,
  existing = 'refuse',
  part,
  onProgress,
  signal,
}: GenerateOptions): Promise<ImageSet | undefined> {
  const text = captionsText(captions);
  const config: ImageSetConfig = {
    format: 'synclr-images-2',
    model: await pipeline.fingerprint(),
    captionsSha256: sha256(text),
    captions: captions.length,
    imagesPerCaption,
    size: pipeline.size,
    guidance,
    steps,
    seed,
    batch: pipeline.batch,
    encoding,
    shardCaptions,
  };
  startFolder(out, config, { text, existing });
  const numbers = Array.from({ length: Math.ceil(captions.length / shardCaptions) }, (_, index) => index);
  const own = itemsOfPart(numbers, part);
  const captionsIn = (index: number) => Math.min(shardCaptions, captions.length - index * shardCaptions);
  const total = own.reduce((sum, index) => sum + captionsIn(index) * imagesPerCaption, 0);
  const records: (ShardRecord | undefined)[] = numbers.map(() => undefined);
  for (const index of own) records[index] = readShardRecord(out, index, config);
  let done = records.reduce((sum, record) => sum + (record?.images ?? 0), 0);
  onProgress?.(done, total);
  const bar = progress({ label: 'images', total, unit: 'images', start: done, waitsFor: 'the text-to-image model' });
  const onMade = (images: number) => {
    done += images;
    bar.tick(images);
    onProgress?.(done, total);
  };

  const missing = own.filter((index) => !records[index]);
  const stop = new AbortController();
  const both = stopSignal(signal ? AbortSignal.any([stop.signal, signal]) : stop.signal) as AbortSignal;
  setMaxListeners(0, both); // one for each worker
  const makers: ShardMaker[] = Array.from({ length: Math.min(workers, missing.length) }, (_, worker) =>
    worker === 0
      ? {
          make: (index) => makeShard({ pipeline, out, config, captions, index, onMade, signal: both }),
          close: () => {},
        }
      : forkShardMaker({ pipeline, out, workers, onMade, signal: both }),
  );
  const work = makers.map((maker) => makeAll(maker, missing, records, both).catch((error) => stop.abort(error)));
  await Promise.all(work);
  for (const maker of makers) maker.close();
  bar.done();
  stop.signal.throwIfAborted();
  const found = records.map((record, index) => record ?? readShardRecord(out, index, config, { read: false }));
  if (found.includes(undefined)) return undefined;
  const shards = found as ShardRecord[];
  const truncatedCaptions = shards.reduce((sum, shard) => sum + shard.truncatedCaptions, 0);
  const manifest: ImageSetManifest = { config, images: captions.length * imagesPerCaption, truncatedCaptions, shards };
  writeJson(path.join(out, 'manifest.json'), manifest);
  return openImageSet(out);
}

/** Writes what the shards are made from, and takes the manifest away until they are all there. */
function startFolder(
  out: string,
  config: ImageSetConfig,
  { text, existing }: { text: string; existing: 'refuse' | 'replace' },
): void {
  const file = path.join(out, 'config.json');
  if (statSync(file, { throwIfNoEntry: false })) {
    const saved = readJson<object>(file);
    if (existing === 'refuse')
      requireSame(out, {
        before: saved,
        now: config,
        expected: 'the settings of the set that is there',
        fix: 'go on with these, or make the set in another folder',
      });
    else if (JSON.stringify(saved) !== JSON.stringify(config)) removeShards(claimSubfolder(out, 'shards'));
  }
  rmSync(path.join(out, 'manifest.json'), { force: true });
  // Before all else is made: a run that stops here, for want of room say, is known as ours by it.
  writeJson(file, config);
  for (const folder of [out, claimSubfolder(out, 'shards')]) removeLeftovers(folder);
  writeWhole(path.join(out, 'captions.jsonl'), text);
}

/** Deletes the shards of a set of other settings, and nothing else that may lie there. */
function removeShards(folder: string): void {
  for (const name of readdirSync(folder)) if (SHARD.test(name)) rmSync(path.join(folder, name));
}

/** Takes the next missing shard, whichever worker is free, until none is left. */
async function makeAll(
  maker: ShardMaker,
  missing: number[],
  records: (ShardRecord | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  for (let index = missing.shift(); index !== undefined; index = missing.shift()) {
    signal.throwIfAborted();
    records[index] = await maker.make(index);
  }
}

function requireCounts(counts: Record<string, number | undefined>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new InputError({
      where: `generateImageSet: ${name}`,
      expected: 'a whole number, 1 or more',
      found: String(value),
      fix: 'leave it out for the default',
    });
  }
}

function requireDistinct(captions: readonly SetCaption[]): void {
  const seen = new Set<string>();
  for (const { id } of captions) {
    if (seen.has(id)) {
      throw new InputError({
        where: 'generateImageSet: captions',
        expected: 'one caption for each id, since images depend on it',
        found: `"${id}" twice`,
        fix: 'number the captions',
      });
    }
    seen.add(id);
  }
}
