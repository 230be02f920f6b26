import { shrink } from '../../data/mipmap.js';
import type { Sprite } from '../../data/sprites.js';
import type { Rng } from '../../random/rng.js';

/** Makes of a drawing, and of another thing's drawing of the same size, something that is neither. */
export type Spoil = (sprite: Sprite, other: Sprite, rng: Rng) => Sprite;

/**
 * What a poor generator may draw instead of a thing. Every one keeps the right colours and loses the thing; none keeps
 * the outline, since a heart filled with its mean colour is a heart.
 */
export const SPOILS = {
  /** a cloud of its colours, where they were */
  blurred: (sprite, _, rng) => enlarge(shrink(sprite, 2 + rng.int(3)), sprite.size, 'smooth'),
  /** the same in squares */
  mosaic: (sprite, _, rng) => enlarge(shrink(sprite, 2 + rng.int(3)), sprite.size, 'square'),
  /** an ellipse of its mean colour */
  ellipse: (sprite, _, rng) => solid(sprite, { rx: radius(rng), ry: radius(rng), power: 2 }),
  /** its pieces in another order */
  shuffled: (sprite, _, rng) => shuffleTiles(sprite, 3 + rng.int(2), rng),
  /** left half of one, right half of the other */
  halves: (sprite, other) => select(sprite, other, (x) => x < sprite.size / 2),
  /** both, half transparent */
  blend: (sprite, other) => average(sprite, other),
} as const satisfies Record<string, Spoil>;

/** Kinds that the judge is not trained on: they tell whether it knows things, or only these tricks. */
export const UNSEEN_SPOILS = {
  /** a rounded box of its mean colour */
  box: (sprite, _, rng) => solid(sprite, { rx: radius(rng), ry: radius(rng), power: 3 + 5 * rng.uniform() }),
  /** strips of one and the other in turn */
  strips: (sprite, other) => select(sprite, other, (x) => Math.floor((8 * x) / sprite.size) % 2 === 0),
  /** upper half of one, lower half of the other */
  upperLower: (sprite, other) => select(sprite, other, (_, y) => y < sprite.size / 2),
  /** its colours in random places, within its blurred outline */
  patches: (sprite, _, rng) => patches(sprite, rng),
} as const satisfies Record<string, Spoil>;

/** A pixel of one or of the other, by place. */
function select(a: Sprite, b: Sprite, takesFirst: (x: number, y: number) => boolean): Sprite {
  const { size } = a;
  const data = new Uint8Array(a.data.length);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = 4 * (y * size + x);
      data.set((takesFirst(x, y) ? a : b).data.subarray(from, from + 4), from);
    }
  }
  return { size, data };
}

function average(a: Sprite, b: Sprite): Sprite {
  return { size: a.size, data: a.data.map((value, i) => (value + b.data[i] + 1) >> 1) };
}

/** n × n tiles in an order in which at most a third stay where they were. */
function shuffleTiles({ size, data }: Sprite, n: number, rng: Rng): Sprite {
  const order = Array.from({ length: n * n }, (_, i) => i);
  let mixed = rng.shuffle(order);
  while (mixed.filter((tile, i) => tile === i).length > order.length / 3) mixed = rng.shuffle(order);
  const side = Math.floor(size / n);
  const out = new Uint8Array(data.length);
  mixed.forEach((tile, place) => {
    for (let row = 0; row < side; row++) {
      const from = 4 * ((Math.floor(tile / n) * side + row) * size + (tile % n) * side);
      const to = 4 * ((Math.floor(place / n) * side + row) * size + (place % n) * side);
      out.set(data.subarray(from, from + 4 * side), to);
    }
  });
  return { size, data: out };
}

/** Blows a small picture up, with or without blending between its pixels. */
function enlarge({ size: small, data }: Sprite, size: number, edges: 'smooth' | 'square'): Sprite {
  const out = new Uint8Array(size * size * 4);
  const at = (i: number) => {
    const place = ((i + 0.5) * small) / size - 0.5;
    return Math.min(small - 1, Math.max(0, edges === 'square' ? Math.round(place) : place));
  };
  for (let y = 0; y < size; y++) {
    const v = at(y);
    const y0 = Math.floor(v);
    const y1 = Math.min(small - 1, y0 + 1);
    for (let x = 0; x < size; x++) {
      const u = at(x);
      const x0 = Math.floor(u);
      const x1 = Math.min(small - 1, x0 + 1);
      for (let c = 0; c < 4; c++) {
        const pixel = (px: number, py: number) => data[4 * (py * small + px) + c];
        const upper = pixel(x0, y0) + (pixel(x1, y0) - pixel(x0, y0)) * (u - x0);
        const lower = pixel(x0, y1) + (pixel(x1, y1) - pixel(x0, y1)) * (u - x0);
        out[4 * (y * size + x) + c] = Math.round(upper + (lower - upper) * (v - y0));
      }
    }
  }
  return { size, data: out };
}

const radius = (rng: Rng) => 0.3 + 0.18 * rng.uniform();

/** |x/rx|ᵖ + |y/ry|ᵖ < 1 in the mean colour: an ellipse for p = 2, ever more a box above. */
function solid(sprite: Sprite, { rx, ry, power }: { rx: number; ry: number; power: number }): Sprite {
  const { size } = sprite;
  const colour = opaque(shrink(sprite, 1).data);
  const empty = { size, data: new Uint8Array(sprite.data.length) };
  const full = { size, data: Uint8Array.from(sprite.data, (_, i) => colour[i % 4]) };
  const from = (n: number, r: number) => Math.abs(((n + 0.5) / size - 0.5) / r) ** power;
  return select(full, empty, (x, y) => from(x, rx) + from(y, ry) < 1);
}

/** Premultiplied RGBA, made opaque. */
function opaque(pixel: Uint8Array): Uint8Array {
  const alpha = Math.max(1, pixel[3]);
  return Uint8Array.from([0, 1, 2, 3], (c) => Math.min(255, Math.round((255 * pixel[c]) / alpha)));
}

function patches(sprite: Sprite, rng: Rng): Sprite {
  const { size, data } = sprite;
  const cells = 4;
  const seen = Array.from({ length: size * size }, (_, i) => i).filter((i) => data[4 * i + 3] > 200);
  const colours = new Uint8Array(cells * cells * 4);
  for (let cell = 0; cell < cells * cells; cell++) {
    const pixel = seen.length > 0 ? 4 * rng.choice(seen) : 0;
    colours.set(opaque(data.subarray(pixel, pixel + 4)), 4 * cell);
  }
  const colour = enlarge({ size: cells, data: colours }, size, 'smooth');
  const outline = enlarge(shrink(sprite, 4), size, 'smooth');
  // Premultiplied: colour times the outline's alpha.
  return { size, data: colour.data.map((value, i) => Math.round((value * outline.data[i | 3]) / 255)) };
}
