import { describe, expect, it } from 'vitest';
import { augmentCrop, downsampleImage, multiCrop, randomCropBox, withShortSide } from '../../lib/pictures/augment.js';
import { gaussianBlur } from '../../lib/pictures/blur.js';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  solarize,
  toGrayscale,
} from '../../lib/pictures/colour.js';
import { normalisations, normaliseInto } from '../../lib/pictures/normalise.js';
import { type CropRecipe, clipCrops, type MultiCrop, stableRepCrops, synclrCrops } from '../../lib/pictures/recipes.js';
import { cropAndResize, type RgbImage } from '../../lib/pictures/resample.js';
import { rng } from '../../lib/random/rng.js';

/** The picture of the golden numbers: channel c of pixel (x, y) is (37x + 91y + 53c + 7xy) mod 256. */
const picture: RgbImage = { width: 12, height: 10, data: new Uint8Array(360) };
for (let y = 0; y < 10; y++)
  for (let x = 0; x < 12; x++)
    for (let c = 0; c < 3; c++) picture.data[(y * 12 + x) * 3 + c] = (37 * x + 91 * y + 53 * c + 7 * x * y) % 256;

const close = (found: ArrayLike<number>, wanted: ArrayLike<number>, within: number) => {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) expect(Math.abs(found[i] - wanted[i])).toBeLessThan(within);
};
const mirrored = (rgb: Float32Array, size: number) =>
  rgb.map((_, i) => rgb[3 * (size * Math.floor(i / 3 / size) + size - 1 - (Math.floor(i / 3) % size)) + (i % 3)]);
const noise = (seed: number, pixels: number) =>
  rng(seed, 'picture')
    .uniforms(pixels * 3)
    .map((u) => 255 * u);

describe('cropAndResize', () => {
  // Pillow 's resize of each channel as 32-bit floats after crop, clipped to [0, 255]: first values and the sum.
  it.each([
    {
      kernel: 'bicubic',
      box: { left: 1, top: 2, width: 10, height: 7 },
      size: { width: 4, height: 3 },
      first: [131.154, 125.638, 140.148, 150.295, 147.849, 132.798, 132.151, 117.656, 116.693, 125.005, 139.909],
      sum: 4638.5,
    },
    {
      kernel: 'bicubic',
      box: { left: 3, top: 3, width: 4, height: 3 },
      size: { width: 5, height: 5 },
      first: [199.381, 255, 30.06, 255, 94.065, 68.417, 150.415, 47.34, 128.415, 42.098, 120.138, 188.413],
      sum: 10009.51,
    },
    {
      kernel: 'bilinear',
      box: { left: 0, top: 0, width: 12, height: 10 },
      size: { width: 3, height: 4 },
      first: [114.026, 132.532, 141.896, 123.545, 130, 136.455, 118.104, 127.468, 131.429, 129.863, 137.149],
      sum: 4646.4,
    },
  ] as const)('$kernel to $size.width × $size.height as Pillow', ({ kernel, box, size, first, sum }) => {
    const found = cropAndResize(picture, box, { ...size, kernel });
    close(found.slice(0, first.length), first, 0.002);
    expect(found.reduce((s, v) => s + v, 0)).toBeCloseTo(sum, 0);
  });

  it('the whole image at its own size is itself; flipped, it is mirrored', () => {
    const whole = { left: 0, top: 0, width: 12, height: 10 };
    close(cropAndResize(picture, whole, { width: 12, height: 10 }), picture.data, 1e-3);
    const flipped = cropAndResize(picture, whole, { width: 12, height: 10, flip: true });
    for (let x = 0; x < 12; x++) expect(flipped[x * 3]).toBeCloseTo(picture.data[(11 - x) * 3], 3);
  });
});

