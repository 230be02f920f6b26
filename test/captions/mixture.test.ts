import { describe, expect, it } from 'vitest';
import {
  type CaptionMixture,
  checkBackgrounds,
  drawConcept,
  objectMixture,
  PUBLISHED_SOURCES,
  type PublishedSource,
  publishedMixture,
  SOURCE_SHARES,
  TEMPLATE_SHARES,
} from '../../lib/captions/mixture.js';
import { InputError } from '../../lib/errors.js';
import { rng } from '../../lib/random/rng.js';
import { countsOf, pearson } from './chiSquare.js';

function counts(mixture: CaptionMixture, key: (draw: ReturnType<typeof drawConcept>) => string): Map<string, number> {
  const stream = rng(7, 'mixture test');
  return countsOf(Array.from({ length: 40_000 }, () => key(drawConcept(mixture, stream))));
}

const lists = Object.fromEntries(
  Object.keys(PUBLISHED_SOURCES).map((name) => [name, [{ name: `${name} thing`, backgrounds: ['room'] }]]),
) as Record<PublishedSource, { name: string; backgrounds: string[] }[]>;

describe('the mixture', () => {
  it.each(['code', 'table11'] as const)('draws sources with the shares "%s"', (shares) => {
    const seen = counts(publishedMixture({ lists, shares }), ({ source }) => source.name);
    expect(pearson(seen, SOURCE_SHARES[shares])).toBeGreaterThan(0.001);
    // The test can fail: the two share tables are told apart.
    const other = shares === 'code' ? 'table11' : 'code';
    expect(pearson(seen, SOURCE_SHARES[other])).toBeLessThan(1e-6);
  });

  it('has the shares of the published code rounded by Table 11', () => {
    // Derived shares of the two-step draw, to four digits.
    const derived = [0.4586, 0.2694, 0.0546, 0.0546, 0.0455, 0.0273, 0.088, 0.002];
    Object.values(SOURCE_SHARES.code).forEach((share, i) => {
      expect(share).toBeCloseTo(derived[i], 4);
    });
    for (const table of Object.values(SOURCE_SHARES)) {
      expect(Object.values(table).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    }
  });

  it('draws templates .44 / .11 / .45 for objects and only c for places and textures', () => {
    const emoji = objectMixture({ concepts: ['cat', 'dog'], backgrounds: ['beach'] });
    const seen = counts(emoji, ({ template }) => template);
    expect(pearson(seen, TEMPLATE_SHARES)).toBeGreaterThan(0.001);
    const drawn = counts(publishedMixture({ lists }), ({ source, template }) => `${source.kind} ${template}`);
    expect([...drawn.keys()].filter((name) => !name.startsWith('object')).sort()).toEqual(['place c', 'texture c']);
  });

  it('draws concepts uniformly, a repeated name with double weight', () => {
    const mixture = objectMixture({ concepts: ['missile', 'missile', 'cat', 'dog'], backgrounds: ['sea'] });
    const seen = counts(mixture, ({ concept }) => concept.name);
    expect(pearson(seen, { missile: 0.5, cat: 0.25, dog: 0.25 })).toBeGreaterThan(0.001);
  });

  it('refuses shares that do not sum to 1, empty lists and names that break a line', () => {
    const templates = { c: 0.5, 'c,bg': 0.5, 'c,rel': 0.5 };
    expect(() => objectMixture({ concepts: ['cat'], templates })).toThrow(/sum to 1[\s\S]*1\.5/);
    expect(() => objectMixture({ concepts: [] })).toThrow(InputError);
    expect(() => objectMixture({ concepts: ['cat\ndog'] })).toThrow(/one line/);
    expect(() => publishedMixture({ lists: { ...lists, dtd: undefined } })).toThrow(/"dtd"/);
    expect(() => publishedMixture({ lists: { ...lists, dtd: undefined }, shares: 'table11' })).not.toThrow();
  });

  it('refuses a template that does not exist', () => {
    const templates = { c: 0.5, 'c,bg': 0, 'c,rel': 0, 'c,color': 0.5 };
    expect(() => objectMixture({ concepts: ['cat'], templates })).toThrow(/"c,rel"[\s\S]*"c,color"/);
  });

  it('tells which concept lacks backgrounds that template c,bg needs', () => {
    const bare = objectMixture({
      concepts: [
        { name: 'cat', backgrounds: ['sofa'] },
        { name: 'owl', backgrounds: [] },
      ],
    });
    expect(() => checkBackgrounds(bare)).toThrow(InputError);
    expect(() => checkBackgrounds(bare)).toThrow(/"owl"[\s\S]*backgrounds/);
    expect(() => checkBackgrounds({ ...bare, templates: { c: 1, 'c,bg': 0, 'c,rel': 0 } })).not.toThrow();
    expect(() => checkBackgrounds(objectMixture({ concepts: ['owl'], backgrounds: ['barn'] }))).not.toThrow();
    // Places are never put before a background.
    const places = { ...lists, places: [{ name: 'harbor' }] };
    expect(() => checkBackgrounds(publishedMixture({ lists: places }))).not.toThrow();
  });
});
