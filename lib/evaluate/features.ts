import { InputError } from '../errors.js';
import { stopSignal } from '../runs/cell.js';
import { hostTensor } from '../runs/hostTensor.js';
import { readSafetensors, writeSafetensors } from '../runs/safetensors.js';

/** Features of a labelled set: what every classifier of this room takes in. */
export interface FeatureSet {
  /** [count, width], row-major */
  readonly features: Float32Array;
  /** [count], each in 0 … classes − 1 */
  readonly labels: Int32Array;
  readonly count: number;
  readonly width: number;
  readonly classes: number;
  /** [count, classes], 1 where a row is of the class: only of sets whose rows may be of several (VOC2007). */
  readonly relevant?: Uint8Array;
}

/** A split of square pictures with labels; scene sets and image folders are such splits. */
export interface LabelledImages {
  readonly length: number;
  /** Side in pixels. */
  readonly size: number;
  /** Class names by label. */
  readonly classes: readonly string[];
  /** What tells these pictures from all others, for caches: a hash of their files, or of what they are drawn from. */
  readonly identity?: string;
  /** Pictures [B, size, size, 3], 0 … 255, and labels [B]; fewer than asked where bad files are skipped. */
  batch(indices: readonly number[]): LabelledPixels | Promise<LabelledPixels>;
}

export interface LabelledPixels {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  /** [B, classes] where pictures may be of several classes; labels then count for nothing. */
  readonly relevant?: Uint8Array;
}

/** A frozen encoder: pictures [B, size, size, 3] to features [B, width]. */
export type ExtractFeatures = (
  images: Uint8Array,
  shape: { count: number; size: number },
) => Float32Array | Promise<Float32Array>;

/** Pictures at hand, [size, size, 3] each, as a labelled split. */
export function pictureSet(
  image: (index: number) => Uint8Array,
  { size, classes, labels }: Pick<LabelledImages, 'size' | 'classes'> & { labels: Int32Array },
): LabelledImages {
  return {
    length: labels.length,
    size,
    classes,
    batch: (indices) => ({
      images: Buffer.concat(indices.map(image)),
      labels: Int32Array.from(indices, (index) => labels[index]),
    }),
  };
}

/** Checks shapes, labels and finiteness, and names the number of columns. */
export function featureSet(
  features: Float32Array,
  labels: Int32Array,
  { classes, relevant, where = 'featureSet' }: { classes: number; relevant?: Uint8Array; where?: string },
): FeatureSet {
  const count = labels.length;
  const width = features.length / count;
  if (count === 0 || !Number.isInteger(width) || width === 0) {
    throw new InputError({
      where,
      expected: 'a matrix with one row per label',
      found: `${features.length} numbers for ${count} labels`,
      fix: 'pass features as [count, width] in row-major order',
    });
  }
  if (!(Number.isInteger(classes) && classes >= 1)) {
    const fix = 'give `classes` the number of classes; a file of features has it in its metadata';
    throw new InputError({ where, expected: 'the number of classes', found: String(classes), fix });
  }
  const wrongLabel = labels.findIndex((label) => label < 0 || label >= classes);
  if (wrongLabel >= 0) {
    throw new InputError({
      where: `${where}, row ${wrongLabel}`,
      expected: `a label in 0 … ${classes - 1}`,
      found: String(labels[wrongLabel]),
      fix: 'number the classes from 0 and give `classes` the count of them',
    });
  }
  const notFinite = features.findIndex((value) => !Number.isFinite(value));
  if (notFinite >= 0) {
    throw new InputError({
      where: `${where}, row ${Math.floor(notFinite / width)}, column ${notFinite % width}`,
      expected: 'finite features',
      found: String(features[notFinite]),
      fix: 'look at the checkpoint and at the pictures this row came from',
    });
  }
  if (relevant && relevant.length !== count * classes) {
    throw new InputError({
      where,
      expected: `${count} × ${classes} flags in \`relevant\``,
      found: String(relevant.length),
      fix: 'give one flag a row and class',
    });
  }
  return { features, labels, count, width, classes, ...(relevant && { relevant }) };
}

/** The rows at `indices`, copied in that order. */
export function selectRows(set: FeatureSet, indices: readonly number[]): FeatureSet {
  const { width, classes } = set;
  const features = new Float32Array(indices.length * width);
  indices.forEach((row, i) => {
    if (!(row >= 0 && row < set.count)) throw new RangeError(`selectRows: row ${row} of ${set.count}`);
    features.set(set.features.subarray(row * width, (row + 1) * width), i * width);
  });
  const labels = Int32Array.from(indices, (row) => set.labels[row]);
  const count = indices.length;
  if (!set.relevant) return { features, labels, count, width, classes };
  const relevant = new Uint8Array(count * classes);
  indices.forEach((row, i) => {
    relevant.set(set.relevant!.subarray(row * classes, (row + 1) * classes), i * classes);
  });
  return { features, labels, count, width, classes, relevant };
}

