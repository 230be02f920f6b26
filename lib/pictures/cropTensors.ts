import { tf } from '../engine/tf.js';
import type { CropDraw } from './augment.js';
import { type Normalisation, normalisations } from './normalise.js';
import type { RgbImage } from './resample.js';

/**
 * `cutCrop` as a tensor program: crops, flips, colours and blur of a whole batch, cut where the training step runs. The host
 * reads the pictures and draws; the batch brings one number a pixel and `DRAW_NUMBERS` a crop. Equal to `cutCrop` up to
 * rounding.
 */

/** How many numbers tell what was drawn for a crop. */
export const DRAW_NUMBERS = 28;

/** Where they are in a row. */
const AT = {
  top: 0,
  left: 1,
  height: 2,
  width: 3,
  flip: 4,
  before: 5,
  hue: 14,
  after: 15,
  grey: 24,
  reach: 25,
  sigma: 26,
  solarize: 27,
};

/** Writes RGB bytes into `out` from index `at` on, a pixel as one whole number: red + 256 · green + 65 536 · blue. */
export function packPixels(out: Float32Array, at: number, { data }: Pick<RgbImage, 'data'>): void {
  for (let i = 0, to = at; i < data.length; i += 3, to++) out[to] = data[i] + 256 * data[i + 1] + 65536 * data[i + 2];
}

/** Brightness, contrast and saturation are rgb ← a · rgb + b · luma + c · mean luma of the crop: (a, b, c). */
const MIXES = [(f: number) => [f, 0, 0], (f: number) => [f, 0, 1 - f], (f: number) => [f, 1 - f, 0]];
const HUE = 3;

/** Writes what was drawn into row `row` of `out`, [crops, DRAW_NUMBERS]. */
export function writeDraw(
  out: Float32Array,
  row: number,
  { box, flip, jitter, grayscale, blur, solarize }: CropDraw,
): void {
  const numbers = out.subarray(row * DRAW_NUMBERS, (row + 1) * DRAW_NUMBERS).fill(0);
  numbers.set([box.top, box.left, box.height, box.width, Number(flip)]);
  const order = jitter?.order ?? [HUE];
  const turnsAt = order.indexOf(HUE);
  const mixes = (some: readonly number[]) =>
    [0, 1, 2].flatMap((i) => (i < some.length ? MIXES[some[i]](jitter!.factors[some[i]]) : [1, 0, 0]));
  numbers.set(mixes(order.slice(0, turnsAt)), AT.before);
  numbers[AT.hue] = jitter ? jitter.factors[HUE] : 0;
  numbers.set(mixes(order.slice(turnsAt + 1)), AT.after);
  numbers[AT.grey] = Number(grayscale);
  numbers[AT.reach] = blur ? (blur.kernel - 1) / 2 : 0;
  numbers[AT.sigma] = blur ? blur.sigma : 1;
  numbers[AT.solarize] = Number(solarize);
}

/**
 * All crops of a batch.
 *
 * @param pictures [N, H, W], as `packPixels` writes them
 * @param draws [v · N, DRAW_NUMBERS], view-major: row i is of picture i mod N
 * @param size side of the crops in pixels
 * @param kernel taps of the widest blur (odd)
 * @returns [v · N, size, size, 3], normalised
 */
export function cutCrops(
  pictures: tf.Tensor3D,
  draws: tf.Tensor2D,
  {
    size,
    kernel,
    normalisation = normalisations.clip,
  }: { size: number; kernel: number; normalisation?: Normalisation },
): tf.Tensor4D {
  const [count, height, width] = pictures.shape;
  const crops = draws.shape[0];
  const number = (at: number) => numbers(draws, at, 3);
  const across = resizing(number(AT.left), number(AT.width), { from: width, to: size, flip: number(AT.flip) });
  const down = resizing(number(AT.top), number(AT.height), { from: height, to: size });
  // Rows of [y, channel, x]: one product for x, one for y. Overshoot is clamped after either, as in Pillow.
  const planes = tf.tile(unpackPixels(pictures), [crops / count, 1, 1, 1]);
  const narrow = tf.clipByValue(tf.matMul(tf.reshape(planes, [crops, height * 3, width]), across, false, true), 0, 255);
  const small = tf.clipByValue(tf.matMul(down, tf.reshape(narrow, [crops, height, 3 * size])), 0, 255);

  const scalar = (at: number) => numbers(draws, at, 4) as tf.Tensor4D;
  const mixes = (rgb: tf.Tensor4D, from: number) => [0, 3, 6].reduce((mixed, i) => mix(mixed, draws, from + i), rgb);
  let rgb = mixes(tf.reshape(small, [crops, size, 3, size]) as tf.Tensor4D, AT.before);
  rgb = mixes(turnHue(rgb, scalar(AT.hue)), AT.after);
  rgb = tf.add(rgb, tf.mul(scalar(AT.grey), tf.sub(lumaOf(rgb), rgb)));
  rgb = blurCrops(rgb, { reach: number(AT.reach), sigma: number(AT.sigma), kernel });
  const inverted = tf.sub(255, tf.mul(2, rgb));
  const above = tf.cast(tf.greaterEqual(rgb, 128), 'float32');
  rgb = tf.add(rgb, tf.mul(tf.mul(scalar(AT.solarize), above), inverted));
  return tf.transpose(normalise(rgb, normalisation), [0, 1, 3, 2]);
}

