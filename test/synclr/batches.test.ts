import { describe, expect, it } from 'vitest';
import { rng } from '../../lib/random/rng.js';
import { rowsOfStep } from '../../lib/synclr/batches.js';

// 103 captions of 7 classes before 3 backgrounds, of unequal size.
const source = {
  captions: 103,
  imagesPerCaption: 2,
  classOf: (caption: number) => caption % 7,
  backgroundOf: (caption: number) => Math.min(2, Math.floor(caption / 40)),
};
const size = 5;
const batches = Math.floor(source.captions / size);
const config = { captions: size, imagesPerCaption: 2, sameBackground: true, distinctClasses: true };
const batchOf = (step: number, options: Parameters<typeof rowsOfStep>[3] = config, from = source) => [
  ...new Set(rowsOfStep(rng(4), step, from, options).map(({ caption }) => caption)),
];

describe('batches of one background', () => {
  it('all but the leftovers of the backgrounds are of one, and of different classes', () => {
    const kinds = Array.from({ length: batches }, (_, step) => new Set(batchOf(step).map(source.backgroundOf)).size);
    // 40, 40 and 23 captions make 8 + 8 + 4 full batches; three captions are left, less than a batch.
    expect(kinds.filter((kind) => kind === 1)).toHaveLength(20);
    for (let step = 0; step < batches; step++) expect(new Set(batchOf(step)).size).toBe(size);
    const classes = Array.from({ length: batches }, (_, step) => new Set(batchOf(step).map(source.classOf)).size);
    expect(classes.filter((count) => count === size).length).toBeGreaterThan(15);
  });

  it('no caption comes twice in an epoch, the next epoch has other batches, and backgrounds alternate', () => {
    const epoch = Array.from({ length: batches }, (_, step) => batchOf(step));
    expect(new Set(epoch.flat()).size).toBe(batches * size);
    expect(batchOf(batches)).not.toEqual(epoch[0]);
    const order = epoch.map(([caption]) => source.backgroundOf(caption));
    expect(order.filter((one, step) => step > 0 && one !== order[step - 1]).length).toBeGreaterThan(4);
  });

  it('a source that cannot tell its backgrounds is refused by the name of what it lacks', () => {
    const { backgroundOf: _, ...without } = source;
    expect(() => rowsOfStep(rng(4), 0, without, config)).toThrow(/backgroundOf/);
    const { classOf: __, ...classless } = source;
    expect(() => rowsOfStep(rng(4), 0, classless, { ...config, sameBackground: false })).toThrow(/classOf/);
  });

  it('without the option the order is the one it always was', () => {
    const plain = { captions: size, imagesPerCaption: 2 };
    const shuffled = rng(4)
      .child('epoch', 0)
      .shuffle(Array.from({ length: source.captions }, (_, i) => i));
    expect(batchOf(1, plain)).toEqual(shuffled.slice(size, 2 * size));
  });
});
