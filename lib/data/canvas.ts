import type { Rng } from '../random/rng.js';

/** Red, green and blue, each 0 to 255. */
export type Colour = readonly [number, number, number];

/**
 * A square picture being drawn. Every coordinate and length below is a fraction of its side, x to the right and y
 * down, so that a drawing looks the same at any size; edges are blended by the share of the pixel they cover.
 */
export interface Canvas {
  readonly size: number;
  /** [size, size, 3] */
  readonly data: Uint8Array;
}

export function makeCanvas(size: number): Canvas {
  return { size, data: new Uint8Array(size * size * 3) };
}

/** Parses '#rrggbb'. */
export function hex(text: string): Colour {
  const n = Number.parseInt(text.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

export function mix(a: Colour, b: Colour, t: number): Colour {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

/** A colour near `colour`: brightness and each channel moved by up to `spread` (0 to 255). */
export function vary(rng: Rng, colour: Colour, spread = 14): Colour {
  const shift = (rng.uniform() - 0.5) * 1.2 * spread;
  const move = (value: number) => Math.min(255, Math.max(0, value + shift + (rng.uniform() - 0.5) * spread));
  return [move(colour[0]), move(colour[1]), move(colour[2])];
}

/** A uniform draw from [low, high). */
export function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng.uniform();
}

function blend(data: Uint8Array, i: number, colour: Colour, alpha: number): void {
  data[i] += (colour[0] - data[i]) * alpha + 0.5;
  data[i + 1] += (colour[1] - data[i + 1]) * alpha + 0.5;
  data[i + 2] += (colour[2] - data[i + 2]) * alpha + 0.5;
}

/** Sets the pixels from `from` up to `to`, byte offsets, to one colour. */
function setRun(data: Uint8Array, from: number, to: number, colour: Colour): void {
  const [r, g, b] = [(colour[0] + 0.5) | 0, (colour[1] + 0.5) | 0, (colour[2] + 0.5) | 0];
  for (let i = from; i < to; i += 3) {
    data[i] = r;
    data[i + 1] = g;
    data[i + 2] = b;
  }
}

const clamp01 = (value: number) => Math.max(0, Math.min(1, value));

/** Fills rows from `top` to `bottom` with a vertical gradient. */
export function fillGradient(canvas: Canvas, from: Colour, to: Colour, top = 0, bottom = 1): void {
  const { size, data } = canvas;
  const first = Math.max(0, Math.floor(top * size));
  const last = Math.min(size, Math.ceil(bottom * size));
  for (let y = first; y < last; y++) {
    const t = clamp01(((y + 0.5) / size - top) / (bottom - top));
    const cover = clamp01(y + 1 - top * size) * clamp01(bottom * size - y);
    const colour = mix(from, to, t);
    const [start, end] = [y * size * 3, (y + 1) * size * 3];
    if (cover === 1) setRun(data, start, end, colour);
    else for (let i = start; i < end; i += 3) blend(data, i, colour, cover);
  }
}

/**
 * Fills what is below the line y = height(x) with a gradient from `from` at the line to `to` at the bottom edge
 * of the picture: hills, ground, waves.
 *
 * @param depth  stop this far below the line, where something else will cover the rest
 */
export function fillBelow(
  canvas: Canvas,
  height: (x: number) => number,
  from: Colour,
  to: Colour = from,
  depth = 2,
): void {
  const { size, data } = canvas;
  const [r, g, b] = from;
  const [dr, dg, db] = [to[0] - r, to[1] - g, to[2] - b];
  for (let x = 0; x < size; x++) {
    const edge = height((x + 0.5) / size) * size;
    const span = Math.max(1, size - edge);
    const end = Math.min(size, Math.ceil(edge + depth * size));
    let y = Math.max(0, Math.floor(edge));
    if (y < end && y + 1 - edge < 1) {
      const t = clamp01((y + 0.5 - edge) / span);
      blend(data, 3 * (y * size + x), [r + dr * t, g + dg * t, b + db * t], y + 1 - edge);
      y++;
    }
    for (; y < end; y++) {
      const t = (y + 0.5 - edge) / span;
      const i = 3 * (y * size + x);
      data[i] = r + dr * t + 0.5;
      data[i + 1] = g + dg * t + 0.5;
      data[i + 2] = b + db * t + 0.5;
    }
  }
}

/**
 * Blends `colour` wherever the signed distance (in fractions of the side, negative inside) says so, within the box
 * [x0, x1] × [y0, y1].
 *
 * @param soft  width of the edge; a pixel at least
 */
export function fillShape(
  canvas: Canvas,
  distance: (x: number, y: number) => number,
  colour: Colour,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  { alpha = 1, soft = 0 }: { alpha?: number; soft?: number } = {},
): void {
  const { size, data } = canvas;
  const edge = Math.max(soft, 1 / size);
  const left = Math.max(0, Math.floor((x0 - edge) * size));
  const right = Math.min(size, Math.ceil((x1 + edge) * size));
  const top = Math.max(0, Math.floor((y0 - edge) * size));
  const bottom = Math.min(size, Math.ceil((y1 + edge) * size));
  for (let y = top; y < bottom; y++) {
    const v = (y + 0.5) / size;
    for (let x = left; x < right; x++) {
      const cover = 0.5 - distance((x + 0.5) / size, v) / edge;
      if (cover > 0) blend(data, 3 * (y * size + x), colour, Math.min(cover, 1) * alpha);
    }
  }
}

export function disc(
  canvas: Canvas,
  x: number,
  y: number,
  radius: number,
  colour: Colour,
  options?: { alpha?: number; soft?: number },
): void {
  ellipse(canvas, x, y, radius, radius, colour, options);
}

export function ellipse(
  canvas: Canvas,
  x: number,
  y: number,
  rx: number,
  ry: number,
  colour: Colour,
  { alpha = 1, soft = 0 }: { alpha?: number; soft?: number } = {},
): void {
  const { size, data } = canvas;
  const edge = Math.max(soft, 1 / size);
  const r = Math.min(rx, ry);
  // Where the edge ends, in radii; the tips of a thin ellipse are cut a pixel beyond its axis.
  const reach = 1 + edge / (2 * r);
  const tip = rx * (1 + soft / (2 * r)) + edge;
  const top = Math.max(0, Math.floor((y - ry * reach) * size));
  const bottom = Math.min(size, Math.ceil((y + ry * reach) * size));
  for (let row = top; row < bottom; row++) {
    const b = ((row + 0.5) / size - y) / ry;
    const half = Math.min(tip, rx * Math.sqrt(Math.max(0, reach * reach - b * b)));
    const left = Math.max(0, Math.floor((x - half) * size));
    const right = Math.min(size, Math.ceil((x + half) * size));
    for (let column = left; column < right; column++) {
      const a = ((column + 0.5) / size - x) / rx;
      // The distance is exact on the outline, and near enough to it elsewhere for an edge of a pixel.
      const cover = 0.5 - ((Math.sqrt(a * a + b * b) - 1) * r) / edge;
      if (cover > 0) blend(data, 3 * (row * size + column), colour, Math.min(cover, 1) * alpha);
    }
  }
}

export function rectangle(
  canvas: Canvas,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  colour: Colour,
  alpha = 1,
): void {
  const { size, data } = canvas;
  const left = Math.max(0, Math.floor(x0 * size));
  const right = Math.min(size, Math.ceil(x1 * size));
  const bottom = Math.min(size, Math.ceil(y1 * size));
  for (let y = Math.max(0, Math.floor(y0 * size)); y < bottom; y++) {
    const rows = Math.min(y + 1, y1 * size) - Math.max(y, y0 * size);
    for (let x = left; x < right; x++) {
      const columns = Math.min(x + 1, x1 * size) - Math.max(x, x0 * size);
      blend(data, 3 * (y * size + x), colour, clamp01(rows) * clamp01(columns) * alpha);
    }
  }
}

/** An upright triangle: the tip at (x, top), the base from x − half to x + half at `bottom`. */
export function spike(
  canvas: Canvas,
  x: number,
  top: number,
  bottom: number,
  half: number,
  colour: Colour,
  { alpha = 1, lean = 0 }: { alpha?: number; lean?: number } = {},
): void {
  const { size, data } = canvas;
  const height = bottom - top;
  const slope = half / height;
  const norm = 1 / Math.sqrt(1 + slope * slope);
  const tip = x + lean;
  const edge = 1 / size;
  const first = Math.max(0, Math.floor((top - edge) * size));
  const last = Math.min(size, Math.ceil((bottom + edge) * size));
  for (let row = first; row < last; row++) {
    const v = (row + 0.5) / size;
    const down = (v - top) / height;
    const middle = tip + (x - tip) * down;
    const reach = half * down + edge / (2 * norm);
    const left = Math.max(0, Math.floor(Math.max(middle - reach, Math.min(x, tip) - half - edge) * size));
    const right = Math.min(size, Math.ceil(Math.min(middle + reach, Math.max(x, tip) + half + edge) * size));
    for (let column = left; column < right; column++) {
      const distance = Math.max((Math.abs((column + 0.5) / size - middle) - half * down) * norm, v - bottom);
      const cover = 0.5 - distance / edge;
      if (cover > 0) blend(data, 3 * (row * size + column), colour, Math.min(cover, 1) * alpha);
    }
  }
}

/** A smooth random line: a sum of three sines, within ±1. */
export function wavyLine(rng: Rng, frequency = 1): (x: number) => number {
  const waves = [0.6, 0.28, 0.12].map((amplitude, i) => ({
    amplitude,
    frequency: 2 * Math.PI * frequency * (i * 1.1 + 0.7 + 0.5 * rng.uniform()),
    phase: 2 * Math.PI * rng.uniform(),
  }));
  const [a, b, c] = waves;
  return (x) =>
    a.amplitude * Math.sin(a.frequency * x + a.phase) +
    b.amplitude * Math.sin(b.frequency * x + b.phase) +
    c.amplitude * Math.sin(c.frequency * x + c.phase);
}

/** A cloud of overlapping soft ellipses, flat below. */
export function cloud(
  canvas: Canvas,
  rng: Rng,
  x: number,
  y: number,
  width: number,
  colour: Colour,
  alpha = 0.9,
): void {
  ellipse(canvas, x, y, width / 2, width * 0.13, colour, { alpha, soft: 0.02 });
  for (const side of [-0.22, 0.02, 0.24]) {
    const r = width * between(rng, 0.14, 0.21);
    ellipse(canvas, x + side * width, y - r * 0.5, r, r * 0.85, colour, { alpha, soft: 0.02 });
  }
}
