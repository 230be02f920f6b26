import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { inContextBanks } from '../../lib/captions/examples.js';
import {
  objectMixture,
  PUBLISHED_SOURCES,
  publishedMixture,
  SOURCE_SHARES,
  TEMPLATE_SHARES,
} from '../../lib/captions/mixture.js';
import { drawPrompt } from '../../lib/captions/prompts.js';
import { bankFor, layoutPrompt, RELATIONS } from '../../lib/captions/templates.js';
import { InputError } from '../../lib/errors.js';
import { readJson } from '../../lib/runs/files.js';
import { countsOf, pearson } from './chiSquare.js';

const banks = inContextBanks();
const mixture = objectMixture({ concepts: ['red apple', 'owl', 'rocket'], backgrounds: ['beach', 'night sky'] });

describe('layoutPrompt', () => {
  it('is an instruction, the examples and an open query', () => {
    const text = layoutPrompt({
      bank: 'background',
      examples: [
        { key: 'owl, forest', sentence: 'An owl in a forest.' },
        { key: 'cup, table', sentence: 'A cup on a table.' },
      ],
      query: 'red apple, beach',
    });
    expect(text).toBe(
      'Generate an image description with an object category and an environment category:\n\n' +
        'owl, forest => An owl in a forest.\n\ncup, table => A cup on a table.\n\nred apple, beach =>',
    );
  });
});

describe("layoutPrompt with the published script's indentation", () => {
  const examples = [{ key: 'owl', sentence: 'An owl.' }];
  it.each([
    ['object', 36],
    ['place', 36],
    ['texture', 52],
    ['background', 59],
    ['relation', 75],
  ] as const)('puts the spaces of bank %s before examples and query: %i', (bank, spaces) => {
    const text = layoutPrompt({ bank, examples, query: 'cup', indentation: 'published' });
    const [instruction, example, query] = text.split('\n\n');
    expect(instruction).toMatch(/^Generate an image description with an? /);
    expect(example).toBe(`${' '.repeat(spaces)}owl => An owl.`);
    expect(query).toBe(`${' '.repeat(spaces)}cup =>`);
  });

  it('asks for a caption in the words of Figure 3', () => {
    const text = layoutPrompt({ bank: 'texture', examples, query: 'knitted', noun: 'caption' });
    expect(text).toBe('Generate an image caption with a texture category:\n\nowl => An owl.\n\nknitted =>');
  });
});

