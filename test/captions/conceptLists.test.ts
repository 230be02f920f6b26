import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hypernymOf } from '../../lib/captions/concepts/hypernyms.js';
import {
  type ConceptFile,
  conceptLines,
  conceptNames,
  imageNet21kConcepts,
  placeConcepts,
  publishedLists,
} from '../../lib/captions/concepts/publishedLists.js';
import { checkBackgrounds, drawConcept, publishedMixture } from '../../lib/captions/mixture.js';
import { worldConcepts } from '../../lib/data/concepts.js';
import { InputError } from '../../lib/errors.js';
import { rng } from '../../lib/random/rng.js';
import { readJson, sha256 } from '../../lib/runs/files.js';
import { projectPath } from '../../lib/runs/paths.js';

/** Sizes and hashes of the lists by an independent reading of the same files (golden/make_concept_lists.py). */
const golden = readJson<Record<string, { lines: number; unique: number; sha256: string }>>(
  projectPath('test', 'captions', 'golden', 'concept_lists.json'),
);
const measured = (names: readonly string[]) => ({
  lines: names.length,
  unique: new Set(names).size,
  sha256: sha256(names.join('\n')),
});
const lists = publishedLists();
const namesOf = (source: keyof typeof lists) => lists[source].map(({ name }) => name);

describe('the data files', () => {
  const { files } = readJson<{ files: Record<string, { concepts: number; bytes: number; sha256: string }> }>(
    projectPath('data', 'concepts', 'manifest.json'),
  );

  it.each(Object.entries(files))('%s is the file of the manifest', (name, { concepts, bytes, sha256: hash }) => {
    const content = readFileSync(projectPath('data', 'concepts', name));
    expect(content.length).toBe(bytes);
    expect(sha256(content)).toBe(hash);
    expect(conceptLines(name.replace(/\.\w+$/, '') as ConceptFile)).toHaveLength(concepts);
  });
});

describe('the published lists', () => {
  // [lines, different names] as counted in the published code's files.
  it.each([
    ['in-1k', conceptNames('in-1k'), 1000, 998],
    ['places-365', conceptNames('places-365'), 351, 346],
    ['sun-397', conceptNames('sun-397'), 397, 377],
    ['places', placeConcepts(), 457, 457],
    ['food', conceptNames('food-101'), 101, 101],
    ['cars', conceptNames('cars'), 196, 196],
    ['aircraft', conceptNames('aircraft'), 100, 100],
    ['flowers', conceptNames('flowers'), 102, 102],
    ['dtd', conceptNames('dtd'), 47, 47],
  ] as const)('%s has the published size and the names of the golden reading', (source, names, lines, unique) => {
    expect(measured(names)).toEqual({ ...golden[source], lines, unique });
  });

  it('Pets and Caltech-101 have 37 and 102 names', () => {
    expect(new Set(conceptNames('pets')).size).toBe(37);
    expect(new Set(conceptNames('caltech-101')).size).toBe(102);
    expect(conceptNames('caltech-101')).toContain('head of a crocodile');
  });

  it('clean names as the published code does', () => {
    const repeated = conceptNames('in-1k').filter((name, i, all) => all.indexOf(name) !== i);
    expect(repeated).toEqual(['missile', 'sunglasses']);
    expect(namesOf('cars')).toContain('Ram C/V Cargo Van Minivan 2012 car');
    expect(namesOf('aircraft')).toContain('F-16A/B aircraft');
    expect(namesOf('places')).toEqual(
      expect.arrayContaining([
        'apartment building',
        'soccer stadium',
        'stadium baseball',
        'theater procenium',
        'desert',
      ]),
    );
    expect(namesOf('places').filter((name) => /[_/\d]| (in|out)door/.test(name))).toEqual([]);
  });

  it('feed the published mixture under either shares', () => {
    const templates = { c: 0.8, 'c,rel': 0.2, 'c,bg': 0 };
    for (const shares of ['code', 'table11'] as const) {
      const mixture = publishedMixture({ lists, shares, templates });
      expect(() => checkBackgrounds(mixture)).not.toThrow();
      const drawn = new Set(Array.from({ length: 300 }, (_, i) => drawConcept(mixture, rng(0, i)).source.name));
      expect(drawn).toContain('in-21k');
      expect(drawn).toContain('places');
    }
    expect(() => checkBackgrounds(publishedMixture({ lists }))).toThrow(InputError);
  });
});

