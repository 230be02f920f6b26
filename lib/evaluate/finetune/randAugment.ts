import type { RgbImage } from '../../pictures/resample.js';
import type { Rng } from '../../random/rng.js';
import { type Fill, rotation, shearX, shearY, transformAffine, translate } from './affine.js';
import {
  autoContrast,
  enhanceBrightness,
  enhanceColour,
  enhanceContrast,
  enhanceSharpness,
  equalize,
  invert,
  posterize,
  solarizeAdd,
  solarizeBytes,
} from './pointOperations.js';

/** RandAugment (Cubuk et al., 2020) in timm's form; "9/0.5" of Table 14 is its `rand-m9-mstd0.5-inc1`. */
export interface RandAugmentSettings {
  /** mean of the normal distribution that an operation's level, 0 … 10, is drawn from */
  magnitude: number;
  deviation: number;
  /** operations drawn for an image, with replacement */
  layers: number;
  /** each of them is applied with this probability */
  probability: number;
}

export const paperRandAugment: RandAugmentSettings = { magnitude: 9, deviation: 0.5, layers: 2, probability: 0.5 };

interface Operation {
  /** what a level of 0 … 10 means; `sign` is −1 or 1, for operations that go both ways */
  value: (level: number, sign: number) => number;
  apply: (image: RgbImage, value: number, fill: Fill) => RgbImage;
}

const plain = (apply: (image: RgbImage) => RgbImage): Operation => ({ value: () => 0, apply });
/** 1 ± 0.9·level/10, at least 0.1. */
const enhancing = (apply: Operation['apply']): Operation => ({
  value: (level, sign) => Math.max(0.1, 1 + sign * 0.09 * level),
  apply,
});

/** The fifteen operations of timm's "increasing" list: a higher level always changes an image more. */
export const randAugmentOperations = {
  AutoContrast: plain(autoContrast),
  Equalize: plain(equalize),
  Invert: plain(invert),
  Rotate: {
    value: (level, sign) => sign * 3 * level,
    apply: (image, degrees, fill) => transformAffine(image, rotation(degrees, image), fill),
  },
  PosterizeIncreasing: { value: (level) => 4 - Math.trunc(0.4 * level), apply: posterize },
  SolarizeIncreasing: { value: (level) => 256 - Math.min(256, Math.trunc(25.6 * level)), apply: solarizeBytes },
  SolarizeAdd: { value: (level) => Math.min(128, Math.trunc(11 * level)), apply: solarizeAdd },
  ColorIncreasing: enhancing(enhanceColour),
  ContrastIncreasing: enhancing(enhanceContrast),
  BrightnessIncreasing: enhancing(enhanceBrightness),
  SharpnessIncreasing: enhancing(enhanceSharpness),
  ShearX: {
    value: (level, sign) => sign * 0.03 * level,
    apply: (image, factor, fill) => transformAffine(image, shearX(factor), fill),
  },
  ShearY: {
    value: (level, sign) => sign * 0.03 * level,
    apply: (image, factor, fill) => transformAffine(image, shearY(factor), fill),
  },
  TranslateXRel: {
    value: (level, sign) => sign * 0.045 * level,
    apply: (image, share, fill) => transformAffine(image, translate(share * image.width, 0), fill),
  },
  TranslateYRel: {
    value: (level, sign) => sign * 0.045 * level,
    apply: (image, share, fill) => transformAffine(image, translate(0, share * image.height), fill),
  },
} as const satisfies Record<string, Operation>;

export type RandAugmentName = keyof typeof randAugmentOperations;
const NAMES = Object.keys(randAugmentOperations) as RandAugmentName[];

/** One operation with its value. @param fill RGB of what comes from outside the image, 0 … 255 */
export function applyOperation(image: RgbImage, name: RandAugmentName, value: number, fill: Fill): RgbImage {
  return (randAugmentOperations[name] as Operation).apply(image, value, fill);
}

/** Operations drawn as `settings` say, with their values, in the order in which they are applied. */
export function drawOperations(
  rng: Rng,
  { magnitude, deviation, layers, probability }: RandAugmentSettings,
): [name: RandAugmentName, value: number][] {
  const drawn = Array.from({ length: layers }, () => rng.choice(NAMES)).filter(() => rng.bernoulli(probability));
  return drawn.map((name) => {
    const level = Math.max(0, Math.min(10, magnitude + deviation * rng.normal()));
    return [name, (randAugmentOperations[name] as Operation).value(level, rng.bernoulli(0.5) ? -1 : 1)];
  });
}

export function randAugment(rng: Rng, image: RgbImage, settings: RandAugmentSettings, fill: Fill): RgbImage {
  return drawOperations(rng, settings).reduce((now, [name, value]) => applyOperation(now, name, value, fill), image);
}
