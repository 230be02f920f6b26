import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isStray } from '../data/classFolders.js';
import { fingerprintOf } from '../diffusion/fingerprint.js';
import { generateImageSet } from '../diffusion/generateImageSet.js';
import { type ImageSet, openImageSet } from '../diffusion/imageSet.js';
import { InputError } from '../errors.js';
import { readJson, writeJson } from '../runs/files.js';
import { hashOfConfig } from '../runs/record.js';
import { generatorFolder, openTierGenerator } from '../tiers/world/generator.js';
import type { Tier } from '../tiers/world/settings.js';
import { captionsOfSource } from './captionSources.js';
import { type GeneratedImages, type ImageSpec, isReal } from './spec.js';

/** SHA-256 over the files of a tier's generator, or 'none' where it is not made yet (`smoke` before its first run). */
export async function generatorHash(tier: Tier, { root }: { root?: string } = {}): Promise<string> {
  const folder = generatorFolder(tier, { root });
  if (!existsSync(path.join(folder, 'model_index.json'))) return 'none';
  const parts = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !isStray(entry.name),
  );
  const files = parts.flatMap(({ name }) =>
    readdirSync(path.join(folder, name))
      .filter((file) => !isStray(file))
      .map((file) => path.join(name, file)),
  );
  return fingerprintOf(folder, files.sort());
}

/** What is written beside a set: what it is, and of which generator. */
interface SetIdentity {
  readonly images: GeneratedImages;
  readonly generator: string;
}

/** Whether every picture of `inner` is also one of `outer`, made from the same noise. */
export function holds(outer: GeneratedImages, inner: GeneratedImages): boolean {
  return (
    familyOf(outer) === familyOf(inner) &&
    outer.count >= inner.count &&
    outer.imagesPerCaption >= inner.imagesPerCaption
  );
}

/** What sets have in common that differ in their counts alone. */
function familyOf({ count: _, imagesPerCaption: __, ...shared }: GeneratedImages): string {
  return JSON.stringify(shared);
}

/** The sets to make so that every spec is a cut of one: those that no other one holds, in the order of their first use. */
export function largestSets(specs: readonly ImageSpec[]): GeneratedImages[] {
  const generated = specs.filter((spec): spec is GeneratedImages => !isReal(spec));
  const kept: GeneratedImages[] = [];
  for (const spec of generated) {
    if (kept.some((other) => holds(other, spec))) continue;
    const place = kept.findIndex((other) => holds(spec, other));
    const rest = kept.filter((other) => !holds(spec, other));
    rest.splice(place < 0 ? rest.length : place, 0, spec);
    kept.splice(0, kept.length, ...rest);
  }
  return kept;
}

/** Where image sets are, below the folder of an experiment suite. */
const setsFolder = (work: string) => path.join(work, 'images');

/** The folder of the smallest finished set that holds these pictures, or undefined. */
export function findImageSet(work: string, images: GeneratedImages, generator: string): string | undefined {
  const root = setsFolder(work);
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .map((name) => path.join(root, name))
    .filter((folder) => existsSync(path.join(folder, 'manifest.json')) && existsSync(path.join(folder, 'set.json')))
    .map((folder) => ({ folder, set: readJson<SetIdentity>(path.join(folder, 'set.json')) }))
    .filter(({ set }) => set.generator === generator && holds(set.images, images))
    .sort(
      (a, b) => a.set.images.count * a.set.images.imagesPerCaption - b.set.images.count * b.set.images.imagesPerCaption,
    )
    .at(0)?.folder;
}

/**
 * Makes a set, or goes on with one that was begun.
 * @param work the folder of the suite
 * @param processes that share the work
 */
export async function makeImageSet(
  images: GeneratedImages,
  {
    tier,
    work,
    generator,
    processes,
    root,
    onProgress,
    signal,
  }: {
    tier: Tier;
    work: string;
    generator: string;
    processes: number;
    root?: string;
    onProgress?: (done: number, total: number) => void;
    signal?: AbortSignal;
  },
): Promise<string> {
  const { captions: source, count, imagesPerCaption, guidance, steps, concepts, seed } = images;
  const hash = hashOfConfig({ images, generator }).slice(0, 8);
  const out = path.join(setsFolder(work), `${source}-w${guidance}-${count}x${imagesPerCaption}-${hash}`);
  const pipeline = await openTierGenerator(tier, { root });
  try {
    await generateImageSet({
      pipeline,
      captions: await captionsOfSource(source, { count, concepts }),
      out,
      seed,
      imagesPerCaption,
      guidance,
      steps,
      workers: processes,
      existing: 'replace',
      onProgress,
      signal,
    });
  } finally {
    await pipeline.release();
  }
  writeJson(path.join(out, 'set.json'), { images, generator } satisfies SetIdentity);
  return out;
}

/** A set as if it had fewer captions and pictures. @throws InputError where it has too few itself */
export function cutImageSet(
  set: ImageSet,
  { count, imagesPerCaption }: { count: number; imagesPerCaption: number },
): ImageSet {
  if (set.captions.length < count || set.imagesPerCaption < imagesPerCaption) {
    throw new InputError({
      where: set.folder,
      expected: `${count} captions of ${imagesPerCaption} pictures at least`,
      found: `${set.captions.length} of ${set.imagesPerCaption}`,
      fix: 'make a larger set',
    });
  }
  return { ...set, captions: set.captions.slice(0, count), imagesPerCaption };
}

/** Opens the cut of a set in a folder. */
export function openCut(folder: string, counts: { count: number; imagesPerCaption: number }): ImageSet {
  return cutImageSet(openImageSet(folder), counts);
}
