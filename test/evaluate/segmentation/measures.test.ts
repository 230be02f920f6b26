import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { worldConcepts } from '../../../lib/data/concepts.js';
import { tf } from '../../../lib/engine/tf.js';
import { laptopSegmentation } from '../../../lib/evaluate/segmentation/config.js';
import { fittedSize, testCanvas, trainingCrop } from '../../../lib/evaluate/segmentation/crops.js';
import { openMaskFolder } from '../../../lib/evaluate/segmentation/maskFolder.js';
import { countRegions, scoreRegions } from '../../../lib/evaluate/segmentation/meanIou.js';
import { scaleSaturation } from '../../../lib/evaluate/segmentation/photometric.js';
import { segmentationScenes } from '../../../lib/evaluate/segmentation/segmentationScenes.js';
import { classesAt } from '../../../lib/evaluate/segmentation/segmenter.js';
import { slideWindow, windowStarts } from '../../../lib/evaluate/segmentation/slidingWindow.js';
import { rng } from '../../../lib/random/rng.js';

const folder = mkdtempSync(path.join(tmpdir(), 'masks-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('mean intersection over union', () => {
  const golden = JSON.parse(readFileSync('test/evaluate/segmentation/golden/iou.json', 'utf8'));
  const [predicted, exact] = [golden.predicted, golden.exact].map((list) => Uint8Array.from(list));

  it("is scikit-learn's, over all pictures together, without what is ignored", () => {
    const halves = [0, 200].map((at) => countRegions(predicted.slice(at, at + 200), exact.slice(at, at + 200), 6));
    const { meanIou, classIou, pixelAccuracy, interval } = scoreRegions(halves, { rng: rng(0) });
    expect(classIou.slice(0, 5)).toEqual(golden.iou.map((value: number) => expect.closeTo(value, 9)));
    // The sixth class occurs nowhere and is left out of the mean.
    expect(classIou[5]).toBeNull();
    expect(meanIou).toBeCloseTo(golden.mean, 9);
    expect(pixelAccuracy).toBeCloseTo(golden.accuracy, 9);
    expect(interval.low).toBeLessThanOrEqual(meanIou);
    expect(interval.high).toBeGreaterThanOrEqual(meanIou);
  });

  it('is 1 for the exact mask and 0 where no pixel is right', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 50 }), (labels) => {
        const mask = Uint8Array.from(labels);
        const score = (other: Uint8Array) =>
          scoreRegions([countRegions(other, mask, 4)], { rng: rng(0), resamples: 1 });
        expect(score(mask).meanIou).toBe(1);
        expect(score(mask.map((label) => (label + 1) % 4)).meanIou).toBe(0);
      }),
    );
  });
});

describe('sliding windows', () => {
  it('cover a side, evenly but for the last', () => {
    expect(windowStarts(10, 4, 3)).toEqual([0, 3, 6]);
    expect(windowStarts(11, 4, 3)).toEqual([0, 3, 6, 7]);
    expect(windowStarts(4, 4, 3)).toEqual([0]);
    expect(windowStarts(683, 512, 341)).toEqual([0, 171]);
  });

  it('average what a naive loop averages', async () => {
    const [width, height, window, stride, classes] = [9, 7, 4, 3, 2];
    const data = rng(1).normals(width * height * 3);
    // A model whose answer depends on the place in the window, so that a shifted sum shows.
    const answer = (cut: ArrayLike<number>) =>
      Float32Array.from({ length: window * window * classes }, (_, i) => cut[3 * Math.floor(i / classes)] * (1 + i));
    const found = await slideWindow({ width, height, data }, { window, stride, classes }, async (windows) =>
      windows.map(answer),
    );
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let k = 0; k < classes; k++) {
          const values = [0, 3].flatMap((top) =>
            [0, 3, 5].flatMap((left) => {
              const [dy, dx] = [y - top, x - left];
              if (dy < 0 || dx < 0 || dy >= window || dx >= window) return [];
              return [data[3 * (y * width + x)] * (1 + (dy * window + dx) * classes + k)];
            }),
          );
          const mean = values.reduce((a, b) => a + b, 0) / values.length;
          expect(found[(y * width + x) * classes + k]).toBeCloseTo(mean, 4);
        }
  });

  it('give classes at any size, from logits resized as TensorFlow.js resizes them', () => {
    const [seen, wanted, canvas, classes] = [{ width: 5, height: 4 }, { width: 8, height: 3 }, 7, 3];
    const logits = rng(2).normals(canvas * 6 * classes);
    const part = tf.slice(tf.tensor3d(logits, [6, canvas, classes]), [0, 0, 0], [4, 5, classes]) as tf.Tensor3D;
    const expected = tf.argMax(tf.image.resizeBilinear(part, [3, 8], false, true), -1).dataSync();
    expect([...classesAt(logits, { canvas, seen, wanted, classes })]).toEqual([...expected]);
  });
});