/** Two sets of the same width and classes, one after the other. */
export function concatenateFeatures(first: FeatureSet, second: FeatureSet): FeatureSet {
  requireSameSpace('concatenateFeatures', first, second);
  const features = new Float32Array(first.features.length + second.features.length);
  features.set(first.features);
  features.set(second.features, first.features.length);
  const labels = new Int32Array(first.count + second.count);
  labels.set(first.labels);
  labels.set(second.labels, first.count);
  const relevant = first.relevant && new Uint8Array(Buffer.concat([first.relevant, second.relevant!]));
  return { ...first, features, labels, count: labels.length, ...(relevant && { relevant }) };
}

/** Throws when two sets cannot share a classifier. */
export function requireSameSpace(where: string, first: FeatureSet, second: FeatureSet): void {
  const alike = Boolean(first.relevant) === Boolean(second.relevant);
  if (alike && first.width === second.width && first.classes === second.classes) return;
  throw new InputError({
    where,
    expected: `${first.width} features and ${first.classes} classes in both sets`,
    found: `${second.width} features and ${second.classes} classes${alike ? '' : ', and only one set has `relevant`'}`,
    fix: 'extract both sets with the same encoder and number their classes alike',
  });
}

/** Runs a frozen encoder over a whole split, in order. */
export async function extractFeatures(
  extract: ExtractFeatures,
  images: LabelledImages,
  { batchSize = 64, onBatch }: { batchSize?: number; onBatch?: (done: number) => void } = {},
): Promise<FeatureSet> {
  const parts: Float32Array[] = [];
  const labels: number[] = [];
  const relevant: Uint8Array[] = [];
  let width: number | undefined;
  const signal = stopSignal();
  for (let start = 0; start < images.length; start += batchSize) {
    signal?.throwIfAborted();
    const indices = Array.from({ length: Math.min(batchSize, images.length - start) }, (_, i) => start + i);
    const batch = await images.batch(indices);
    const count = batch.labels.length;
    if (count === 0) continue;
    const part = await extract(batch.images, { count, size: images.size });
    width ??= part.length / count;
    if (part.length !== count * width) {
      throw new InputError({
        where: `extractFeatures, pictures from ${start}`,
        expected: `${count} rows of ${width} features`,
        found: `${part.length} numbers`,
        fix: 'return [B, width] features for the B pictures of the batch',
      });
    }
    parts.push(part.slice());
    labels.push(...batch.labels);
    if (batch.relevant) relevant.push(batch.relevant.slice());
    onBatch?.(start + indices.length);
  }
  const features = new Float32Array(labels.length * (width ?? 0));
  let offset = 0;
  for (const part of parts) {
    features.set(part, offset);
    offset += part.length;
  }
  return featureSet(features, Int32Array.from(labels), {
    classes: images.classes.length,
    relevant: relevant.length > 0 ? new Uint8Array(Buffer.concat(relevant)) : undefined,
    where: 'extractFeatures',
  });
}

/** Keeps features in a safetensors file, so that classifiers can be tried without the encoder. */
export function saveFeatures(file: string, set: FeatureSet, metadata: Record<string, string> = {}): void {
  const tensors = {
    features: hostTensor(set.features, [set.count, set.width]),
    labels: hostTensor(set.labels, [set.count]),
    ...(set.relevant && { relevant: hostTensor(Int32Array.from(set.relevant), [set.count, set.classes]) }),
  };
  writeSafetensors(file, tensors, { ...metadata, classes: String(set.classes) });
}

/** Reads what `saveFeatures` wrote. */
export function loadFeatures(file: string): FeatureSet {
  const { tensors, metadata } = readSafetensors(file);
  const { features, labels, relevant } = tensors;
  if (!(features?.data instanceof Float32Array) || !(labels?.data instanceof Int32Array)) {
    throw new InputError({
      where: file,
      expected: 'float32 `features` and int32 `labels`',
      found: Object.entries(tensors)
        .map(([name, tensor]) => `${tensor.dtype} ${name}`)
        .join(', '),
      fix: 'write the file with saveFeatures',
    });
  }
  return featureSet(features.data, labels.data, {
    classes: Number(metadata.classes),
    relevant: relevant && Uint8Array.from(relevant.data),
    where: file,
  });
}
