import { describe, expect, it } from 'vitest';
import { inContextBanks } from '../../lib/captions/examples.js';
import { joinedNames } from '../../lib/captions/joinedNames.js';
import type { CaptionRecord } from '../../lib/captions/log.js';
import { type CaptionMixture, TEMPLATE_SHARES } from '../../lib/captions/mixture.js';
import { drawPrompt } from '../../lib/captions/prompts.js';
import { captionsWithBackground, strategyMixture } from '../../lib/captions/strategies.js';
import { CAPTION_TEMPLATES } from '../../lib/captions/templates.js';
import { InputError } from '../../lib/errors.js';

const mixture: CaptionMixture = {
  sources: [
    {
      name: 'animals',
      kind: 'object',
      share: 0.7,
      concepts: [
        { name: 'owl', backgrounds: ['forest', 'barn'] },
        { name: 'fish', backgrounds: ['sea'] },
      ],
    },
    { name: 'things', kind: 'object', share: 0.3, concepts: [{ name: 'bed', backgrounds: ['hotel', 'house'] }] },
  ],
  templates: TEMPLATE_SHARES,
};
const places = ['airport', 'sea', 'moon'];
const banks = inContextBanks();
const prompts = (from: CaptionMixture, count = 2000) =>
  Array.from({ length: count }, (_, index) => drawPrompt(index, { seed: 3, mixture: from, banks }));

describe('strategyMixture', () => {
  it('of ours is the mixture', () => {
    expect(strategyMixture('ours', { mixture })).toBe(mixture);
  });

  it('of IN+OurBG+LLM asks what ours asks wherever ours has a background', () => {
    const ours = prompts(mixture);
    const own = prompts(strategyMixture('IN+OurBG+LLM', { mixture }));
    const both = ours.filter(({ template }) => template === 'c,bg');
    expect(both.length).toBeGreaterThan(800);
    for (const prompt of both) expect(own[prompt.index]).toEqual(prompt);
    expect(new Set(own.map(({ template }) => template))).toEqual(new Set(['c,bg']));
  });

  it('of IN+Places+LLM puts every concept in every place, evenly', () => {
    const anywhere = prompts(strategyMixture('IN+Places+LLM', { mixture, places }));
    const counts = new Map<string, number>();
    for (const { concept, background } of anywhere) {
      const pair = `${concept} ${background}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(9);
    let chi2 = 0;
    for (const [pair, count] of counts) {
      const expected = (2000 * (pair.startsWith('bed') ? 0.3 : 0.35)) / 3;
      chi2 += (count - expected) ** 2 / expected;
    }
    expect(chi2).toBeLessThan(20.1); // 99 % point of χ² with 8 degrees of freedom
    // The concepts are those of ours, index by index.
    expect(anywhere.map(({ concept }) => concept)).toEqual(prompts(mixture).map(({ concept }) => concept));
  });

  it('refuses what it cannot draw from', () => {
    const bare = { ...mixture, sources: [{ ...mixture.sources[0], share: 1, concepts: [{ name: 'owl' }] }] };
    const place = { ...mixture, sources: [{ ...mixture.sources[0], kind: 'place' as const, share: 1 }] };
    expect(() => strategyMixture('IN+OurBG+LLM', { mixture: bare })).toThrow(/concept "owl"/);
    expect(() => strategyMixture('IN+Places+LLM', { mixture })).toThrow(InputError);
    expect(() => strategyMixture('IN+Places+LLM', { mixture: place, places })).toThrow(/of kind "place"/);
    expect(strategyMixture('IN+Places+LLM', { mixture: bare, places }).sources[0].concepts).toEqual([
      { name: 'owl', backgrounds: places },
    ]);
  });
});

describe('captionsWithBackground', () => {
  it('takes the captions of template c,bg, indices and all', () => {
    const records = CAPTION_TEMPLATES.map(
      (template, index): CaptionRecord => ({
        index,
        caption: 'A',
        concept: 'owl',
        source: 's',
        template,
        examples: [],
      }),
    );
    const { config, records: taken } = captionsWithBackground({ config: { seed: 1 }, records });
    expect(config).toEqual({ seed: 1, only: 'c,bg' });
    expect(taken).toEqual([records[1]]);
  });
});

describe('joinedNames', () => {
  const lists = { concepts: ['tench', 'bed'], hypernymOf: (name: string) => `${name} kind`, places };

  it('has each pair once before any comes again', () => {
    const captions = joinedNames({ ...lists, count: 15 });
    const texts = captions.map(({ caption }) => caption);
    expect(texts.slice(0, 6).sort()).toEqual([
      'bed, bed kind inside airport',
      'bed, bed kind inside moon',
      'bed, bed kind inside sea',
      'tench, tench kind inside airport',
      'tench, tench kind inside moon',
      'tench, tench kind inside sea',
    ]);
    expect(texts.slice(6, 12)).toEqual(texts.slice(0, 6));
    expect(texts.slice(12)).toEqual(texts.slice(0, 3));
    expect(captions.map(({ index }) => index)).toEqual([...Array(15).keys()]);
    for (const { caption, concept, background } of captions) {
      expect(caption).toBe(`${concept}, ${concept} kind inside ${background}`);
    }
  });

  it('is in another order for another seed, and in another form on demand', () => {
    const order = (seed: number) => joinedNames({ ...lists, seed }).map(({ caption }) => caption);
    expect(order(1)).not.toEqual(order(2));
    expect(order(1)).toEqual(order(1));
    const [first] = joinedNames({ ...lists, places: ['sea'], concepts: ['bed'], join: (...names) => names.join('/') });
    expect(first).toEqual({
      index: 0,
      caption: 'bed/bed kind/sea',
      concept: 'bed',
      source: 'joined names',
      background: 'sea',
      examples: [],
    });
  });

  it.each([{ concepts: [] }, { places: [] }, { count: 0 }, { hypernymOf: () => undefined }])('refuses %o', (wrong) => {
    expect(() => joinedNames({ ...lists, ...wrong })).toThrow(InputError);
  });
});
