import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import { worldConcepts } from '../../data/concepts.js';
import { HELD_OUT_FAMILIES } from '../../data/families.js';
import { sceneTask } from './sceneTask.js';
import type { EvaluationTask } from './task.js';

const of = (...categories: string[]) => worldConcepts({ categories });
const backgrounds = BACKGROUNDS.map(({ name }) => name);
const fineGrained = 'fine-grained' as const;

/**
 * Nine tasks of the emoji world in the places of Table 6's nine, each with the metric of its place. They mirror the
 * kind of question (kinds of one thing, places, textures, many objects), not its difficulty: classes are 3 to 90 where
 * the paper has up to 397, and pictures are drawings.
 */
export const FINE_GRAINED_TASKS: readonly EvaluationTask[] = [
  sceneTask({
    name: 'aircraft and boats',
    group: fineGrained,
    mirrors: 'Aircraft: kinds of one sort of vehicle. The world has too few aircraft alone, so boats join them.',
    metric: 'mean per class',
    concepts: () => of('aircraft or boat'),
  }),
  sceneTask({
    name: 'vehicles',
    group: fineGrained,
    mirrors: 'Cars: kinds of land vehicles, not makes and years.',
    metric: 'accuracy',
    concepts: () => of('land vehicle'),
  }),
  sceneTask({
    name: 'styles',
    group: fineGrained,
    mirrors: 'DTD: how the surface looks, whatever is drawn; the classes are the three held-out families of drawings.',
    metric: 'accuracy',
    concepts: () => worldConcepts({ count: 100 }),
    question: {
      classes: HELD_OUT_FAMILIES,
      answer: ({ objects }) => HELD_OUT_FAMILIES.indexOf(objects[0].family),
    },
  }),
  sceneTask({
    name: 'plants',
    group: fineGrained,
    mirrors: 'Flowers: kinds of plants; flowers, trees and leaves.',
    metric: 'mean per class',
    concepts: () => of('plant'),
  }),
  sceneTask({
    name: 'mammals',
    group: fineGrained,
    mirrors: 'Pets: kinds of animals that look alike; species, not breeds.',
    metric: 'mean per class',
    concepts: () => of('mammal'),
  }),
  sceneTask({
    name: 'places',
    group: fineGrained,
    mirrors: 'SUN397: the place of a picture; twelve drawn backgrounds, with an object in front.',
    metric: 'accuracy',
    concepts: () => worldConcepts({ count: 100 }),
    question: { classes: backgrounds, answer: ({ background }) => backgrounds.indexOf(background) },
  }),
  sceneTask({
    name: 'things',
    group: fineGrained,
    mirrors: 'Caltech-101: everyday objects. Drawn without replacement, and without a background class.',
    metric: 'mean per class',
    concepts: () => of('tool', 'household', 'electronics', 'clothing').slice(0, 90),
  }),
  sceneTask({
    name: 'dishes',
    group: fineGrained,
    mirrors: 'Food-101: dishes, sweets and drinks.',
    metric: 'accuracy',
    concepts: () => of('food', 'sweet or drink'),
  }),
  sceneTask({
    name: 'many objects',
    group: fineGrained,
    mirrors: 'VOC2007: twenty classes, one to four of them in a picture, each against the rest. None is difficult.',
    metric: '11-point mAP',
    concepts: () => worldConcepts({ count: 20 }),
    objects: [1, 4],
    multiLabel: true,
  }),
];
