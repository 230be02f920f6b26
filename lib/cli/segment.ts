import path from 'node:path';
import { Command, Option } from 'commander';
import { worldConcepts } from '../data/concepts.js';
import { ADE20K_COUNTS, openAde20k } from '../data/published/ade20k.js';
import { InputError } from '../errors.js';
import {
  asPublished,
  laptopLinearSegmentation,
  laptopSegmentation,
  paperSegmentationB,
  paperSegmentationL,
  type SegmentationConfig,
} from '../evaluate/segmentation/config.js';
import type { MaskedImages } from '../evaluate/segmentation/maskedImages.js';
import { openMaskFolder } from '../evaluate/segmentation/maskFolder.js';
import { segment } from '../evaluate/segmentation/segment.js';
import { segmentationScenes } from '../evaluate/segmentation/segmentationScenes.js';
import { runsPath } from '../runs/paths.js';
import { runRecord, writeRunRecord } from '../runs/record.js';
import { claimRunFolder } from '../runs/runFolder.js';
import { readListFile } from '../runs/textFile.js';
import { backboneOf } from '../tiers/judging/judged.js';
import { chosenEncoder, withEncoderOptions } from './backboneOptions.js';
import { requireDataSet } from './dataSet.js';
import { onInterrupt } from './interrupt.js';
import { BATCH, COUNT, numberOption, PIXELS, SCENES, SEED } from './numbers.js';

const PRESETS: Record<string, SegmentationConfig> = {
  laptop: laptopSegmentation,
  'laptop-linear': laptopLinearSegmentation,
  'paper-b': paperSegmentationB,
  'paper-l': paperSegmentationL,
  'published-b': asPublished(paperSegmentationB),
  'published-l': asPublished(paperSegmentationL),
};

/** `synclr segment`: Table 7's protocol; the run folder holds checkpoint and record. */
export function segmentCommand(): Command {
  return withEncoderOptions(new Command('segment'))
    .option('--random-init', 'its architecture with fresh weights, for comparison')
    .addOption(new Option('--preset <name>', 'settings').choices(Object.keys(PRESETS)).default('laptop'))
    .option('--frozen', 'leave the encoder as it is')
    .option(
      '--images <folder>',
      "ADE20k's layout, images/ and annotations/, with a classes.txt; real scenes by default",
    )
    .addOption(new Option('--data-set <name>', 'a published set in the folder of --root').choices(['ade20k']))
    .option('--root <folder>', 'where that set is, as its archive unpacks')
    .option('--partial', 'take it as it is, although pictures are missing')
    .addOption(numberOption('--concepts <n>', 'concepts of the scenes', COUNT, { fallback: 100 }))
    .addOption(numberOption('--train <n>', 'training scenes', SCENES, { fallback: 2000 }))
    .addOption(numberOption('--test <n>', 'test scenes', SCENES, { fallback: 400 }))
    .addOption(numberOption('--size <pixels>', 'side of the scenes', PIXELS, { fallback: 64 }))
    .addOption(
      new Option('--backgrounds <classes>', 'places are a class each, or all one')
        .choices(['each', 'one'])
        .default('each'),
    )
    .addOption(numberOption('--steps <n>', 'other than the preset’s', COUNT))
    .addOption(numberOption('--batch <n>', 'other than the preset’s', BATCH))
    .addOption(numberOption('--seed <n>', 'seed of everything', SEED, { fallback: 0 }))
    .option('--out <folder>', 'the run folder', runsPath('laptop', 'segment'))
    .action(async (options) => {
      const { randomInit, preset, frozen, images, steps, batch, seed, out } = options;
      claimRunFolder(out);
      requireDataSet(options);
      const base = PRESETS[preset];
      const judged = chosenEncoder(options, randomInit && 'random');
      const { params, model, normalisation } = backboneOf(judged);
      const config: SegmentationConfig = {
        ...base,
        ...(frozen && { frozen: true, dropPath: 0 }),
        batch: batch ?? base.batch,
        normalisation,
        steps: steps ?? base.steps,
        warmup: steps ? Math.ceil((base.warmup * steps) / base.steps) : base.warmup,
      };
      const sets = options.dataSet ? ade20k(options) : images ? folders(images) : await scenes(options);
      const signal = onInterrupt('run the same command again to go on');
      const onStep = ({ step, loss }: { step: number; loss: number }) => {
        if (step % 50 === 0) process.stdout.write(`step ${step}, loss ${loss.toFixed(3)}\n`);
      };
      const began = Date.now();
      const result = await segment({ params, config: model }, sets, config, { seed, out, signal, onStep });
      const { last, best, curve, finished, secondsPerStep } = result;
      if (!finished || !last || !best) return;
      const counts = { train: sets.train.length, test: sets.test.length };
      writeRunRecord(
        path.join(out, 'record.json'),
        runRecord({
          name: `segment-${preset}${frozen ? '-frozen' : ''}/${judged.name}`,
          tier: preset.startsWith('laptop') ? 'laptop' : 'paper',
          seed,
          config: { ...config, model, ...counts, classes: sets.train.classes },
          inputs: { encoder: judged.hash },
          metrics: { last, best, curve, steps: result.steps, secondsPerStep },
          seconds: (Date.now() - began) / 1000,
        }),
        { replace: true },
      );
      const percent = (value: number) => (100 * value).toFixed(1);
      process.stdout.write(
        `${judged.name}: mIoU ${percent(last.meanIou)} (${percent(last.interval.low)}–${percent(last.interval.high)}), ` +
          `best ${percent(best.meanIou)}, ${secondsPerStep.toFixed(2)} s a step: ${path.join(out, 'record.json')}\n`,
      );
    });
}

interface Splits {
  train: MaskedImages;
  test: MaskedImages;
}

async function scenes({
  concepts,
  train,
  test,
  size,
  seed,
  backgrounds,
}: Record<'concepts' | 'train' | 'test' | 'size' | 'seed', number> & { backgrounds: 'each' | 'one' }): Promise<Splits> {
  const shared = { concepts: worldConcepts({ count: concepts }), size, seed, backgrounds };
  return {
    train: await segmentationScenes({ ...shared, split: 'train', count: train }),
    test: await segmentationScenes({ ...shared, split: 'test', count: test }),
  };
}

function ade20k({ root, partial }: { root?: string; partial?: boolean }): Splits {
  const fault = (found: string, expected: string, fix: string) =>
    new InputError({ where: root ?? '--data-set ade20k', expected, found, fix });
  if (root === undefined) throw fault('no --root', 'the folder that holds it', 'give it: --root FOLDER');
  const { classes, training, validation } = openAde20k(root);
  const found = { classes: classes.length, training: training.count, validation: validation.count };
  const written = (counts: typeof found) =>
    `${counts.classes} classes, ${counts.training} training and ${counts.validation} validation pictures`;
  if (!partial && written(found) !== written(ADE20K_COUNTS)) {
    throw fault(written(found), `ADE20k whole: ${written(ADE20K_COUNTS)}`, 'unpack all of it, or say --partial');
  }
  const open = ({ images, masks }: typeof training) => openMaskFolder({ images, masks, classes });
  return { train: open(training), test: open(validation) };
}

function folders(root: string): Splits {
  const classes = readListFile(path.join(root, 'classes.txt'), { what: 'a class', placesCount: true }).map(
    ({ text }) => text,
  );
  const open = (split: string) =>
    openMaskFolder({
      images: path.join(root, 'images', split),
      masks: path.join(root, 'annotations', split),
      classes,
    });
  return { train: open('training'), test: open('validation') };
}
