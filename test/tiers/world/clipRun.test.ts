import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ImageSet } from '../../../lib/diffusion/index.js';
import {
  evaluateZeroShot,
  extractFeatures,
  type LabelledImages,
  zeroShotClassifier,
} from '../../../lib/evaluate/index.js';
import { clipCrops } from '../../../lib/pictures/index.js';
import { rng } from '../../../lib/random/rng.js';
import { type EncoderConfig, laptopClip, readEncoder, trainEncoder } from '../../../lib/synclr/index.js';
import { openClipRun, prepareTokenizer } from '../../../lib/tiers/world/clipRun.js';
import { imageSource } from '../../../lib/tiers/world/imageSource.js';

const SIZE = 16;
const COLOURS = { red: [230, 40, 40], green: [40, 180, 60], blue: [50, 70, 230], yellow: [240, 220, 50] };
const SHAPES = ['square', 'dot'];
const CLASSES = Object.keys(COLOURS).flatMap((colour) => SHAPES.map((shape) => `${colour} ${shape}`));
const SENTENCES = ['a {} on a wall', 'one {} in the fog', 'a picture of a {}'];

/** A coloured square of 12 or dot of 5 pixels, somewhere on grey noise. */
function draw(stream: ReturnType<typeof rng>, label: number): Uint8Array {
  const colour = Object.values(COLOURS)[label >> 1];
  const side = label & 1 ? 5 : 12;
  const [left, top] = [stream.int(SIZE - side), stream.int(SIZE - side)];
  const image = Uint8Array.from(stream.uniforms(SIZE * SIZE * 3), (u) => 90 + 70 * u);
  for (let i = 0; i < side * side; i++) {
    image.set(colour, ((top + Math.floor(i / side)) * SIZE + left + (i % side)) * 3);
  }
  return image;
}

const captions = Array.from({ length: 48 }, (_, i) => ({
  id: String(i),
  text: SENTENCES[(i >> 3) % 3].replace('{}', CLASSES[i % 8]),
  concept: CLASSES[i % 8],
}));
const set = {
  folder: 'nowhere',
  captions,
  imagesPerCaption: 4,
  size: SIZE,
  image: async (caption: number, k: number) => draw(rng(1, caption, k), caption % 8),
} as unknown as ImageSet;

const config: EncoderConfig = {
  ...laptopClip,
  model: { image: SIZE, patch: 4, width: 32, depth: 2, heads: 2, mlpRatio: 2, dropPath: 0 },
  clip: { text: { context: 10, vocabulary: 64, width: 32, depth: 1, heads: 2 }, output: 16 },
  captions: 8,
  imagesPerCaption: 2,
  distinctClasses: true,
  peakLearningRate: 6e-3,
  steps: 100,
  warmup: 10,
  crops: clipCrops({ size: SIZE }),
};

let out = '';
beforeEach(() => {
  out = mkdtempSync(path.join(tmpdir(), 'synclr-clip-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

it('a hundred steps on captioned squares and dots: their classes are found by name', async () => {
  const fitted = prepareTokenizer(out, config, set);
  const run = await trainEncoder(fitted.config, imageSource(set, fitted.words), { seed: 1, out });
  const pictures: LabelledImages = {
    length: 160,
    size: SIZE,
    classes: CLASSES,
    batch: (indices) => ({
      images: Uint8Array.from(indices.flatMap((i) => [...draw(rng(2, i), i % 8)])),
      labels: Int32Array.from(indices, (i) => i % 8),
    }),
  };
  const { embedTexts, embedImages, release } = await openClipRun(out);
  const test = await extractFeatures(embedImages, pictures);
  const classifier = await zeroShotClassifier(embedTexts, CLASSES, { templates: SENTENCES });
  // A sentence that was not in any caption, with one known word.
  const unseen = await zeroShotClassifier(embedTexts, CLASSES, { templates: ['look: a {}!'] });
  await release();
  const scores = evaluateZeroShot(test, classifier);
  expect(scores.interval.low).toBeGreaterThan(0.8); // guessing: 0.125
  expect(evaluateZeroShot(test, unseen).interval.low).toBeGreaterThan(0.5);

  // The towers are in the encoder's file and in the checkpoint alike.
  const { clip } = readEncoder(out);
  expect(clip).toEqual(run.clip);
  expect(readEncoder(path.join(out, 'checkpoint-000100.safetensors')).clip).toEqual(clip);
  expect(Object.keys(readEncoder(out).student).some((name) => name.startsWith('text'))).toBe(false);
});

it('the tokenizer holds the captions’ words and stays as it is; the vocabulary is its own', () => {
  const { config: fitted, words } = prepareTokenizer(out, config, set);
  // Padding, unknown, two endings, the end, four colours, two shapes, and the words of three sentences.
  expect(fitted.clip!.text.vocabulary).toBe(5 + 6 + 9);
  const { tokens, opener } = imageSource(set, words);
  expect(tokens!(0).indexOf(19)).toBe(6); // 'a red square on a wall', then the end
  expect(opener!.options).toEqual({ folder: 'nowhere', words });
  const other = { captions: [{ id: '0', text: 'entirely other words', concept: 'word' }] };
  expect(prepareTokenizer(out, config, other)).toEqual({ config: fitted, words });
  expect(imageSource(set).tokens).toBeUndefined();
});

it('a given tokenizer is copied whole; what is missing, or of another objective, is refused', async () => {
  const from = path.join(out, 'given');
  prepareTokenizer(from, config, set);
  const copy = prepareTokenizer(path.join(out, 'run'), config, set, { from: path.join(from, 'tokenizer') });
  expect(copy.config).toEqual(prepareTokenizer(from, config, set).config);
  const empty = { from: path.join(out, 'empty') };
  expect(() => prepareTokenizer(path.join(out, 'other'), config, set, empty)).toThrow(/tokenizer.json of a tokenizer/);
  const { clip: _, ...without } = config;
  expect(() => prepareTokenizer(out, { ...without, objective: 'simclr' }, set)).toThrow(/found: *simclr/);
});