/** One number a crop, [crops, 1, 1 …] of so many axes. */
const numbers = (draws: tf.Tensor2D, at: number, axes: 3 | 4) => {
  const [crops] = draws.shape;
  return tf.reshape(tf.slice(draws, [0, at], [crops, 1]), [crops, 1, 1, 1].slice(0, axes));
};

/** [N, H, W] → [N, H, 3, W] of 0 … 255; exact, since a float32 holds whole numbers below 2²⁴. */
function unpackPixels(pictures: tf.Tensor3D): tf.Tensor4D {
  const blue = tf.floor(tf.mul(pictures, 1 / 65536));
  const rest = tf.sub(pictures, tf.mul(blue, 65536));
  const green = tf.floor(tf.mul(rest, 1 / 256));
  return tf.stack([tf.sub(rest, tf.mul(green, 256)), green, blue], 2) as tf.Tensor4D;
}

const column = (values: number[], shape: number[]) => tf.tensor(values, shape, 'float32');
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 0.5);

/**
 * The resize of one axis as a matrix for each crop, [crops, to, from]: the weights of `cropAndResize`, 0 outside the box.
 * `start` and `length` of the box and `flip`: [crops, 1, 1], in pixels.
 */
function resizing(
  start: tf.Tensor,
  length: tf.Tensor,
  { from, to, flip }: { from: number; to: number; flip?: tf.Tensor },
): tf.Tensor3D {
  const inside = tf.sub(column(upTo(from), [1, 1, from]), start);
  let out: tf.Tensor = column(upTo(to), [1, to, 1]);
  if (flip) out = tf.add(out, tf.mul(flip, tf.sub(to, tf.mul(2, out))));
  const scale = tf.div(length, to);
  const taps = cubic(tf.div(tf.sub(inside, tf.mul(out, scale)), tf.maximum(scale, 1)));
  const inBox = tf.cast(tf.logicalAnd(tf.greater(inside, 0), tf.less(inside, length)), 'float32');
  const weights = tf.mul(taps, inBox);
  return tf.div(weights, tf.sum(weights, 2, true));
}

/** Keys' cubic with a = −0.5, see `cropAndResize`. */
function cubic(x: tf.Tensor): tf.Tensor {
  const t = tf.abs(x);
  const near = tf.add(tf.mul(tf.mul(tf.sub(tf.mul(t, 1.5), 2.5), t), t), 1);
  const far = tf.add(tf.mul(tf.sub(tf.mul(tf.add(tf.mul(t, -0.5), 2.5), t), 4), t), 2);
  return tf.where(tf.less(t, 1), near, tf.where(tf.less(t, 2), far, tf.zerosLike(t)));
}

const channel = (rgb: tf.Tensor4D, c: number) => {
  const [crops, height, , width] = rgb.shape;
  return tf.slice(rgb, [0, 0, c, 0], [crops, height, 1, width]);
};

/** [crops, y, 3, x] → [crops, y, 1, x] */
const lumaOf = (rgb: tf.Tensor4D): tf.Tensor4D =>
  tf.add(tf.add(tf.mul(channel(rgb, 0), 0.299), tf.mul(channel(rgb, 1), 0.587)), tf.mul(channel(rgb, 2), 0.114));

