import path from 'node:path';
import sharp from 'sharp';
import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import { readJson } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';
import { composeScene, type Scene, type SceneSpec } from './compose.js';
import { conceptsNamed, type WorldConcept } from './concepts.js';
import { drawPoses, POSE_RANGES } from './pose.js';
import { realAllowance } from './splits.js';
import { fitSprite } from './spriteRender.js';
import type { Sprite } from './sprites.js';

/** A picture with alpha of a concept of the world: a drawing by one of many hands, or a photograph that was cut out. */
export interface Drawing {
  readonly concept: string;
  /** below its folder; it tells the picture apart */
  readonly file: string;
}

const FOLDER = projectPath('data', 'drawings');

/** The committed drawings of data/drawings, in the order of the world's concepts; see its README. */
export function readDrawings(folder = FOLDER): Drawing[] {
  const rows = readJson<{ file: string }[]>(path.join(folder, 'origin.json'));
  return rows.map(({ file }) => ({ concept: path.dirname(file), file }));
}

/** Test scenes of drawings, each before some backgrounds. */
export interface DrawnScenes {
  readonly length: number;
  readonly size: number;
  readonly classes: readonly string[];
  /** which drawing a scene shows: an index into `drawings`, [length] */
  readonly shown: Int32Array;
  readonly drawings: readonly Drawing[];
  /** [length] */
  readonly labels: Int32Array;
  render(index: number): Scene;
  batch(indices: readonly number[]): { images: Uint8Array; labels: Int32Array };
}

/**
 * Scenes of drawings that no family made: a style that neither generator, encoder nor classifier has met, and a new one with every
 * hand. Backgrounds are those of the concept's test split, poses as in real scenes.
 *
 * @param each scenes of every drawing
 * @param concepts in the order of the labels; those that somebody drew, by default
 * @param drawings other pictures with alpha than the committed ones, below `folder`
 */
export async function drawnScenes({
  each,
  seed,
  size = 64,
  concepts = drawnConcepts(),
  drawings: all = readDrawings(),
  folder = FOLDER,
}: {
  each: number;
  seed: number;
  size?: number;
  concepts?: readonly WorldConcept[];
  drawings?: readonly Drawing[];
  folder?: string;
}): Promise<DrawnScenes> {
  const label = new Map(concepts.map(({ name }, i) => [name, i]));
  const drawings = all.filter(({ concept }) => label.has(concept));
  if (drawings.length === 0 || !(Number.isInteger(each) && each >= 1)) {
    throw new InputError({
      where: 'drawnScenes',
      expected: 'concepts with drawings, and one or more scenes of each drawing',
      found: `${drawings.length} drawings, ${each} scenes of each`,
      fix: 'drawnConcepts() lists the concepts that are drawn',
    });
  }
  // Sprites come at 1.5 times the scene: sharp where a drawing fills the picture.
  const sprites = await loadSprites(drawings, { folder, size: Math.round(1.5 * size) });
  const length = each * drawings.length;
  const spec = (index: number): SceneSpec<string> => {
    const { concept, file } = drawings[index % drawings.length];
    const draw = rng(seed, 'drawn scene', file, Math.floor(index / drawings.length));
    const { backgrounds } = realAllowance(concepts[label.get(concept)!], 'test');
    const background = draw.choice(backgrounds);
    const backgroundSeed = draw.int(2 ** 31);
    return {
      background,
      backgroundSeed,
      objects: [{ concept, family: file, pose: drawPoses(draw, POSE_RANGES.wide, 1)[0] }],
    };
  };
  const render = (index: number) => composeScene(spec(index), sprites, { size });
  const shown = Int32Array.from({ length }, (_, i) => i % drawings.length);
  const labels = shown.map((drawing) => label.get(drawings[drawing].concept)!);
  return {
    length,
    size,
    classes: concepts.map(({ name }) => name),
    shown,
    drawings,
    labels,
    render,
    batch(indices) {
      const images = new Uint8Array(indices.length * size * size * 3);
      indices.forEach((index, b) => {
        images.set(render(index).image, b * size * size * 3);
      });
      return { images, labels: Int32Array.from(indices, (index) => labels[index]) };
    },
  };
}

/** How many of its scenes a classifier has right of each drawing. @param correct [length], 1 where a scene is right */
export function rightByDrawing(
  { drawings, shown }: Pick<DrawnScenes, 'drawings' | 'shown'>,
  correct: Uint8Array,
): number[] {
  const right = drawings.map(() => 0);
  correct.forEach((flag, i) => {
    right[shown[i]] += flag;
  });
  return right;
}

/** The concepts that somebody drew, in the world's order. */
export function drawnConcepts(): WorldConcept[] {
  return conceptsNamed([...new Set(readDrawings().map(({ concept }) => concept))]);
}

async function loadSprites(drawings: readonly Drawing[], { folder, size }: { folder: string; size: number }) {
  const sprites = new Map<string, Sprite>();
  for (const { file } of drawings) sprites.set(file, { size, data: await readCutOut(path.join(folder, file), size) });
  return { size, get: (_: string, file: string) => sprites.get(file)! };
}

/** A picture with alpha, as a sprite: see `fitSprite`. @returns [size, size, 4] bytes, RGB premultiplied */
export async function readCutOut(file: string, size: number): Promise<Uint8Array> {
  const { data, info } = await sharp(file)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return fitSprite(data, info, size);
}