describe('crops', () => {
  const size = 32;
  // The mask is what the picture's red says, so that a crop that tears them apart shows.
  const given = {
    image: {
      width: size,
      height: size,
      data: Uint8Array.from({ length: 3 * size * size }, (_, i) =>
        i % 3 === 0 ? 200 * Number(Math.floor(i / 3) % size < 16) : 90,
      ),
    },
    mask: Uint8Array.from({ length: size * size }, (_, i) => Number(i % size < 16)),
  };
  const plain = { scale: [1, 1] as const, largestShare: 1.1, flip: 0.5, photometric: false };
  const config = { ...laptopSegmentation, crop: 16, shorterSide: size, longerSide: 128, augmentation: plain };

  it('keep picture and mask together through cropping and flipping', () => {
    const flips = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const { pixels, mask } = trainingCrop(rng(seed), given, config);
      mask.forEach((label, i) => {
        expect(pixels[3 * i] > 0).toBe(label === 1);
      });
      if (new Set(mask).size === 2) flips.add(mask[0]);
    }
    expect([...flips].sort()).toEqual([0, 1]);
  });

  it('seldom show one class alone, where that can be helped', () => {
    const share = (largestShare: number) => {
      const crops = Array.from({ length: 60 }, (_, seed) =>
        trainingCrop(rng(seed), given, { ...config, augmentation: { ...plain, largestShare } }),
      );
      return crops.filter(({ mask }) => new Set(mask).size === 1).length;
    };
    expect(share(0.75)).toBeLessThan(share(1.1));
  });

  it('fill up what a small picture leaves with the mean colour and no class', () => {
    const small = { ...config, crop: 48, augmentation: { ...plain, flip: 0 } };
    const { pixels, mask } = trainingCrop(rng(0), given, small);
    expect(mask[47]).toBe(255);
    expect(pixels[3 * 47]).toBe(0);
    expect(mask.filter((label) => label !== 255)).toHaveLength(size * size);
    expect(testCanvas(given.image, small).canvas).toMatchObject({ width: 48, height: 48 });
  });

  it('fit pictures to the shorter side, and to the longer where they are long', () => {
    expect(fittedSize({ width: 1024, height: 768 }, 512, 2048)).toEqual({ width: 683, height: 512 });
    expect(fittedSize({ width: 5000, height: 500 }, 512, 2048)).toEqual({ width: 2048, height: 205 });
  });

  it('scale saturation without touching value and hue', () => {
    const rgb = Float32Array.of(200, 100, 150, 80, 80, 80, 100, 0, 50);
    scaleSaturation(rgb, 0.5);
    expect([...rgb]).toEqual([200, 150, 175, 80, 80, 80, 100, 50, 75]);
    scaleSaturation(rgb, 100);
    expect(rgb[1]).toBe(0);
  });
});

