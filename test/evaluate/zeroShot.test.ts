import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.js';
import { featureSet } from '../../lib/evaluate/features.js';
import { evaluateZeroShot, zeroShotClassifier } from '../../lib/evaluate/zeroShot.js';
import { rng } from '../../lib/random/rng.js';

const WIDTH = 6;
const classes = ['apple', 'pear', 'train', 'sea horse'];
const templates = ['a {}', 'the {} of {}', '{}s'];
/** A row of its own for every text. */
const embedOne = (text: string) => rng(7, text).normals(WIDTH);
const embed = (texts: readonly string[]) => Float32Array.from(texts.flatMap((text) => [...embedOne(text)]));
const rows = (count: number, name = 'pictures') => rng(3, name).normals(count * WIDTH);
const labels = (count: number) => Int32Array.from({ length: count }, (_, i) => i % classes.length);

it('equals plain loops over classes, templates and pictures', async () => {
  const classifier = await zeroShotClassifier(embed, classes, { templates });
  const unit = (row: number[]) => row.map((v) => v / Math.hypot(...row));
  const wanted = classes.map((name) => {
    const texts = [`a ${name}`, `the ${name} of ${name}`, `${name}s`].map((text) => unit([...embedOne(text)]));
    return unit(texts[0].map((_, i) => (texts[0][i] + texts[1][i] + texts[2][i]) / 3));
  });
  wanted.flat().forEach((v, i) => {
    expect(classifier.weights[i]).toBeCloseTo(v, 6);
  });

  const pictures = rows(50);
  const scores = evaluateZeroShot(featureSet(pictures, labels(50), { classes: 4 }), classifier);
  const predicted = Array.from({ length: 50 }, (_, n) => {
    const picture = unit([...pictures.subarray(n * WIDTH, n * WIDTH + WIDTH)]);
    const cosines = wanted.map((row) => row.reduce((sum, v, i) => sum + v * picture[i], 0));
    return cosines.indexOf(Math.max(...cosines));
  });
  expect([...scores.predicted]).toEqual(predicted);
  const right = predicted.filter((c, n) => c === n % 4).length;
  expect(scores.accuracy).toBeCloseTo(right / 50, 12);
  expect([...scores.correct].reduce((a, b) => a + b)).toBe(right);
  expect(scores.interval.low).toBeLessThan(scores.accuracy);
  expect(scores.interval.high).toBeGreaterThan(scores.accuracy);
});

it('pictures that are their class’s direction are all right', async () => {
  const classifier = await zeroShotClassifier(embed, classes);
  const scores = evaluateZeroShot(featureSet(classifier.weights, labels(4), { classes: 4 }), classifier);
  expect(scores.accuracy).toBe(1);
});

it('neither lengths nor the order of classes matter', async () => {
  const test = featureSet(rows(20), labels(20), { classes: 4 });
  const { predicted } = evaluateZeroShot(test, await zeroShotClassifier(embed, classes, { templates }));
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      async (order, scale) => {
        const scaled = (texts: readonly string[]) => embed(texts).map((v) => v * scale);
        const shuffled = order.map((c) => classes[c]);
        const classifier = await zeroShotClassifier(scaled, shuffled, { templates });
        const longer = { ...test, features: test.features.map((v) => v * scale) };
        const found = evaluateZeroShot(longer, classifier).predicted;
        expect(Array.from(found, (c) => order[c])).toEqual([...predicted]);
      },
    ),
    { numRuns: 20 },
  );
});

describe('refuses', () => {
  it.each([
    ['a template without a place for the name', classes, ['a picture'], /"a picture"/],
    ['no templates', classes, [], /0 templates/],
    ['no classes', [], templates, /0 classes/],
  ] as const)('%s', async (_, names, patterns, message) => {
    const made = zeroShotClassifier(embed, names, { templates: patterns });
    await expect(made).rejects.toThrow(InputError);
    await expect(made).rejects.toThrow(message);
  });

  it('embeddings that are not finite, and pictures of another space', async () => {
    const broken = (texts: readonly string[]) => embed(texts).fill(Number.NaN, WIDTH, 2 * WIDTH);
    await expect(zeroShotClassifier(broken, classes, { templates })).rejects.toThrow(/the apple of apple/);
    const classifier = await zeroShotClassifier(embed, classes);
    const other = featureSet(rows(4), labels(4), { classes: 5 });
    expect(() => evaluateZeroShot(other, classifier)).toThrow(/6 numbers and 5 classes/);
  });
});
