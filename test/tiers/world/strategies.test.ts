import { describe, expect, it } from 'vitest';
import { captionNames, strategyMixture, type WrittenStrategy } from '../../../lib/captions/index.js';
import { BACKGROUNDS } from '../../../lib/data/index.js';
import { worldAltTexts, worldJoinedNames, worldMixture } from '../../../lib/tiers/index.js';

describe('the caption sets of Table 2 in the emoji world', () => {
  it('have the concepts of ours', () => {
    const names = (mixture: ReturnType<typeof worldMixture>) =>
      mixture.sources.map(({ name, share, concepts }) => [name, share, concepts.map((concept) => concept.name)]);
    const ours = worldMixture({ count: 40 });
    const places = BACKGROUNDS.map(({ name }) => name);
    const written = (strategy: WrittenStrategy) => strategyMixture(strategy, { mixture: ours, places });
    expect(written('ours')).toEqual(ours);
    for (const strategy of ['IN+OurBG+LLM', 'IN+Places+LLM'] as const) {
      const mixture = written(strategy);
      expect(names(mixture)).toEqual(names(ours));
      expect(mixture.templates).toEqual({ c: 0, 'c,rel': 0, 'c,bg': 1 });
    }
    const [anywhere] = written('IN+Places+LLM').sources;
    expect(anywhere.concepts[0].backgrounds).toEqual(places);
    expect(written('IN+OurBG+LLM').sources).toEqual(ours.sources);
  });

  it('have joined names of every concept in every place', () => {
    const captions = worldJoinedNames();
    expect(captions).toHaveLength(200 * 12);
    expect(new Set(captions.map(({ caption }) => caption)).size).toBe(200 * 12);
    expect(captions.map(({ caption }) => caption)).toContain('panda, procyonid inside city street');
    expect(worldJoinedNames({ concepts: 3, count: 50 })).toHaveLength(50);
  });

  it('have real captions that say what is in a real scene', async () => {
    const captions = await worldAltTexts({ concepts: 5, count: 60 });
    expect(captions).toHaveLength(60);
    const words = new Map(BACKGROUNDS.map((background) => [background.name, background.words]));
    for (const { caption, concept, background = '' } of captions) {
      expect(captionNames(caption, concept)).toBe(true);
      const place = BACKGROUNDS.find(({ name }) => name === background);
      const said = [...(words.get(background) ?? []), ...(place?.phrases ?? [])];
      expect(said.some((phrase) => caption.includes(phrase))).toBe(true);
    }
    expect(new Set(captions.map(({ concept }) => concept)).size).toBe(5);
    // Caption i doesn't depend on how many there are.
    expect(await worldAltTexts({ concepts: 5, count: 10 })).toEqual(captions.slice(0, 10));
  });
});
