import { describe, expect, it } from 'vitest';
import { compile } from '../../lib/engine/index.js';
import { tf } from '../../lib/engine/tf.js';
import {
  type CropDraw,
  type CropRecipe,
  cutCrop,
  cutCrops,
  DRAW_NUMBERS,
  drawCrop,
  normalisations,
  packPixels,
  type RgbImage,
  writeDraw,
} from '../../lib/pictures/index.js';
import { rng } from '../../lib/random/rng.js';
import { hostTensor } from '../../lib/runs/hostTensor.js';

/** Smooth colours with hard edges and flat parts, as pictures have them. */
function picture(seed: number, width: number, height = width): RgbImage {
  const stream = rng(seed, 'picture');
  const [u, v, w] = stream.uniforms(3);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = (x - width * u) ** 2 + (y - height * v) ** 2 < (width / 4) ** 2;
      const flat = y < height / 8;
      const rgb = inside ? [255 * w, 20, 200] : flat ? [90, 90, 90] : [(255 * x) / width, (255 * y) / height, 128 * u];
      data.set(rgb, (y * width + x) * 3);
    }
  }
  return { width, height, data };
}

const everything: CropRecipe = {
  size: 24,
  area: [0.1, 1],
  flip: 0.5,
  jitter: { probability: 0.8, brightness: 0.6, contrast: 0.6, saturation: 0.6, hue: 0.4 },
  grayscale: 0.2,
  blur: { probability: 0.6, kernel: 5, sigma: [0.1, 2] },
  solarize: 0.3,
};

/** A crop that is the whole picture, as it is. */
const untouched = (size: number): CropDraw => ({
  size,
  box: { left: 0, top: 0, width: size, height: size },
  flip: false,
  jitter: null,
  grayscale: false,
  blur: null,
  solarize: false,
});

function inputsOf(pictures: readonly RgbImage[], draws: readonly CropDraw[]) {
  const [{ width, height }] = pictures;
  const packed = new Float32Array(pictures.length * width * height);
  pictures.forEach((image, i) => {
    packPixels(packed, i * width * height, image);
  });
  const rows = new Float32Array(draws.length * DRAW_NUMBERS);
  draws.forEach((draw, i) => {
    writeDraw(rows, i, draw);
  });
  return {
    pictures: hostTensor(packed, [pictures.length, height, width]),
    draws: hostTensor(rows, [draws.length, DRAW_NUMBERS]),
  };
}

/** The crops of `cutCrops` as RGB of 0 to 255. */
async function cut(pictures: readonly RgbImage[], draws: readonly CropDraw[], kernel: number): Promise<Float32Array[]> {
  const [{ size }] = draws;
  const raw = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } as const;
  const step = await compile(
    (_, inputs) => {
      const options = { size, kernel, normalisation: raw };
      return {
        state: {},
        outputs: { crops: cutCrops(inputs.pictures as tf.Tensor3D, inputs.draws as tf.Tensor2D, options) },
      };
    },
    { name: 'crops' },
  );
  const { crops } = await step.run(inputsOf(pictures, draws));
  await step.release();
  expect(crops.shape).toEqual([draws.length, size, size, 3]);
  const each = size * size * 3;
  return draws.map((_, i) => (crops.data as Float32Array).slice(i * each, (i + 1) * each));
}

const furthest = (a: Float32Array, b: Float32Array) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

describe('cutCrops', () => {
  it.each([
    [64, 64, everything],
    [40, 56, everything],
    [64, 64, { ...everything, size: 64, blur: { probability: 1, kernel: 3, sigma: [0.03, 0.6] } } as const],
    [20, 20, { ...everything, size: 32 }],
  ])(
    'cuts what the host cuts, to less than half a level of 255 (pictures of %i × %i)',
    async (width, height, recipe) => {
      const pictures = Array.from({ length: 8 }, (_, i) => picture(i, width, height));
      const draws = Array.from({ length: 48 }, (_, i) => drawCrop(rng(3, i), pictures[i % 8], recipe));
      const host = draws.map((draw, i) => cutCrop(pictures[i % 8], draw));
      const found = await cut(pictures, draws, recipe.blur.kernel);
      // Solarize jumps at 128: a pixel that rounding puts on its other side is excused there, and only there.
      draws.forEach((draw, i) => {
        const apart = found[i].map((x, at) => Math.abs(x - host[i][at]));
        const jumped = draw.solarize ? apart.filter((x) => x > 0.5).length : 0;
        expect(jumped).toBeLessThan(0.002 * apart.length);
        if (!draw.solarize) expect(furthest(found[i], host[i])).toBeLessThan(0.5);
      });
      for (const drawn of ['flip', 'jitter', 'grayscale', 'blur', 'solarize'] as const) {
        expect(draws.some((draw) => draw[drawn])).toBe(true);
      }
    },
  );

  it('gives the pixels of the picture where nothing is drawn', async () => {
    const image = picture(5, 16);
    const draw = untouched(16);
    const [plain, flipped] = await cut([image], [draw, { ...draw, flip: true }], 3);
    expect(furthest(plain, Float32Array.from(image.data))).toBeLessThan(1e-3);
    const mirrored = Float32Array.from(image.data, (_, i) => {
      const [pixel, c] = [Math.floor(i / 3), i % 3];
      return image.data[(pixel - (pixel % 16) + 15 - (pixel % 16)) * 3 + c];
    });
    expect(furthest(flipped, mirrored)).toBeLessThan(1e-3);
  });

  it('normalises as the host does', () => {
    const image = picture(1, 8);
    const draw = untouched(8);
    const { pictures, draws } = inputsOf([image], [draw]);
    const crops = cutCrops(
      tf.tensor(pictures.data as Float32Array, [1, 8, 8]) as tf.Tensor3D,
      tf.tensor(draws.data as Float32Array, [1, DRAW_NUMBERS]) as tf.Tensor2D,
      { size: 8, kernel: 3, normalisation: normalisations.imagenet },
    ).dataSync();
    const { mean, std } = normalisations.imagenet;
    image.data.forEach((value, i) => {
      expect(crops[i]).toBeCloseTo((value / 255 - mean[i % 3]) / std[i % 3], 4);
    });
  });
});
