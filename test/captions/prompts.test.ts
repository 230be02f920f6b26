import { describe, expect, it } from 'vitest';
import { inContextBanks } from '../../lib/captions/examples.js';
import { objectMixture, publishedMixture } from '../../lib/captions/mixture.js';
import { drawPrompt } from '../../lib/captions/prompts.js';
import { bankFor, layoutPrompt, RELATIONS } from '../../lib/captions/templates.js';
import { InputError } from '../../lib/errors.js';

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

describe('drawPrompt', () => {
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
