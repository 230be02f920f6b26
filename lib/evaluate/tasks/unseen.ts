import { type WorldConcept, worldConcepts } from '../../data/concepts.js';
import { HELD_OUT_FAMILIES } from '../../data/families.js';
import { realAllowance } from '../../data/splits.js';
import { fashionTask } from './fashionMnist.js';
import { sceneTask } from './sceneTask.js';
import type { EvaluationTask } from './task.js';

/** Captions of the laptop tier name the world's first 200 concepts; what comes after them was never synthesised. */
export const NAMED_CONCEPTS = 200;

const unseen = 'unseen' as const;

/** The keycap emoji 0 … 9: no concepts of the world, drawn by the held-out families. */
function digits(): WorldConcept[] {
  return Array.from({ length: 10 }, (_, digit) => ({
    name: `digit ${digit}`,
    category: 'digit',
    codepoint: (0x30 + digit).toString(16),
    icons: Object.fromEntries(HELD_OUT_FAMILIES.map((family) => [family, `keycap-${digit}`])),
  }));
}

/**
 * One family is in test for all digits alike. The world's own division draws it for each concept, and where classes are
 * few and look alike, a classifier that goes by the style is then wrong more often than by chance.
 */
const byFamily: typeof realAllowance = (concept, split, splitSeed) => ({
  ...realAllowance(concept, split, splitSeed),
  families: split === 'test' ? HELD_OUT_FAMILIES.slice(2) : HELD_OUT_FAMILIES.slice(0, 2),
});

const DISTANCES = ['near', 'middle', 'far', 'very far'];
const [NEAREST, FARTHEST] = [0.9, 0.3];
const TURNS = 8;

/**
 * Six tasks in the places of Table 9's six, on what the captions never named. They are not its subjects: no satellite, no
 * traffic sign and no map is among the emoji.
 */
export const UNSEEN_TASKS: readonly EvaluationTask[] = [
  sceneTask({
    name: 'unnamed concepts',
    group: unseen,
    mirrors: 'GTSRB, Country211: classes that no caption named, sixty of the concepts after the first 200.',
    metric: 'accuracy',
    concepts: () => worldConcepts().slice(NAMED_CONCEPTS, NAMED_CONCEPTS + 60),
  }),
  sceneTask({
    name: 'counting',
    group: unseen,
    mirrors: 'No set of the paper: how many of one to four objects. Objects are smaller where they are more.',
    metric: 'accuracy',
    concepts: () => worldConcepts({ count: NAMED_CONCEPTS }),
    objects: [1, 4],
    question: { classes: ['one', 'two', 'three', 'four'], answer: ({ objects }) => objects.length - 1 },
  }),
  sceneTask({
    name: 'distance',
    group: unseen,
    mirrors: 'KITTI distance: how near the object is, in four steps of its size. Things here have no true size.',
    metric: 'accuracy',
    concepts: () => worldConcepts({ count: NAMED_CONCEPTS }),
    pose: { scale: [FARTHEST, NEAREST], tilt: 0.2, flip: 0.5, shift: 1 },
    question: {
      classes: DISTANCES,
      answer: ({ objects }) => {
        const away = (NEAREST - objects[0].pose.scale) / (NEAREST - FARTHEST);
        return Math.min(DISTANCES.length - 1, Math.floor(away * DISTANCES.length));
      },
    },
  }),
  sceneTask({
    name: 'digits',
    group: unseen,
    mirrors: 'MNIST: keycaps 0 to 9 before the backgrounds of the world; printed, not written by hand.',
    metric: 'accuracy',
    concepts: digits,
    allowance: byFamily,
  }),
  fashionTask(),
  sceneTask({
    name: 'turning',
    group: unseen,
    mirrors: 'EuroSAT, RESISC45 show their subjects from above, any way round: here, which way the object is turned.',
    metric: 'accuracy',
    concepts: () => worldConcepts({ count: NAMED_CONCEPTS }),
    pose: { scale: [0.55, 0.7], tilt: Math.PI, flip: 0.5, shift: 1 },
    question: {
      classes: Array.from({ length: TURNS }, (_, i) => `${(i * 360) / TURNS} degrees`),
      answer: ({ objects }) => {
        const turn = Math.round((objects[0].pose.angle / (2 * Math.PI)) * TURNS);
        return ((turn % TURNS) + TURNS) % TURNS;
      },
    },
  }),
];