describe('sets', () => {
  it('of scenes have a class for every pixel: places, then categories', async () => {
    const concepts = worldConcepts({ count: 6 });
    const options = { split: 'train', concepts, count: 12, seed: 1, size: 24 } as const;
    const set = await segmentationScenes(options);
    expect(set.classes.slice(0, 12)).toContain('meadow');
    const { image, mask } = await set.read(3);
    expect(image.data).toHaveLength(3 * 24 * 24);
    const classes = [...new Set(mask)].map((label) => set.classes[label]);
    expect(classes).toContain(concepts[3].category);
    expect(Math.max(...mask)).toBeLessThan(set.classes.length);
    const one = await segmentationScenes({ ...options, backgrounds: 'one' });
    expect(one.classes).toHaveLength(set.classes.length - 11);
    expect((await one.read(3)).mask.map((label) => (label === 0 ? 0 : 1))).toEqual(
      mask.map((label) => Number(label >= 12)),
    );
  });

  it('of files are turned as the camera was held, on white, and pair names in one Unicode form', async () => {
    const [images, masks] = ['turned', 'turned-masks'].map((name) => path.join(folder, name));
    for (const name of [images, masks]) mkdirSync(name);
    const pixels = Buffer.from([1, 1, 1, 2, 2, 2].map((n) => 100 * n));
    const wide = sharp(pixels, { raw: { width: 2, height: 1, channels: 3 } });
    await wide
      .withMetadata({ orientation: 6 })
      .png()
      .toFile(path.join(images, `${'café'.normalize('NFD')}.PNG`));
    const tall = sharp(Buffer.of(1, 2), { raw: { width: 1, height: 2, channels: 1 } });
    await tall.toColourspace('b-w').png().toFile(path.join(masks, 'café.png'));
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    await sharp({ create: { width: 1, height: 1, channels: 4, background: clear } }).toFile(
      path.join(images, 'z.webp'),
    );
    await sharp(Buffer.of(1), { raw: { width: 1, height: 1, channels: 1 } })
      .toColourspace('b-w')
      .toFile(path.join(masks, 'z.png'));
    const set = openMaskFolder({ images, masks, classes: ['wall', 'sky'] });
    const { image, mask } = await set.read(0);
    expect([image.width, image.height, ...image.data]).toEqual([1, 2, ...pixels]);
    expect([...mask]).toEqual([0, 1]);
    expect([...(await set.read(1)).image.data]).toEqual([255, 255, 255]);
  });

  it('of files read 0 as no class, and name a mask that does not fit', async () => {
    const [images, masks] = ['images', 'masks'].map((name) => path.join(folder, name));
    for (const name of [images, masks]) mkdirSync(name);
    const grey = (values: number[]) =>
      sharp(Buffer.from(values), { raw: { width: 2, height: 2, channels: 1 } })
        .toColourspace('b-w')
        .png();
    const colour = sharp(Buffer.alloc(12, 7), { raw: { width: 2, height: 2, channels: 3 } });
    for (const name of ['a', 'b'])
      await colour
        .clone()
        .png()
        .toFile(path.join(images, `${name}.png`));
    await grey([0, 1, 2, 3]).toFile(path.join(masks, 'a.png'));
    await grey([0, 1, 2, 9]).toFile(path.join(masks, 'b.png'));
    const set = openMaskFolder({ images, masks, classes: ['wall', 'sky', 'tree'] });
    const { image, mask } = await set.read(0);
    expect([...mask]).toEqual([255, 0, 1, 2]);
    // mmsegmentation's reduce_zero_label: 0 and 255 both are ignored.
    await grey([255, 0, 1, 3]).toFile(path.join(masks, 'a.png'));
    expect([...(await set.read(0)).mask]).toEqual([255, 255, 0, 2]);
    expect(image.data).toEqual(new Uint8Array(12).fill(7));
    await expect(set.read(1)).rejects.toThrow('classes below 3');
    await colour.clone().png().toFile(path.join(masks, 'b.png'));
    await expect(set.read(1)).rejects.toThrow('a grey image');
    expect(() => openMaskFolder({ images: masks, masks: 'nowhere', classes: [] })).toThrow('nowhere');
    rmSync(path.join(masks, 'a.png'));
    expect(() => openMaskFolder({ images, masks, classes: [] })).toThrow(
      /a mask of every picture[\s\S]*none of a\.png/,
    );
  });
});
