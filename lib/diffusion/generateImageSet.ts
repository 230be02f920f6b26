import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';
import { readJson, sha256, writeJson, writeWhole } from '../runs/files.js';
import { progress } from '../runs/progress.js';
import { requireSameConfig } from './generatorCheckpoint.js';
import {
  captionsText,
  type ImageSet,
  type ImageSetConfig,
  openImageSet,
  type SetCaption,
  type ShardRecord,
  shardIsWhole,
  shardName,
} from './imageSet.js';
import { encodeNpy } from './npy.js';
import type { TextToImage } from './pipeline.js';

/**
 * Makes images for captions and writes them as a folder of shards, or goes on with the set found there: whole shards are
 * kept, and a killed run ends with the same bytes as an undisturbed one.
 *
 * The folder: config.json, captions.jsonl, shards/NNNNN.npy with NNNNN.json (hash, written after the data) and, when all
 * is there, manifest.json.
 *
 * @param captions with distinct ids
 * @param imagesPerCaption 4 in the paper (§3.2), as is `guidance` 2.5
 * @throws InputError when the folder holds a set of other settings
 */
export async function generateImageSet({
  pipeline,
  captions,
  out,
  seed,
  imagesPerCaption = 4,
  guidance = 2.5,
  steps = 25,
  shardCaptions = 64,
  onProgress,
  signal,
}: {
  pipeline: TextToImage;
  captions: readonly SetCaption[];
  out: string;
  seed: number;
  imagesPerCaption?: number;
  guidance?: number;
  steps?: number;
  shardCaptions?: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}): Promise<ImageSet> {
  requireDistinct(captions);
  const text = captionsText(captions);
  const config: ImageSetConfig = {
    format: 'synclr-images-1',
    model: await pipeline.fingerprint(),
    captionsSha256: sha256(text),
    captions: captions.length,
    imagesPerCaption,
    size: pipeline.size,
    guidance,
    steps,
    seed,
    shardCaptions,
  };
  const configFile = path.join(out, 'config.json');
  if (existsSync(configFile)) requireSameConfig(out, { saved: readJson<object>(configFile), given: config });
  writeJson(configFile, config);
  writeWhole(path.join(out, 'captions.jsonl'), text);
  rmSync(path.join(out, 'manifest.json'), { force: true });

  const configSha256 = sha256(JSON.stringify(config));
  const shardCount = Math.ceil(captions.length / shardCaptions);
  const total = captions.length * imagesPerCaption;
  const found = Array.from({ length: shardCount }, (_, index) => readShard(out, index, configSha256));
  let done = found.reduce((sum, record) => sum + (record ? record.count * imagesPerCaption : 0), 0);
  const bar = progress({ label: 'images', total, unit: 'images', start: done });
  const shards: ShardRecord[] = [];
  for (let index = 0; index < shardCount; index++) {
    const known = found[index];
    if (known) {
      shards.push(known);
      continue;
    }
    const first = index * shardCaptions;
    const part = captions.slice(first, first + shardCaptions);
    const before = done;
    const images = await pipeline.generate({
      prompts: part,
      imagesPerPrompt: imagesPerCaption,
      guidance,
      steps,
      seed,
      signal,
      onProgress: (made) => {
        bar.tick(before + made - done);
        done = before + made;
        onProgress?.(done, total);
      },
    });
    const shape = [part.length, imagesPerCaption, pipeline.size, pipeline.size, 3];
    const bytes = encodeNpy(Buffer.concat(images.map(({ image }) => image)), shape);
    const file = `${shardName(index)}.npy`;
    const record = { file, sha256: sha256(bytes), first, count: part.length, configSha256 };
    writeWhole(path.join(out, file), bytes);
    writeJson(path.join(out, `${shardName(index)}.json`), record);
    shards.push(record);
  }
  bar.done();
  writeJson(path.join(out, 'manifest.json'), { config, images: total, shards });
  return openImageSet(out);
}

/** The record of a shard that is whole and was made with these settings. */
function readShard(out: string, index: number, configSha256: string): ShardRecord | undefined {
  const file = path.join(out, `${shardName(index)}.json`);
  if (!existsSync(file)) return undefined;
  const record = readJson<ShardRecord>(file);
  return record.configSha256 === configSha256 && shardIsWhole(out, record) ? record : undefined;
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
