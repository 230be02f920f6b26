import { existsSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../runs/files.js';
import { readSafetensors } from '../runs/safetensors.js';
import { type FeatureSet, type LabelledImages, loadFeatures, saveFeatures } from './features.js';

/** What features follow from: the same three, the same numbers. */
export interface FeatureKey {
  /** SHA-256 of the encoder's weights and architecture */
  readonly encoder: string;
  /** `hashOfImages` */
  readonly images: string;
  /** how pictures are brought to the encoder, in words */
  readonly transform: string;
}

/**
 * Features from a folder of files, made where they are absent. A file holds its key and a hash of its numbers: one that is
 * damaged, cut short or of another key is made anew. The encoder is not opened for what is there.
 */
export async function cachedFeatures(
  folder: string,
  key: FeatureKey,
  make: () => Promise<FeatureSet>,
): Promise<FeatureSet> {
  const wanted = JSON.stringify([key.encoder, key.images, key.transform]);
  const file = path.join(folder, `features-${sha256(wanted).slice(0, 16)}.safetensors`);
  const kept = readKept(file, wanted);
  if (kept) return kept;
  const made = await make();
  saveFeatures(file, made, { key: wanted, sha256: hashOfFeatures(made) });
  return made;
}

function readKept(file: string, wanted: string): FeatureSet | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { metadata } = readSafetensors(file);
    if (metadata.key !== wanted) return undefined;
    const set = loadFeatures(file);
    return hashOfFeatures(set) === metadata.sha256 ? set : undefined;
  } catch {
    return undefined; // damaged: made anew
  }
}

const bytesOf = (array: Float32Array | Int32Array | Uint8Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function hashOfFeatures({ features, labels, relevant }: FeatureSet): string {
  return sha256(Buffer.concat([bytesOf(features), bytesOf(labels), relevant ?? new Uint8Array()]));
}

/** A hash of a split: its identity, size and classes, and up to 16 of its pictures, which also tell a change of the code. */
export async function hashOfImages(images: LabelledImages): Promise<string> {
  const { length, size, classes, identity = '' } = images;
  const every = Math.max(1, Math.floor(length / 16));
  const some = Array.from({ length: Math.min(16, length) }, (_, i) => i * every);
  const { images: pixels, labels, relevant = new Uint8Array() } = await images.batch(some);
  const about = JSON.stringify([identity, length, size, classes]);
  return sha256(Buffer.concat([Buffer.from(about), pixels, bytesOf(labels), relevant]));
}