describe('colour', () => {
  const grey = (r: number, g: number, b: number) => 0.299 * r + 0.587 * g + 0.114 * b;
  const clamp = (v: number) => Math.min(255, Math.max(0, v));

  it('brightness, contrast, saturation by the formulas', () => {
    const rgb = noise(1, 20);
    let [bright, contrast, saturated] = [rgb.slice(), rgb.slice(), rgb.slice()];
    adjustBrightness(bright, 1.3);
    close(
      bright,
      rgb.map((v) => clamp(1.3 * v)),
      1e-3,
    );
    let mean = 0;
    for (let i = 0; i < 60; i += 3) mean += grey(rgb[i], rgb[i + 1], rgb[i + 2]) / 20;
    adjustContrast(contrast, 0.7);
    close(
      contrast,
      rgb.map((v) => clamp(0.7 * v + 0.3 * mean)),
      1e-3,
    );
    adjustSaturation(saturated, 1.4);
    const lumas = rgb.map((_, i) => grey(rgb[i - (i % 3)], rgb[i - (i % 3) + 1], rgb[i - (i % 3) + 2]));
    close(
      saturated,
      rgb.map((v, i) => clamp(1.4 * v - 0.4 * lumas[i])),
      1e-3,
    );
    [bright, contrast, saturated] = [rgb.slice(), rgb.slice(), rgb.slice()];
    adjustBrightness(bright, 1);
    adjustContrast(contrast, 1);
    adjustSaturation(saturated, 1);
    for (const same of [bright, contrast, saturated]) close(same, rgb, 1e-3);
  });

  it('hue: a third of a circle turns red to green to blue; a full turn in two halves changes nothing', () => {
    const red = Float32Array.of(200, 20, 20);
    adjustHue(red, 1 / 3);
    close(red, [20, 200, 20], 1e-3);
    adjustHue(red, 1 / 3);
    close(red, [20, 20, 200], 1e-3);
    const before = noise(2, 50);
    const after = before.slice();
    adjustHue(after, 0.37);
    adjustHue(after, -0.37);
    close(after, before, 0.01);
    adjustHue(after, 0.1);
    // The highest and the lowest channel keep their values.
    for (let i = 0; i < 150; i += 3) {
      expect(Math.max(...after.slice(i, i + 3))).toBeCloseTo(Math.max(...before.slice(i, i + 3)), 2);
      expect(Math.min(...after.slice(i, i + 3))).toBeCloseTo(Math.min(...before.slice(i, i + 3)), 2);
    }
  });

  it('hue 0.1 of (100, 150, 200), by hand: 210° + 36° = 246°', () => {
    // sextant 4.1: red rises, low + chroma · 0.1
    const rgb = Float32Array.of(100, 150, 200);
    adjustHue(rgb, 0.1);
    close(rgb, [110, 100, 200], 1e-2);
  });

  it('grayscale and solarize', () => {
    const rgb = Float32Array.of(10, 200, 90, 127, 128, 255);
    toGrayscale(rgb.subarray(0, 3));
    close(rgb.slice(0, 3), new Array(3).fill(grey(10, 200, 90)), 1e-3);
    solarize(rgb);
    close(rgb.slice(3), [127, 127, 0], 1e-6);
  });
});

describe('gaussianBlur', () => {
  it('matches a two-dimensional loop with mirrored borders', () => {
    const [width, height, size, sigma] = [6, 5, 5, 1.3];
    const rgb = noise(3, width * height);
    const at = (i: number, n: number) => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i);
    const weight = (d: number) => Math.exp(-0.5 * (d / sigma) ** 2);
    const wanted = rgb.map((_, i) => {
      const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      let [sum, total] = [0, 0];
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++) {
          sum += weight(dx) * weight(dy) * rgb[(at(y + dy, height) * width + at(x + dx, width)) * 3 + c];
          total += weight(dx) * weight(dy);
        }
      return sum / total;
    });
    gaussianBlur(rgb, { width, height, size, sigma });
    close(rgb, wanted, 1e-3);
  });
});

