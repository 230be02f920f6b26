import { describe, expect, it } from 'vitest';
import { BACKGROUNDS, backgroundNamed } from '../../lib/data/backgrounds/index.js';
import { disc, fillBelow, makeCanvas, rectangle } from '../../lib/data/canvas.js';
import { InputError } from '../../lib/errors.js';
import { rng } from '../../lib/random/rng.js';

function paint(name: string, variant: number, size: number): Uint8Array {
  const canvas = makeCanvas(size);
  canvas.data.fill(137); // what is not painted over shows
  backgroundNamed(name).draw(canvas, rng(variant, 'test', name));
  return canvas.data;
}

/** The picture's mean colours over a grid of cells × cells. */
function cellMeans(data: Uint8Array, size: number, cells: number): Float64Array {
  const means = new Float64Array(cells * cells * 3);
  const side = size / cells;
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    const cell = Math.floor(Math.floor(pixel / size) / side) * cells + Math.floor((pixel % size) / side);
    means[3 * cell + (i % 3)] += data[i] / (side * side);
  }
  return means;
}

const distance = (a: Float64Array, b: Float64Array) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0));

describe('backgrounds', () => {
  it('are at least ten, with captions that differ', () => {
    expect(BACKGROUNDS.length).toBeGreaterThanOrEqual(10);
    const phrases = BACKGROUNDS.flatMap((background) => background.phrases);
    expect(new Set(phrases).size).toBe(phrases.length);
    const words = BACKGROUNDS.flatMap((background) => background.words);
    expect(new Set(words).size).toBe(words.length);
    for (const background of BACKGROUNDS) expect(background.words[0]).toBe(background.name);
    expect(() => backgroundNamed('moon base')).toThrow(InputError);
  });

  it.each(BACKGROUNDS.map((background) => background.name))(
    '%s: every pixel, many variants, the same at any size',
    (name) => {
      const small = paint(name, 1, 64);
      expect(paint(name, 1, 64)).toEqual(small);
      expect(paint(name, 2, 64)).not.toEqual(small);
      const bare = makeCanvas(64);
      backgroundNamed(name).draw(bare, rng(1, 'test', name));
      // Painted over black instead of grey: nothing of what was there before may show.
      for (let i = 0; i < small.length; i++) expect(Math.abs(bare.data[i] - small[i])).toBeLessThanOrEqual(1);
      const large = cellMeans(paint(name, 1, 128), 128, 8);
      const means = cellMeans(small, 64, 8);
      expect(means.reduce((worst, mean, i) => Math.max(worst, Math.abs(mean - large[i])), 0)).toBeLessThan(16);
    },
  );

  it('can be told apart: the nearest class mean of 4 × 4 colours names at least 95 % of new variants', () => {
    const features = (name: string, variant: number) => cellMeans(paint(name, variant, 32), 32, 4);
    const centres = BACKGROUNDS.map(({ name }) => {
      const centre = new Float64Array(48);
      for (let v = 0; v < 20; v++) for (const [i, value] of features(name, v).entries()) centre[i] += value / 20;
      return centre;
    });
    let right = 0;
    for (const [label, { name }] of BACKGROUNDS.entries()) {
      for (let v = 100; v < 120; v++) {
        const distances = centres.map((centre) => distance(centre, features(name, v)));
        if (distances.indexOf(Math.min(...distances)) === label) right++;
      }
    }
    expect(right / (20 * BACKGROUNDS.length)).toBeGreaterThanOrEqual(0.95);
  });
});

describe('canvas', () => {
  const area = (canvas: { data: Uint8Array; size: number }) =>
    canvas.data.reduce((sum, value, i) => sum + (i % 3 === 0 ? value / 255 : 0), 0) / canvas.size ** 2;

  it('covers pixels by the share that a shape takes of them', () => {
    const canvas = makeCanvas(40);
    rectangle(canvas, [0.1, 0.1, 0.33, 0.57], [255, 0, 0]);
    expect(area(canvas)).toBeCloseTo(0.23 * 0.47, 3);
    const round = makeCanvas(40);
    disc(round, 0.5, 0.45, 0.3, [255, 0, 0]);
    expect(area(round)).toBeCloseTo(Math.PI * 0.09, 2);
    const below = makeCanvas(40);
    fillBelow(below, (x) => 0.3 + 0.2 * x, [255, 0, 0]);
    expect(area(below)).toBeCloseTo(0.6, 2);
  });
});
