import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { conceptLines } from '../../../captions/concepts/publishedLists.js';
import { conceptsNamed } from '../../../data/concepts.js';
import { realScenes } from '../../../data/scenes.js';
import { openImageSet } from '../../../diffusion/imageSet.js';
import { InputError } from '../../../errors.js';
import { EFFICIENT_NET_SIZE, type EfficientNet } from '../../../evaluate/photographs/efficientNet.js';
import { type Share, shareOf } from '../../../evaluate/share.js';
import { readJson } from '../../../runs/files.js';
import { projectPath } from '../../../runs/paths.js';
import { readRunRecord, runRecord, writeRunRecord } from '../../../runs/record.js';
import { IMAGENET_KEY, openImagenetNetwork, openLooker } from './lookers.js';

/** What the second judge says: of true scenes, which tell whether it can judge drawings at all, and of generated pictures. */
export interface SecondVerdict {
  concepts: number;
  chance: number;
  trueScenes: Share;
  generated: Share;
}

const SETTINGS = { scenesOfConcept: 2, size: 64, images: 'synthesised-10000x4' };
const FILE = projectPath('paper-repro', 'results', 'laptop', 'photographs', 'second-judge.json');

/** Concepts of the first 200 that are classes of ImageNet, and which: chosen by hand, data/photographs/imagenet-classes.json. */
export function imagenetClasses(): Map<string, number[]> {
  const names = conceptLines('in-1k').map((line) => line.slice(0, line.indexOf('\t')));
  const file = projectPath('data', 'photographs', 'imagenet-classes.json');
  return new Map(
    Object.entries(readJson<Record<string, string[]>>(file)).map(([concept, classes]) => {
      const rows = classes.map((name) => names.indexOf(name));
      const unknown = classes[rows.indexOf(-1)];
      if (unknown === undefined) return [concept, rows];
      throw new InputError({
        where: file,
        expected: 'names of data/concepts/in-1k.tsv',
        found: unknown,
        fix: 'mend the name',
      });
    }),
  );
}

/**
 * The concept that each picture most looks like to the ImageNet network, among those that are its classes: the one whose classes
 * have most probability together.
 * @param logits [N, 1000]
 */
export function conceptsByLogits(logits: Float32Array, classes: ReadonlyMap<string, readonly number[]>): string[] {
  const all = [...classes];
  return Array.from({ length: logits.length / 1000 }, (_, i) => {
    const row = logits.subarray(i * 1000, (i + 1) * 1000);
    // Probabilities but for a factor that all share.
    const largest = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const weights = all.map(([, of]) => of.reduce((sum, c) => sum + Math.exp(row[c] - largest), 0));
    return all[weights.indexOf(Math.max(...weights))][0];
  });
}

/** Judges true scenes (test drawings of the held-out families) and the committed generated pictures; writes the record. */
export async function makeSecondVerdict({ seed = 0 }: { seed?: number } = {}): Promise<SecondVerdict> {
  const began = Date.now();
  const classes = imagenetClasses();
  const { hash, release } = await openLooker(IMAGENET_KEY);
  await release();
  const net = await openImagenetNetwork();
  try {
    const concepts = conceptsNamed([...classes.keys()]);
    const { size, scenesOfConcept } = SETTINGS;
    const scenes = await realScenes({ split: 'test', concepts, count: scenesOfConcept * concepts.length, seed, size });
    const shown = Array.from({ length: scenes.length }, (_, i) => scenes.render(i).image);
    const told = await judge(net, shown, size, classes);
    const right = told.filter((concept, i) => concept === scenes.classes[scenes.labels[i]]).length;

    const set = openImageSet(projectPath('data', 'images', SETTINGS.images));
    const held = set.captions.slice(0, set.config.shardCaptions);
    const asked = held.flatMap((caption, index) => {
      const concept = String(caption.concept);
      return classes.has(concept)
        ? Array.from({ length: set.imagesPerCaption }, (_, k) => ({ concept, index, k }))
        : [];
    });
    const pictures = await Promise.all(asked.map(({ index, k }) => set.image(index, k)));
    const said = await judge(net, pictures, set.size, classes);
    const metrics: SecondVerdict = {
      concepts: classes.size,
      chance: 1 / classes.size,
      trueScenes: shareOf(right, told.length),
      generated: shareOf(said.filter((concept, i) => concept === asked[i].concept).length, said.length),
    };
    const record = runRecord({
      name: 'photographs/second judge',
      tier: 'laptop',
      seed,
      config: { ...SETTINGS, classes: Object.fromEntries(classes) },
      inputs: { judge: hash },
      metrics,
      seconds: (Date.now() - began) / 1000,
    });
    writeRunRecord(FILE, record, { replace: true });
    return metrics;
  } finally {
    await net.release();
  }
}

/** The record's verdict, or why there is none. */
export function readSecondVerdict(): SecondVerdict | { notRun: string } {
  if (!existsSync(FILE)) return { notRun: 'no record: run `synclr photographs --second-judge`' };
  return readRunRecord(FILE).metrics as unknown as SecondVerdict;
}

async function judge(
  net: EfficientNet,
  images: readonly Uint8Array[],
  size: number,
  classes: ReadonlyMap<string, readonly number[]>,
): Promise<string[]> {
  const large = EFFICIENT_NET_SIZE;
  const pixels = await Promise.all(
    images.map((image) =>
      sharp(image, { raw: { width: size, height: size, channels: 3 } })
        .resize(large, large, { kernel: 'cubic' })
        .raw()
        .toBuffer(),
    ),
  );
  return conceptsByLogits((await net.look(Buffer.concat(pixels))).logits, classes);
}