describe('random crops', () => {
  const image: RgbImage = { width: 40, height: 30, data: Uint8Array.from({ length: 3600 }, (_, i) => (i * 7) % 256) };

  it('boxes lie in the image, with area and aspect within their bounds (to a rounded pixel)', () => {
    const shares: number[] = [];
    for (let i = 0; i < 500; i++) {
      const { left, top, width, height } = randomCropBox(rng(1, i), image, [0.32, 1]);
      expect(left >= 0 && top >= 0 && left + width <= 40 && top + height <= 30).toBe(true);
      const ratio = width / height;
      expect(ratio).toBeGreaterThan(0.75 * 0.94);
      expect(ratio).toBeLessThan((4 / 3) * 1.06);
      shares.push((width * height) / 1200);
    }
    expect(Math.min(...shares)).toBeGreaterThan(0.29);
    expect(Math.max(...shares)).toBeGreaterThan(0.9);
  });

  it('an image too long for any box falls back to the centre', () => {
    expect(randomCropBox(rng(1), { width: 100, height: 4 }, [0.9, 1])).toEqual({
      left: 47,
      top: 0,
      width: 5,
      height: 4,
    });
  });

  it('crops are a function of (rng, image), differ between views, and stay in [0, 255]', () => {
    const recipe = synclrCrops({ size: 16, localSize: 8, locals: 2 });
    const once = multiCrop(rng(1, 'image', 4), image, recipe);
    const again = multiCrop(rng(1, 'image', 4), image, recipe);
    const other = multiCrop(rng(1, 'image', 5), image, recipe);
    expect(again).toEqual(once);
    expect(other.global).not.toEqual(once.global);
    expect(once.locals[0]).not.toEqual(once.locals[1]);
    expect(once.global.length).toBe(16 * 16 * 3);
    for (const view of [once.global, ...once.locals])
      for (const v of view) expect(v >= -1e-3 && v <= 255.001).toBe(true);
  });

  it('with every probability at 0 a crop of the whole area is the image', () => {
    const plain = {
      size: 12,
      area: [1, 1] as const,
      flip: 0,
      jitter: { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
      grayscale: 0,
      blur: { probability: 0, kernel: 3, sigma: [1, 1] as const },
      solarize: 0,
    };
    const square = { width: 12, height: 12, data: Uint8Array.from(noise(5, 144)) };
    // An aspect other than 1 does not fit, so that the fallback takes the whole square.
    close(augmentCrop(rng(2), square, plain), square.data, 1e-2);
  });

  it('every probability and magnitude of spec §4.7', () => {
    const { globals, local, locals, downsample } = synclrCrops();
    const shared = {
      flip: 0.5,
      jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 },
      grayscale: 0.2,
    };
    const blur = (probability: number) => ({ probability, kernel: 9, sigma: [0.1, 2] });
    expect(globals).toEqual([
      { ...shared, size: 224, area: [0.32, 1], blur: blur(1), solarize: 0 },
      { ...shared, size: 224, area: [0.32, 1], blur: blur(0.1), solarize: 0.2 },
    ]);
    expect(local).toEqual({ ...shared, size: 96, area: [0.08, 0.32], blur: blur(0.5), solarize: 0 });
    expect(locals).toBe(4);
    expect(downsample).toEqual({ probability: 0.05, sides: [64, 128], back: 256 });
    expect(normalisations.imagenet).toEqual({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
    expect(normalisations.clip.mean).toEqual([0.48145466, 0.4578275, 0.40821073]);
    expect(normalisations.clip.std).toEqual([0.26862954, 0.26130258, 0.27577711]);
  });

  it('without local crops, at other sizes, and StableRep’s (spec §6)', () => {
    expect(synclrCrops({ locals: 0 }).globals.map(({ area }) => area[0])).toEqual([0.14, 0.14]);
    const small = synclrCrops({ size: 64, localSize: 24, locals: 2 });
    expect(small.globals.map(({ size }) => size)).toEqual([64, 64]);
    expect([small.local.size, small.locals]).toEqual([24, 2]);
    // In proportion: 9 taps and σ of 2 at 224 px.
    expect(small.globals[0].blur).toEqual({ probability: 1, kernel: 3, sigma: [0.1 * (64 / 224), 2 * (64 / 224)] });
    expect(small.downsample).toEqual({ probability: 0.05, shares: [0.25, 0.5] });
    expect(synclrCrops({ localSize: 98 }).local.size).toBe(98);
    const { globals, downsample } = stableRepCrops();
    expect(globals).toEqual([
      {
        size: 224,
        area: [0.08, 1],
        flip: 0.5,
        jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
        grayscale: 0.2,
        blur: { probability: 0.5, kernel: 9, sigma: [0.1, 2] },
        solarize: 0,
      },
    ]);
    expect(downsample).toEqual({ probability: 0.05, sides: [64, 128], back: 256 });
    expect(clipCrops().globals).toMatchObject([{ area: [0.9, 1], flip: 0, grayscale: 0, solarize: 0 }]);
  });

  const none = {
    size: 8,
    area: [0.3, 0.6] as const,
    flip: 0,
    jitter: { probability: 0, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 },
    grayscale: 0,
    blur: { probability: 0, kernel: 3, sigma: [0.5, 2] as const },
    solarize: 0,
  };

  it('all 32 combinations, at several sizes, are the operations one after the other', () => {
    for (const size of [8, 13])
      for (let flags = 0; flags < 32; flags++) {
        const [flip, jitter, grayscale, blurred, solarized] = [0, 1, 2, 3, 4].map((bit) => (flags >> bit) & 1);
        const recipe = {
          ...none,
          size,
          flip,
          jitter: { ...none.jitter, probability: jitter },
          grayscale,
          blur: { ...none.blur, probability: blurred },
          solarize: solarized,
        };
        const found = augmentCrop(rng(flags, size), image, recipe);
        const draws = rng(flags, size);
        const box = randomCropBox(draws, image, recipe.area);
        expect(draws.bernoulli(flip)).toBe(flip === 1);
        let wanted = cropAndResize(image, box, { width: size, height: size });
        if (flip) wanted = mirrored(wanted, size);
        draws.bernoulli(jitter);
        if (jitter) {
          const factors = [0.4, 0.4, 0.2].map((spread) => 1 - spread + 2 * spread * draws.uniform());
          const all = [adjustBrightness, adjustContrast, adjustSaturation, adjustHue];
          factors.push(-0.1 + 0.2 * draws.uniform());
          for (const i of draws.shuffle([0, 1, 2, 3])) all[i](wanted, factors[i]);
        }
        draws.bernoulli(grayscale);
        if (grayscale) toGrayscale(wanted);
        draws.bernoulli(blurred);
        if (blurred) {
          gaussianBlur(wanted, { width: size, height: size, size: 3, sigma: 0.5 + 1.5 * draws.uniform() });
        }
        if (solarized) solarize(wanted);
        expect(found.length).toBe(size * size * 3);
        close(found, wanted, 0.02);
      }
  });

  it('each operation happens as often as its probability says; the kinds of global crop equally often', () => {
    const whole = { ...none, area: [1, 1] as const };
    const square = { width: 8, height: 8, data: Uint8Array.from(noise(6, 64)) };
    const share = (recipe: CropRecipe) => {
      const plain = augmentCrop(rng(0), square, whole);
      const changed = Array.from({ length: 600 }, (_, i) => augmentCrop(rng(9, i), square, recipe)).filter((crop) =>
        crop.some((v, i) => Math.abs(v - plain[i]) > 0.01),
      );
      return changed.length / 600;
    };
    expect(share(whole)).toBe(0);
    expect(share({ ...whole, flip: 0.5 })).toBeCloseTo(0.5, 1);
    expect(share({ ...whole, jitter: { ...none.jitter, probability: 0.8 } })).toBeCloseTo(0.8, 1);
    expect(share({ ...whole, grayscale: 0.2 })).toBeCloseTo(0.2, 1);
    expect(share({ ...whole, blur: { ...none.blur, probability: 0.1 } })).toBeCloseTo(0.1, 1);
    expect(share({ ...whole, solarize: 0.2 })).toBeCloseTo(0.2, 1);
    const kinds = { ...synclrCrops({ locals: 0 }), globals: [whole, { ...whole, size: 4 }] };
    const small = Array.from({ length: 600 }, (_, i) => multiCrop(rng(8, i), square, kinds).global).filter(
      (crop) => crop.length === 48,
    );
    expect(small.length / 600).toBeCloseTo(0.5, 1);
  });

  it('downsampling as drawn: in pixels of the short side, or in shares', () => {
    const crops = { ...synclrCrops({ locals: 0 }), globals: [{ ...none, size: 12, area: [1, 1] as const }] };
    const first = (downsample: MultiCrop['downsample']) => multiCrop(rng(3), image, { ...crops, downsample }).global;
    const cropped = (source: RgbImage) => augmentCrop(rng(3).child('global'), source, crops.globals[0]);
    const small = { width: 13, height: 10 };
    const bySide = downsampleImage(image, small, { width: 26, height: 20 });
    close(first({ probability: 1, sides: [10], back: 20 }), cropped(bySide), 1e-3);
    close(
      first({ probability: 1, shares: [0.25] }),
      cropped(downsampleImage(image, { width: 10, height: 8 }, image)),
      1e-3,
    );
    close(first({ probability: 0, sides: [10], back: 20 }), cropped(image), 1e-3);
    expect(withShortSide({ width: 37, height: 64 }, 12)).toEqual({ width: 12, height: 20 });
  });

  it('downsampling keeps the mean and removes detail', () => {
    const small = downsampleImage(image, { width: 10, height: 8 }, image);
    const mean = (data: Uint8Array) => data.reduce((s, v) => s + v, 0) / data.length;
    const spread = (data: Uint8Array) => data.reduce((s, v) => s + (v - mean(data)) ** 2, 0) / data.length;
    expect(small.data.length).toBe(image.data.length);
    expect(Math.abs(mean(small.data) - mean(image.data))).toBeLessThan(2);
    expect(spread(small.data)).toBeLessThan(0.5 * spread(image.data));
  });
});

it('normaliseInto: (v/255 − mean)/std, a channel at a time, from an offset', () => {
  const out = new Float32Array(8).fill(9);
  normaliseInto(out, 2, Uint8Array.of(0, 128, 255), normalisations.imagenet);
  close(out, [9, 9, -0.485 / 0.229, (128 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225, 9, 9, 9], 1e-5);
});
