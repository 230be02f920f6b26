import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors.js';
import { rng } from '../../random/rng.js';
import { fromEnvironment } from '../../runs/environment.js';
import { sha256 } from '../../runs/files.js';
import type { LabelledImages } from '../features.js';
import { readIdx } from './idx.js';
import type { EvaluationTask, SplitSizes } from './task.js';

/** Where Debian's `dataset-fashion-mnist` puts its files. */
const FASHION_FOLDER = '/usr/share/datasets/fashion-mnist';

const CLASSES = ['t-shirt', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'];

/**
 * Fashion-MNIST (Xiao et al. 2017, MIT licence): photographs of clothes, 28 × 28 and grey, as MNIST's files. The folder is
 * the one given, else SYNCLR_FASHION_MNIST, else Debian's. Validation is drawn from train; test is the first of test.
 */
export function fashionTask({
  folder,
  sizes = { train: 2000, validation: 500, test: 2000 },
}: {
  folder?: string;
  sizes?: SplitSizes;
} = {}): EvaluationTask {
  const where = () => folder ?? fromEnvironment('SYNCLR_FASHION_MNIST') ?? FASHION_FOLDER;
  return {
    name: 'fashion',
    group: 'unseen',
    mirrors: 'MNIST: its format and size, with photographs; the one task outside the world of emoji.',
    metric: 'accuracy',
    missing() {
      const lacking = ['train-images', 'train-labels', 't10k-images', 't10k-labels'].filter((n) => !find(where(), n));
      if (lacking.length === 0) return undefined;
      return `no ${lacking.join(', ')} in ${where()}: apt install dataset-fashion-mnist, or set SYNCLR_FASHION_MNIST to a folder with Fashion-MNIST's IDX files`;
    },
    async open({ size, share = 1, seed = 0 }) {
      const train = readPairs(where(), 'train');
      const test = readPairs(where(), 't10k');
      const rows = Array.from({ length: train.labels.length }, (_, i) => i);
      const drawn = rng(seed, 'fashion').shuffle(rows);
      const count = (most: number) => Math.max(CLASSES.length, Math.round(share * most));
      const [trains, validations] = [count(sizes.train), count(sizes.validation)];
      return {
        train: pictures(train, drawn.slice(0, trains), size),
        validation: pictures(train, drawn.slice(trains, trains + validations), size),
        test: pictures(
          test,
          Array.from({ length: Math.min(count(sizes.test), test.labels.length) }, (_, i) => i),
          size,
        ),
      };
    },
  };
}

interface Pairs {
  /** [N, side, side] */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly side: number;
}

/** The file of that name with any of the endings that it is spread with. */
function find(folder: string, name: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const file = readdirSync(folder).find((entry) => entry.startsWith(name) && /idx\d-ubyte(\.gz)?$/.test(entry));
  return file && path.join(folder, file);
}

function readPairs(folder: string, split: 'train' | 't10k'): Pairs {
  const [imageFile, labelFile] = [`${split}-images`, `${split}-labels`].map((name) => find(folder, name));
  const fault = (found: string) =>
    new InputError({
      where: folder,
      expected: `${split}-images-idx3-ubyte and ${split}-labels-idx1-ubyte (or .gz): square pictures, labels 0 … 9`,
      found,
      fix: 'fetch Fashion-MNIST again',
    });
  if (!imageFile || !labelFile) throw fault('not both files');
  const [images, labels] = [readIdx(imageFile), readIdx(labelFile)];
  const [count, height, width] = images.shape;
  const agree = images.shape.length === 3 && height === width && labels.shape.length === 1 && labels.shape[0] === count;
  if (!agree) throw fault(`${images.shape.join(' × ')} and ${labels.shape.join(' × ')}`);
  const wrong = labels.data.find((label) => label >= CLASSES.length);
  if (wrong !== undefined) throw fault(`a label ${wrong}`);
  return { images: images.data, labels: labels.data, side: height };
}

/** Grey becomes RGB; sizes are changed bilinearly, as everywhere inside this library's own pictures. */
function pictures({ images, labels, side }: Pairs, rows: readonly number[], size: number): LabelledImages {
  const picture = (row: number, out: Uint8Array, at: number) => {
    const source = images.subarray(row * side * side, (row + 1) * side * side);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        out.fill(
          Math.round(sample(source, side, ((y + 0.5) * side) / size - 0.5, ((x + 0.5) * side) / size - 0.5)),
          at,
          at + 3,
        );
        at += 3;
      }
    }
  };
  return {
    length: rows.length,
    size,
    classes: CLASSES,
    get identity() {
      return sha256(Buffer.concat(rows.map((row) => images.subarray(row * side * side, (row + 1) * side * side))));
    },
    batch(indices) {
      const out = new Uint8Array(indices.length * size * size * 3);
      indices.forEach((index, b) => {
        picture(rows[index], out, b * size * size * 3);
      });
      return { images: out, labels: Int32Array.from(indices, (index) => labels[rows[index]]) };
    },
  };
}

function sample(source: Uint8Array, side: number, y: number, x: number): number {
  const inside = (value: number) => Math.min(side - 1, Math.max(0, value));
  const [y0, x0] = [Math.floor(y), Math.floor(x)];
  const [fy, fx] = [y - y0, x - x0];
  const at = (row: number, column: number) => source[inside(row) * side + inside(column)];
  const upper = at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx;
  const lower = at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx;
  return upper * (1 - fy) + lower * fy;
}
