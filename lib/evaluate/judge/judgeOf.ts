import { InputError } from '../../errors.js';
import { normaliseInto } from '../../pictures/normalise.js';
import type { JudgeFolder } from './exportJudge.js';

/** What the judge says of N pictures, row by row. */
export interface Verdicts {
  readonly count: number;
  /** [N, width]: the layer both answers are read from, trained on real scenes alone */
  readonly features: Float32Array;
  /** [N, concepts + 1], probabilities; the last is 'none of these' */
  readonly concepts: Float32Array;
  /** [N, backgrounds], probabilities */
  readonly backgrounds: Float32Array;
}

/** A classifier of pictures of the emoji world. Holds a session until it is released. */
export interface Judge {
  /** by label; label `concepts.length` is 'none of these' */
  readonly concepts: readonly string[];
  readonly backgrounds: readonly string[];
  /** side of the pictures in pixels */
  readonly size: number;
  /** numbers in a feature */
  readonly width: number;
  /** SHA-256 of the model */
  readonly hash: string;
  /** Pictures [size, size, 3], 0 to 255. Answers are the mean over a picture and its mirror image. */
  judge(images: readonly Uint8Array[]): Promise<Verdicts>;
  release(): Promise<void>;
}

/** What a judge needs of whoever runs its network: pictures [N, size, size, 3] in, outputs by name out. */
export interface JudgeRuntime {
  run(pixels: Float32Array, shape: readonly number[]): Promise<(output: string) => Float32Array>;
  hash: string;
  /** pictures a run */
  batch: number;
  release(): Promise<void>;
}

/** A judge of an opened network: the same in Node and in a browser. */
export function judgeOf(
  { concepts, backgrounds, net }: JudgeFolder,
  { run, hash, batch, release }: JudgeRuntime,
): Judge {
  const { imageSize: size, widths } = net;
  const bytes = size * size * 3;
  const answer = async (images: readonly Uint8Array[]): Promise<Verdicts> => {
    const pixels = new Float32Array(2 * images.length * bytes);
    images.forEach((image, i) => {
      normaliseInto(pixels, 2 * i * bytes, image);
      normaliseInto(pixels, (2 * i + 1) * bytes, mirrored(image, size));
    });
    const found = await run(pixels, [2 * images.length, size, size, 3]);
    const rows = (name: string) => meanOfPairs(found(name), images.length);
    return {
      count: images.length,
      features: rows('features'),
      concepts: rows('concepts'),
      backgrounds: rows('backgrounds'),
    };
  };
  return {
    concepts,
    backgrounds,
    size,
    width: widths[widths.length - 1],
    hash,
    async judge(images) {
      const wrong = images.findIndex((image) => image.length !== bytes);
      if (wrong >= 0) {
        throw new InputError({
          where: `judge, picture ${wrong}`,
          expected: `${size} × ${size} × 3 = ${bytes} bytes of RGB`,
          found: `${images[wrong].length} bytes`,
          fix: 'resize pictures to the size of the judge first',
        });
      }
      const parts: Verdicts[] = [];
      for (let first = 0; first < images.length; first += batch) {
        parts.push(await answer(images.slice(first, first + batch)));
      }
      return joinVerdicts(parts);
    },
    release,
  };
}

/** Verdicts on one list of pictures after the other. */
export function joinVerdicts(parts: readonly Verdicts[]): Verdicts {
  const join = (key: 'features' | 'concepts' | 'backgrounds') => {
    const all = new Float32Array(parts.reduce((sum, part) => sum + part[key].length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part[key], at);
      at += part[key].length;
    }
    return all;
  };
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    features: join('features'),
    concepts: join('concepts'),
    backgrounds: join('backgrounds'),
  };
}

/** [2N, D] → [N, D]: the mean of rows 2i and 2i + 1. */
function meanOfPairs(rows: Float32Array, pairs: number): Float32Array {
  const width = rows.length / (2 * pairs);
  return Float32Array.from({ length: pairs * width }, (_, i) => {
    const at = 2 * width * Math.floor(i / width) + (i % width);
    return (rows[at] + rows[at + width]) / 2;
  });
}

/** Left and right exchanged. image: [S, S, 3] */
function mirrored(image: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(image.length);
  for (let pixel = 0; pixel < size * size; pixel++) {
    const from = 3 * (pixel - (pixel % size) + (size - 1 - (pixel % size)));
    out.set(image.subarray(from, from + 3), 3 * pixel);
  }
  return out;
}
