import { describe, expect, it } from 'vitest';
import { BACKGROUNDS } from '../../lib/data/backgrounds/index.js';
import { worldConcepts } from '../../lib/data/concepts.js';
import { GENERATOR_FAMILIES, HELD_OUT_FAMILIES } from '../../lib/data/families.js';
import { sceneFacts, templateCaption, withArticle } from '../../lib/data/sceneCaptions.js';
import { generatorScenes, realScenes } from '../../lib/data/scenes.js';
import { generatorAllowance, realAllowance } from '../../lib/data/splits.js';
import { InputError } from '../../lib/errors.js';
import { rng } from '../../lib/random/rng.js';
import { sha256 } from '../../lib/runs/files.js';

const all = worldConcepts();
const concepts = worldConcepts({ count: 6 });
const options = { concepts, count: 60, seed: 7, size: 32 };

describe('splits', () => {
  it('keep drawings and compositions of test apart from those of train and val', () => {
    for (const concept of all) {
      const [train, val, test] = (['train', 'val', 'test'] as const).map((split) => realAllowance(concept, split));
      expect([...train.families, ...test.families].sort()).toEqual([...HELD_OUT_FAMILIES].sort());
      expect(test.families).toHaveLength(1);
      expect(val.families).toEqual(train.families);
      const pairs = [...train.backgrounds, ...val.backgrounds, ...test.backgrounds];
      expect(pairs.slice().sort()).toEqual(BACKGROUNDS.map((background) => background.name).sort());
      expect(test.backgrounds.length / pairs.length).toBeCloseTo(0.25, 5);
    }
    // Every style is held out about as often.
    for (const family of HELD_OUT_FAMILIES) {
      const share = all.filter((concept) => realAllowance(concept, 'test').families[0] === family).length / all.length;
      expect(Math.abs(share - 1 / 3)).toBeLessThan(0.07);
    }
  });

  it('show the generator its own families only, and never a tenth of the pairs', () => {
    let shown = 0;
    for (const concept of all) {
      const { families, backgrounds } = generatorAllowance(concept);
      for (const family of families) expect(GENERATOR_FAMILIES).toContain(family);
      expect(families.length).toBeGreaterThanOrEqual(3);
      shown += backgrounds.length;
    }
    expect(Math.abs(shown / (all.length * BACKGROUNDS.length) - 0.9)).toBeLessThan(0.01);
  });

  it('of a concept do not depend on which other concepts are used', () => {
    expect(realAllowance(all[3], 'test')).toEqual(realAllowance(worldConcepts({ count: 4 })[3], 'test'));
    expect(realAllowance(all[3], 'test', 1)).not.toEqual(realAllowance(all[3], 'test', 0));
  });
});