describe('ImageNet-21k and others', () => {
  const names = namesOf('in-21k');
  const first = names.slice(0, 13_000);

  it('is the golden reading', () => {
    expect(measured(names)).toEqual(golden['in-21k']);
  });

  it('adds to 13 000 names what Caltech-101 and Pets have more, each name once', () => {
    const lower = names.map((name) => name.toLowerCase());
    expect(new Set(lower).size).toBe(names.length);
    expect(names.slice(13_000)).toEqual(expect.arrayContaining(['stop sign', 'Ragdoll']));
    expect(names.slice(13_000)).not.toContain('background');
    const others = [...conceptNames('caltech-101').slice(1), ...conceptNames('pets')];
    expect(lower).toEqual(expect.arrayContaining(others.map((name) => name.toLowerCase())));
  });

  it('keeps every class with many images and every one that WordNet met', () => {
    const kept = new Set(first.map((name) => name.toLowerCase()));
    const rows = conceptLines('in-21k').map((line) => line.split('\t'));
    const frequent = rows.filter(([, , , used, manyImages]) => used !== '0' || manyImages === '1');
    expect(frequent.length).toBeGreaterThan(11_000);
    expect(frequent.filter(([name]) => !kept.has(name.toLowerCase()))).toEqual([]);
  });

  it('a shorter list is the beginning of a longer one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 13_000 }), (count) => {
        expect(imageNet21kConcepts(count).slice(0, count)).toEqual(first.slice(0, count));
      }),
      { numRuns: 8 },
    );
  });

  it.each([0, -1, 2.5, Number.NaN, 1_000_000])('refuses to keep %s', (count) => {
    expect(() => publishedLists({ imageNet21k: count })).toThrow(InputError);
  });
});

describe('hypernyms', () => {
  it.each([
    ['bat', 'placental'],
    ['mouse', 'rodent'],
    ['turtle', 'chelonian'],
    ['crown', 'jewelled headdress'],
    ['diamond', 'jewel'],
    ['ring', 'jewelry'],
    ['kiwi', 'edible fruit'],
    ['bank', 'depository'],
    ['van', 'bus'],
    ['pumpkin', 'lantern'],
    ['red apple', 'apple'],
    ['winking face', 'emoticon'],
  ])('of the emoji %s: %s', (name, hypernym) => {
    expect(hypernymOf(name, 'world')).toBe(hypernym);
  });

  it.each([
    ['tench', 'cyprinid'],
    ['crane bird', 'wading bird'],
    ['construction crane', 'lifting device'],
    ['sunglasses', 'spectacles'],
    ['duck', 'anseriform bird'],
    ['toilet paper', 'tissue'],
  ])('of ImageNet’s %s: %s', (name, hypernym) => {
    expect(hypernymOf(name, 'in-1k')).toBe(hypernym);
  });

  it('every concept of both lists has one, and it says another word', () => {
    const world = worldConcepts().map(({ name }) => [name, hypernymOf(name, 'world')]);
    const imageNet = conceptNames('in-1k').map((name) => [name, hypernymOf(name, 'in-1k')]);
    expect(world).toHaveLength(444);
    for (const [name, hypernym] of [...world, ...imageNet]) {
      expect(hypernym).toMatch(/^\S(.*\S)?$/);
      expect(hypernym.toLowerCase()).not.toBe(name.toLowerCase());
    }
  });

  it('a name that a list lacks is an InputError', () => {
    expect(() => hypernymOf('tench', 'world')).toThrow(InputError);
    expect(() => hypernymOf('Tench', 'in-1k')).toThrow(/in-1k/);
  });
});
