import { expect, it } from 'vitest';
import { worldConcepts } from '../../../../lib/data/concepts.js';
import { conceptsByLogits, imagenetClasses } from '../../../../lib/tiers/judging/photographs/secondJudge.js';

it('imagenetClasses: concepts that captions name, classes of ImageNet in its order, none of two concepts', () => {
  const classes = imagenetClasses();
  const named = worldConcepts({ count: 200 }).map(({ name }) => name);
  expect([...classes.keys()].filter((concept) => !named.includes(concept))).toEqual([]);
  expect(classes.size).toBeGreaterThan(60);
  expect(classes.get('banana')).toEqual([954]);
  expect(classes.get('tiger')).toEqual([292]);
  const all = [...classes.values()].flat();
  expect(new Set(all).size).toBe(all.length);
});

it('conceptsByLogits: classes of a concept add up, and classes of none count for nothing', () => {
  const logits = new Float32Array(2 * 1000);
  logits.set([3, 2.5, 2.5], 10); // 11 and 12 together outweigh 10
  logits[999] = 50; // of no concept
  logits[1000 + 10] = 200; // nothing overflows
  const classes = new Map([
    ['a', [10]],
    ['b', [11, 12]],
  ]);
  expect(conceptsByLogits(logits, classes)).toEqual(['b', 'a']);
});
