import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { EXTENSIONS } from '../data/shards/imageCodec.js';
import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import type { OutputKind } from '../runs/outputFolder.js';
import type { ImageSetConfig, ImageSetManifest } from './imageSetFormat.js';

import { shardName } from './imageSetFormat.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const positive = z.int().min(1);

const formatSchema = z.object({ format: z.literal('synclr-images-2') });

const configSchema: z.ZodType<ImageSetConfig> = formatSchema.extend({
  model: z.string(),
  captionsSha256: hash,
  captions: count,
  imagesPerCaption: positive,
  size: positive.max(2 ** 14),
  guidance: z.number(),
  steps: positive,
  seed: z.int(),
  batch: positive,
  encoding: z.enum(Object.keys(EXTENSIONS) as (keyof typeof EXTENSIONS)[]),
  shardCaptions: positive,
});

const shardSchema = z.object({
  file: z.string(),
  sha256: hash,
  bytes: count,
  images: count,
  first: count,
  last: count,
  truncatedCaptions: count,
  seal: hash,
});

const manifestSchema: z.ZodType<ImageSetManifest> = z
  .object({ config: configSchema, images: count, truncatedCaptions: count, shards: z.array(shardSchema) })
  .superRefine(({ config, images, shards }, context) => {
    const { captions, imagesPerCaption, shardCaptions } = config;
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (images !== captions * imagesPerCaption) refuse('images', `expected ${captions} × ${imagesPerCaption}`);
    const wanted = Math.ceil(captions / shardCaptions);
    if (shards.length !== wanted) refuse('shards', `expected ${wanted}, found ${shards.length}`);
    for (const [i, { file, first, last }] of shards.entries()) {
      const end = Math.min(captions, (i + 1) * shardCaptions) - 1;
      const fits = file === `${shardName(i)}.tar` && first === i * shardCaptions && last === end;
      if (!fits) refuse(`shards.${i}`, `expected ${shardName(i)}.tar with captions ${i * shardCaptions} to ${end}`);
    }
  });

const AGAIN = 'run synclr generate again with the same settings; it makes what is missing or damaged';

/** How the folder of an image set is known. */
export const imageSetFolder: OutputKind = {
  what: 'an image set',
  marker: 'config.json',
  isOurs: (content) => /^synclr-images-\d+$/.test((content as { format?: string } | null)?.format ?? ''),
};

/** What a set, finished or not, is made with. @throws InputError */
export function readImageSetConfig(folder: string): ImageSetConfig {
  return readJson(path.join(folder, 'config.json'), { schema: configSchema, fix: AGAIN });
}

/** @throws InputError when there is no finished set, one of another format, or a manifest that contradicts itself */
export function readManifest(folder: string): ImageSetManifest {
  const file = path.join(folder, 'manifest.json');
  if (!existsSync(file)) {
    throw new InputError({
      where: folder,
      expected: 'a finished image set with manifest.json',
      found: existsSync(path.join(folder, 'config.json')) ? 'an unfinished one' : 'no such file',
      fix: 'run synclr generate on this folder; it goes on where it stopped',
    });
  }
  const { config } = readJson<{ config?: { format?: string } }>(file, { fix: AGAIN });
  if (!formatSchema.safeParse(config).success) {
    throw new InputError({
      where: file,
      expected: 'an image set of format synclr-images-2',
      found: String(config?.format),
      fix: 'make the set again with synclr generate, in another folder',
    });
  }
  return readJson(file, { schema: manifestSchema, fix: AGAIN });
}
