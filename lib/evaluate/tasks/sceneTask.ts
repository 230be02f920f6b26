import type { SceneSpec } from '../../data/compose.js';
import type { WorldConcept } from '../../data/concepts.js';
import type { PoseName, PoseRange } from '../../data/pose.js';
import { realScenes, type SceneSet } from '../../data/scenes.js';
import type { RealSplit, realAllowance } from '../../data/splits.js';
import { sha256 } from '../../runs/files.js';
import type { LabelledImages } from '../features.js';
import type { EvaluationTask, SplitSizes } from './task.js';

export interface SceneTask extends Pick<EvaluationTask, 'name' | 'group' | 'mirrors' | 'metric'> {
  /** Called when the task is opened, so that naming tasks reads no file. */
  readonly concepts: () => readonly WorldConcept[];
  readonly pose?: PoseName | PoseRange;
  readonly objects?: number | readonly [number, number];
  /** Another question than which concept the first object is. */
  readonly question?: { readonly classes: readonly string[]; readonly answer: (scene: SceneSpec) => number };
  /** Every object counts, not the first alone. */
  readonly multiLabel?: boolean;
  readonly sizes?: SplitSizes;
  /** Another division into splits than the world's own. */
  readonly allowance?: typeof realAllowance;
}

/** Pictures of a task in the emoji world: small sets, in the proportions of the paper's smaller ones. */
const SIZES: SplitSizes = { train: 1000, validation: 300, test: 600 };

/**
 * A task on real scenes: families that neither generator nor encoder has seen; see `realAllowance` for the splits, and
 * `OpenTask` for what the test shows.
 */
export function sceneTask({ concepts, sizes: own = SIZES, ...task }: SceneTask): EvaluationTask {
  const { name, group, mirrors, metric, pose, objects, allowance } = task;
  return {
    name,
    group,
    mirrors,
    metric,
    async open({ size, share = 1, sizes = own, seed = 0, drawings = 'unseen' }) {
      const chosen = concepts();
      const split = async (of: RealSplit, most: number, sceneSeed = seed) => {
        const count = Math.max(chosen.length, Math.round(share * most));
        return labelled(
          await realScenes({ split: of, concepts: chosen, count, seed: sceneSeed, size, pose, objects, allowance }),
          task,
        );
      };
      return {
        train: await split('train', sizes.train),
        validation: await split('val', sizes.validation),
        // λ is chosen on `validation`: a test of the same drawings has other scenes of its split. Style and place are asked
        // of unseen drawings always: of known ones they could be known by heart.
        test:
          drawings === 'known' && !task.question
            ? await split('val', sizes.test, seed + 1)
            : await split('test', sizes.test),
      };
    },
  };
}

/** Scenes as a split of a classification; by default of which concept their first object is. */
export function labelled(
  scenes: SceneSet,
  { question, multiLabel }: Pick<SceneTask, 'question' | 'multiLabel'> = {},
): LabelledImages {
  const { length, size } = scenes;
  const classes = question?.classes ?? scenes.classes;
  const place = new Map(classes.map((name, i) => [name, i]));
  const specs = () => Array.from({ length }, (_, i) => scenes.spec(i));
  let identity: string | undefined;
  return {
    length,
    size,
    classes,
    get identity() {
      identity ??= sha256(JSON.stringify(specs()));
      return identity;
    },
    batch(indices) {
      const { images, labels, specs } = scenes.batch(indices);
      if (question) return { images, labels: Int32Array.from(specs, question.answer) };
      if (!multiLabel) return { images, labels };
      const relevant = new Uint8Array(specs.length * classes.length);
      specs.forEach(({ objects }, i) => {
        for (const { concept } of objects) relevant[i * classes.length + place.get(concept)!] = 1;
      });
      return { images, labels, relevant };
    },
  };
}
