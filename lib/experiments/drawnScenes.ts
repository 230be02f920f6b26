import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';
import type { LabelledImages, LabelledPixels } from '../evaluate/features.js';
import { readJson, sha256, writeJson, writeWhole } from '../runs/files.js';

/** Pictures drawn at a time. */
const BATCH = 256;

/** What stands beside the pixels, written last: a set with labels is whole. */
interface Labels {
  readonly labels: readonly number[];
  readonly relevant?: readonly number[];
}

/**
 * Keeps test pictures, which else are drawn anew for every encoder: drawing takes as long as encoding. A set is a file of raw
 * pixels, [length, size, size, 3], and its labels. It is named by what it is drawn from and by its first picture, so that
 * another way of drawing makes another file.
 */
export async function keepDrawn(images: LabelledImages, folder: string): Promise<LabelledImages> {
  const { length, size, identity } = images;
  if (identity === undefined) return images; // nothing says what it is drawn from
  const first = await images.batch([0]);
  const name = sha256(`${identity} ${size} ${length} ${sha256(first.images)}`).slice(0, 24);
  const [pixels, labelFile] = [path.join(folder, `${name}.rgb`), path.join(folder, `${name}.json`)];
  if (!existsSync(labelFile)) {
    const drawn = await inBatches(images, { count: length });
    writeWhole(
      pixels,
      drawn.map((batch) => batch.images),
    );
    const relevant = drawn.flatMap((batch) => [...(batch.relevant ?? [])]);
    writeJson(labelFile, {
      labels: drawn.flatMap(({ labels }) => [...labels]),
      ...(relevant.length > 0 && { relevant }),
    } satisfies Labels);
  }
  const { labels, relevant } = readJson<Labels>(labelFile);
  const classes = images.classes.length;
  return {
    length,
    size,
    classes: images.classes,
    identity,
    batch: (indices) => ({
      images: readRows(pixels, indices, size * size * 3),
      labels: Int32Array.from(indices, (index) => labels[index]),
      ...(relevant && {
        relevant: Uint8Array.from(indices.flatMap((index) => relevant.slice(index * classes, (index + 1) * classes))),
      }),
    }),
  };
}

function readRows(file: string, indices: readonly number[], width: number): Uint8Array {
  const rows = new Uint8Array(indices.length * width);
  const handle = openSync(file, 'r');
  try {
    for (const [at, index] of indices.entries()) {
      const read = readSync(handle, rows, at * width, width, index * width);
      if (read !== width) throw cutOff(file, `${index * width + read} bytes`);
    }
  } finally {
    closeSync(handle);
  }
  return rows;
}

const cutOff = (file: string, found: string) =>
  new InputError({
    where: file,
    expected: 'the pixels of a whole set of test pictures',
    found,
    fix: 'delete the file and the .json beside it: the set is drawn again',
  });

async function inBatches(images: LabelledImages, { count }: { count: number }): Promise<LabelledPixels[]> {
  const batches: LabelledPixels[] = [];
  for (let from = 0; from < count; from += BATCH) {
    const indices = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => from + i);
    batches.push(await images.batch(indices));
  }
  return batches;
}