describe('drawPrompt', () => {
  it('gives the prompts that logs were begun with', () => {
    const hash = createHash('sha256');
    for (let index = 0; index < 1000; index++)
      hash.update(JSON.stringify(drawPrompt(index, { seed: 3, mixture, banks })));
    expect(hash.digest('hex')).toBe('224661482542a0baf6d9cf08b327471b7212123f216b734a5ab089fc2939f07c');
  });

  it('lays out otherwise without drawing otherwise', () => {
    const { text, ...plain } = drawPrompt(8, { seed: 3, mixture, banks });
    const indented = drawPrompt(8, { seed: 3, mixture, banks, indentation: 'published', noun: 'caption' });
    expect(indented).toMatchObject(plain);
    expect(indented.text.replace(/^ +/gm, '')).toBe(text.replace('description', 'caption'));
    expect(indented.text).toMatch(/^ {36}/m);
  });

  describe('draws in the configured shares', () => {
    // Draws of one seed; each list of counts is compared with what it should be and with what it should not.
    const three = (kind: string) =>
      ['a', 'b', 'c'].map((name) => ({ name: `${kind} ${name}`, backgrounds: ['x', 'y'] }));
    const lists = Object.fromEntries(Object.keys(PUBLISHED_SOURCES).map((name) => [name, three(name)]));
    const published = publishedMixture({ lists });
    const drawn = Array.from({ length: 40_000 }, (_, index) =>
      drawPrompt(index, { seed: 1, mixture: published, banks }),
    );
    const object = drawn.filter(({ source }) => source !== 'places' && source !== 'dtd');
    const even = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 1 / names.length]));
    const uneven = (names: readonly string[]) =>
      Object.fromEntries(names.map((name, i) => [name, (1 + (i % 2 ? 0.2 : -0.2)) / names.length]));

    it('sources and templates', () => {
      expect(pearson(countsOf(drawn.map(({ source }) => source)), SOURCE_SHARES.code)).toBeGreaterThan(0.001);
      expect(pearson(countsOf(drawn.map(({ source }) => source)), SOURCE_SHARES.table11)).toBeLessThan(1e-6);
      expect(pearson(countsOf(object.map(({ template }) => template)), TEMPLATE_SHARES)).toBeGreaterThan(0.001);
      // Of all prompts, places and textures included, more are c.
      expect(pearson(countsOf(drawn.map(({ template }) => template)), TEMPLATE_SHARES)).toBeLessThan(1e-6);
    });

    it.each([
      ['relations', [...RELATIONS], object.flatMap(({ relation }) => relation ?? [])],
      ['backgrounds', ['x', 'y'], object.flatMap(({ background }) => background ?? [])],
      [
        'concepts',
        three('in-1k').map(({ name }) => name),
        drawn.filter(({ source }) => source === 'in-1k').map(({ concept }) => concept),
      ],
      [
        'first examples',
        banks.place.map(({ key }) => key),
        drawn.filter(({ source }) => source === 'places').map(({ examples }) => examples[0]),
      ],
    ])('%s uniformly', (_what, names, seen) => {
      expect(pearson(countsOf(seen), even(names))).toBeGreaterThan(0.001);
      expect(pearson(countsOf(seen), uneven(names))).toBeLessThan(1e-6);
    });
  });

  it('is a pure function of (seed, index)', () => {
    const indices = [5, 0, 3, 5, 1, 2, 4];
    const shuffled = indices.map((index) => drawPrompt(index, { seed: 3, mixture, banks }));
    for (const prompt of shuffled) {
      expect(prompt).toEqual(drawPrompt(prompt.index, { seed: 3, mixture, banks }));
    }
    const other = drawPrompt(5, { seed: 4, mixture, banks });
    expect(other.seed).not.toBe(shuffled[0].seed);
  });

  it('shows three distinct examples of the bank that fits, and queries what it says', () => {
    for (let index = 0; index < 300; index++) {
      const prompt = drawPrompt(index, { seed: 0, mixture, banks });
      const bank = banks[bankFor('object', prompt.template)];
      expect(new Set(prompt.examples).size).toBe(3);
      const lines = prompt.text.split('\n\n');
      expect(lines.slice(1, 4)).toEqual(
        prompt.examples.map((key) => `${key} => ${bank.find((example) => example.key === key)?.sentence}`),
      );
      const query = [prompt.concept, prompt.background ?? prompt.relation].filter((part) => part !== undefined);
      expect(lines[4]).toBe(`${query.join(', ')} =>`);
      expect(prompt.background !== undefined).toBe(prompt.template === 'c,bg');
      expect(prompt.relation !== undefined).toBe(prompt.template === 'c,rel');
      if (prompt.relation) expect(RELATIONS).toContain(prompt.relation);
    }
  });

  it('takes places from the place bank', () => {
    const onlyPlaces = {
      sources: [{ name: 'places', kind: 'place' as const, share: 1, concepts: [{ name: 'harbor' }] }],
    };
    const prompt = drawPrompt(0, { seed: 0, mixture: { ...mixture, ...onlyPlaces }, banks });
    expect(prompt.text).toMatch(/^Generate an image description with an environment category:\n/);
    expect(banks.place.map(({ key }) => key)).toEqual(expect.arrayContaining([...prompt.examples]));
  });

  it("uses a concept's own backgrounds before the shared ones", () => {
    const own = objectMixture({ concepts: [{ name: 'fish', backgrounds: ['sea'] }], backgrounds: ['beach'] });
    const drawn = Array.from(
      { length: 50 },
      (_, index) => drawPrompt(index, { seed: 1, mixture: own, banks }).background,
    );
    expect(new Set(drawn)).toEqual(new Set(['sea', undefined]));
  });

  it('refuses c,bg for a concept without backgrounds', () => {
    const bare = objectMixture({ concepts: ['owl'] });
    const draw = () => Array.from({ length: 50 }, (_, index) => drawPrompt(index, { seed: 1, mixture: bare, banks }));
    expect(draw).toThrow(InputError);
    expect(draw).toThrow(/"owl"[\s\S]*backgrounds/);
  });

  it('draws the published mixture', () => {
    const concepts = [{ name: 'x', backgrounds: ['y'] }];
    const lists = { 'in-1k': concepts, 'in-21k': concepts, aircraft: concepts, cars: concepts, food: concepts };
    const full = publishedMixture({ lists: { ...lists, flowers: concepts, places: concepts, dtd: concepts } });
    expect(drawPrompt(0, { seed: 0, mixture: full, banks }).concept).toBe('x');
  });
});

describe('the in-context banks', () => {
  it('have the published keys, in order, each with one sentence of its own', () => {
    const { source: _, ...keys } = readJson<Record<string, unknown>>('test/captions/golden/bank-keys.json');
    const ours = Object.entries(banks).map(([name, bank]) => [name, bank.map(({ key }) => key)]);
    expect(Object.fromEntries(ours)).toEqual(keys);
    const sentences = Object.values(banks).flatMap((bank) => bank.map(({ sentence }) => sentence));
    expect(new Set(sentences).size).toBe(52 + 33 + 21 + 50 + 20);
  });

  it('have the sizes of the published ones, and name their keys', () => {
    const sizes = Object.fromEntries(Object.entries(banks).map(([name, bank]) => [name, bank.length]));
    expect(sizes).toEqual({ object: 52, place: 33, texture: 21, background: 50, relation: 20 });
    for (const { key, sentence } of [...banks.background, ...banks.relation]) {
      // All words of concept, background and relation stand in the sentence (plurals aside).
      for (const part of key.split(', ')) expect(sentence.toLowerCase()).toContain(part);
    }
  });

  it('refuses a file of another form', () => {
    expect(() => inContextBanks('package.json')).toThrow(/compare it with/);
    expect(() => inContextBanks('no-such-file.json')).toThrow(InputError);
  });
});