/** rgb ← a · rgb + b · luma + c · mean luma, with the three numbers of each crop at `at`. */
function mix(rgb: tf.Tensor4D, draws: tf.Tensor2D, at: number): tf.Tensor4D {
  const luma = lumaOf(rgb);
  const average = tf.mean(luma, [1, 3], true) as tf.Tensor4D;
  const [own, ofLuma, ofAverage] = [0, 1, 2].map((i) => numbers(draws, at + i, 4) as tf.Tensor4D);
  const greys: tf.Tensor4D = tf.add(tf.mul(ofLuma, luma), tf.mul(ofAverage, average));
  return tf.clipByValue(tf.add(tf.mul(own, rgb), greys) as tf.Tensor4D, 0, 255);
}

/** Turns the hue of HSV by a share of a full circle; value and saturation stay. */
function turnHue(rgb: tf.Tensor4D, shift: tf.Tensor4D): tf.Tensor4D {
  const [r, g, b] = [0, 1, 2].map((c) => channel(rgb, c));
  const high = tf.max(rgb, 2, true) as tf.Tensor4D;
  const chroma = tf.sub(high, tf.min(rgb, 2, true)) as tf.Tensor4D;
  const by = tf.where(tf.greater(chroma, 0), chroma, tf.onesLike(chroma));
  // Channels are compared with each other, not with the highest: XLA may compute a value twice, with another rounding.
  const isRed = tf.logicalAnd(tf.greaterEqual(r, g), tf.greaterEqual(r, b));
  const ofGreen = tf.add(tf.div(tf.sub(b, r), by), 2);
  const ofBlue = tf.add(tf.div(tf.sub(r, g), by), 4);
  const sextants = tf.where(isRed, tf.div(tf.sub(g, b), by), tf.where(tf.greaterEqual(g, b), ofGreen, ofBlue));
  const hue = tf.add(sextants, tf.mul(shift, 6));
  // A channel is at its lowest over two sextants, at its highest over two, and straight between: k counts from its lowest.
  const turned = [5, 3, 1].map((offset) => {
    const k = tf.sub(tf.add(hue, offset), tf.mul(tf.floor(tf.div(tf.add(hue, offset), 6)), 6));
    return tf.sub(high, tf.mul(chroma, tf.clipByValue(tf.minimum(k, tf.sub(4, k)), 0, 1)));
  });
  return tf.concat(turned, 2) as tf.Tensor4D;
}

/** Separable Gaussian blur with mirrored borders, as a matrix for each crop; a reach of 0 leaves a crop as it is. */
function blurCrops(
  rgb: tf.Tensor4D,
  { reach, sigma, kernel }: { reach: tf.Tensor; sigma: tf.Tensor; kernel: number },
): tf.Tensor4D {
  const [crops, size] = rgb.shape;
  const half = (kernel - 1) / 2;
  const away = column(
    upTo(kernel).map((at) => Math.abs(at - 0.5 - half)),
    [1, 1, kernel],
  );
  const within = tf.cast(tf.lessEqual(away, reach), 'float32');
  const taps = tf.mul(tf.exp(tf.mul(tf.square(tf.div(away, sigma)), -0.5)), within);
  const weights = tf.reshape(tf.div(taps, tf.sum(taps, 2, true)), [crops, kernel]);
  const matrix = tf.reshape(tf.matMul(weights as tf.Tensor2D, mirrored(size, kernel)), [crops, size, size]);
  const blurred = tf.matMul(tf.reshape(rgb, [crops, size * 3, size]), matrix, false, true);
  return tf.reshape(tf.matMul(matrix, tf.reshape(blurred, [crops, size, 3 * size])), rgb.shape);
}

/** Which pixel each tap of a blur reads: 1 where tap k of pixel i reads pixel j, [kernel, size · size]. */
function mirrored(size: number, kernel: number): tf.Tensor2D {
  const reads = new Float32Array(kernel * size * size);
  for (let k = 0; k < kernel; k++) {
    for (let i = 0; i < size; i++) {
      const j = Math.abs(i + k - (kernel - 1) / 2);
      reads[(k * size + i) * size + (j < size ? j : 2 * (size - 1) - j)] = 1;
    }
  }
  return tf.tensor2d(reads, [kernel, size * size]);
}

function normalise(rgb: tf.Tensor4D, { mean, std }: Normalisation): tf.Tensor4D {
  const scale = column(
    std.map((s) => 1 / (255 * s)),
    [1, 1, 3, 1],
  );
  const shift = column(
    mean.map((m, c) => m / std[c]),
    [1, 1, 3, 1],
  );
  return tf.sub(tf.mul(rgb, scale), shift);
}