describe('scene sets', () => {
  it('give scene i as a pure function of (seed, split, i)', async () => {
    const set = await realScenes({ ...options, split: 'train' });
    const again = await realScenes({ ...options, split: 'train', count: 1000 });
    const late = again.render(41).image;
    expect(set.batch([3, 41]).images.subarray(32 * 32 * 3)).toEqual(late);
    expect(set.spec(41)).toEqual(again.spec(41));
    const seeded = await realScenes({ ...options, split: 'train', seed: 8 });
    expect(seeded.spec(41)).not.toEqual(set.spec(41));
    const val = await realScenes({ ...options, split: 'val' });
    expect(val.spec(41)).not.toEqual(set.spec(41));
  });

  it('show only what their split allows, also with several objects', async () => {
    for (const objects of [1, [1, 4]] as const) {
      const test = await realScenes({ ...options, split: 'test', objects });
      const counts = new Set<number>();
      for (let i = 0; i < test.length; i++) {
        const spec = test.spec(i);
        counts.add(spec.objects.length);
        expect(spec.objects[0].concept).toBe(test.classes[test.labels[i]]);
        for (const object of spec.objects) {
          const allowed = realAllowance(concepts.find((concept) => concept.name === object.concept)!, 'test');
          expect(allowed.families).toContain(object.family);
          expect(allowed.backgrounds).toContain(spec.background);
        }
      }
      if (objects === 1) expect([...counts]).toEqual([1]);
      else expect(Math.max(...counts)).toBeGreaterThan(1);
    }
  });

  it('show one place where that is allowed', async () => {
    const [{ name }] = BACKGROUNDS;
    const allowance = (concept: (typeof concepts)[number]) => ({ ...generatorAllowance(concept), backgrounds: [name] });
    const set = await generatorScenes({ ...options, allowance });
    const specs = Array.from({ length: set.length }, (_, i) => set.spec(i));
    expect(new Set(specs.map(({ background }) => background))).toEqual(new Set([name]));
    for (const { objects } of specs) expect(GENERATOR_FAMILIES).toContain(objects[0].family);
  });

  it('balance classes and batch images with their labels', async () => {
    const set = await generatorScenes(options);
    const counts = new Array(concepts.length).fill(0);
    for (const label of set.labels) counts[label]++;
    expect(counts).toEqual(new Array(concepts.length).fill(10));
    const { images, labels, backgrounds, masks, specs } = set.batch([5, 6, 59]);
    expect([images.length, masks.length]).toEqual([3 * 32 * 32 * 3, 3 * 32 * 32]);
    expect([...labels]).toEqual([5, 0, 5]);
    expect([...backgrounds].map((b) => BACKGROUNDS[b].name)).toEqual(specs.map((spec) => spec.background));
    expect(masks.subarray(0, 1024)).toEqual(set.render(5).mask);
    expect(masks.some((label) => label === 1)).toBe(true);
  });

  it('draw the specification that was drawn when results were committed', async () => {
    // Golden: a change here changes every scene, so every committed result.
    const set = await generatorScenes({ ...options, concepts: worldConcepts({ count: 100 }), count: 2 ** 31 });
    expect(sha256(JSON.stringify([0, 1, 2 ** 31 - 1].map((i) => set.spec(i))))).toMatchInlineSnapshot(
      `"551050037c28f526d5f7b304be683721fd7ce142cf022c107b0a6c632a9dafb0"`,
    );
  });

  it('refuse options that make no sense', async () => {
    await expect(generatorScenes({ ...options, concepts: [] })).rejects.toThrow(InputError);
    await expect(generatorScenes({ ...options, count: 0 })).rejects.toThrow(InputError);
    await expect(generatorScenes({ ...options, objects: 5 })).rejects.toThrow(InputError);
    await expect(generatorScenes({ ...options, objects: [3, 2] })).rejects.toThrow(InputError);
    const set = await generatorScenes(options);
    expect(() => set.render(60)).toThrow(RangeError);
    expect(() => set.batch([-1])).toThrow(RangeError);
  });
});

describe('captions of scenes', () => {
  it('say what is there: every object, and the place by one of its words or phrases', async () => {
    const set = await generatorScenes({ ...options, objects: [1, 4] });
    const captions = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const facts = sceneFacts(set.spec(i), concepts);
      const caption = templateCaption(rng(0, 'caption', i), facts);
      captions.add(caption);
      for (const object of facts.objects) {
        expect(caption).toContain(withArticle(object.concept));
        expect(object.category).toBe(concepts.find((concept) => concept.name === object.concept)!.category);
      }
      const { words, phrases } = BACKGROUNDS.find((background) => background.name === facts.background)!;
      expect([...words, ...phrases].some((text) => caption.includes(text))).toBe(true);
    }
    expect(captions.size).toBeGreaterThan(40);
  });

  it('use articles as English does', () => {
    expect(['castle', 'owl', 'unicorn', 'umbrella', 'grapes', 'sun'].map(withArticle)).toEqual([
      'a castle',
      'an owl',
      'a unicorn',
      'an umbrella',
      'grapes',
      'the sun',
    ]);
  });
});
