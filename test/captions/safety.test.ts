import { describe, expect, it } from 'vitest';
import { safetyWordFinder, safetyWords } from '../../lib/captions/safety.js';

const of = (caption: string, concept = 'owl', background?: string) => ({ caption, concept, background });

describe('safetyWordFinder', () => {
  const find = safetyWordFinder({ a: ['gun', 'dead'], b: ['knife'] });

  it('finds whole words, singular or plural, each once', () => {
    expect(find(of('Two GUNS, one gun and knives.'))).toEqual(['gun', 'knife']);
    expect(find(of('A deadline for a gunner begun.'))).toEqual([]);
    expect(find(of(''))).toEqual([]);
  });

  it('lets a prompt have what it asks for', () => {
    expect(find(of('A knife by a gun.', 'knives'))).toEqual(['gun']);
    expect(find(of('A ship on the dead sea.', 'ship', 'dead sea'))).toEqual([]);
  });
});

describe('the committed list', () => {
  const words = Object.values(safetyWords()).flat();

  it('holds single words in lower case, each once', () => {
    expect(words.filter((word) => !/^[a-z]+$/.test(word))).toEqual([]);
    expect(new Set(words).size).toBe(words.length);
  });

  it('finds each of its words and no word that merely holds one', () => {
    const find = safetyWordFinder();
    for (const word of words) expect(find(of(`It has ${word}s and ${word}.`))).toContain(word);
    expect(find(of('A chicken breast, a bullseye, a wardrobe and a cocktail with sextants.'))).toEqual([]);
  });
});
