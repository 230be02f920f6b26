import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { requireSameClasses } from '../data/classFolders.js';
import { worldConcepts } from '../data/concepts.js';
import { realScenes } from '../data/scenes.js';
import type { LabelledImages } from '../evaluate/features.js';
import { type FinetuneConfig, laptopFinetune, paperFinetuneB, paperFinetuneL } from '../evaluate/finetune/config.js';
import { finetune } from '../evaluate/finetune/finetune.js';
import { openSplit } from '../evaluate/tasks/folderTask.js';
import { runsPath } from '../runs/paths.js';
import { runRecord, writeRunRecord } from '../runs/record.js';
import { claimRunFolder } from '../runs/runFolder.js';
import { backboneOf } from '../tiers/judging/judged.js';
import { chosenEncoder, withEncoderOptions } from './backboneOptions.js';
import { onInterrupt } from './interrupt.js';
import { BATCH, COUNT, numberOption, SCENES, SEED } from './numbers.js';

const PRESETS: Record<string, FinetuneConfig> = {
  laptop: laptopFinetune,
  'paper-b': paperFinetuneB,
  'paper-l': paperFinetuneL,
};

/** `synclr finetune`: Table 8's protocol; the run folder holds checkpoint and record. */
export function finetuneCommand(): Command {
  return withEncoderOptions(new Command('finetune'))
    .option('--random-init', 'its architecture with fresh weights, for comparison')
    .addOption(new Option('--preset <name>', 'settings').choices(Object.keys(PRESETS)).default('laptop'))
    .option('--images <folder>', 'train/ and val/, one folder a class in each; real scenes by default')
    .addOption(numberOption('--concepts <n>', 'classes of the scenes', { ...COUNT, least: 2 }, { fallback: 100 }))
    .addOption(numberOption('--train <n>', 'training scenes', SCENES, { fallback: 4000 }))
    .addOption(numberOption('--test <n>', 'test scenes', SCENES, { fallback: 2000 }))
    .addOption(numberOption('--epochs <n>', 'other than the preset’s', COUNT))
    .addOption(numberOption('--batch <n>', 'other than the preset’s', BATCH))
    .addOption(numberOption('--seed <n>', 'seed of everything', SEED, { fallback: 0 }))
    .option('--out <folder>', 'the run folder', runsPath('laptop', 'finetune'))
    .action(async (options) => {
      const { randomInit, preset, images, concepts, train, test, epochs, batch, seed, out } = options;
      claimRunFolder(out);
      const base = PRESETS[preset];
      const judged = chosenEncoder(options, randomInit && 'random');
      const { params, model, normalisation } = backboneOf(judged);
      const config = { ...base, epochs: epochs ?? base.epochs, batch: batch ?? base.batch, normalisation };
      const size = model.image;
      const sets = images ? folders(images, size) : await scenes({ concepts, train, test, size, seed });
      const signal = onInterrupt('run the same command again to go on');
      const onStep = ({ step, loss }: { step: number; loss: number }) => {
        if (step % 50 === 0) process.stdout.write(`step ${step}, loss ${loss.toFixed(3)}\n`);
      };
      const began = Date.now();
      const result = await finetune({ params, config: model }, sets, config, { seed, out, signal, onStep });
      const { curve, raw, ema, steps, secondsPerStep } = result;
      if (!result.finished) return;
      const counts = { train: sets.train.length, test: sets.test.length };
      writeRunRecord(
        path.join(out, 'record.json'),
        runRecord({
          name: `finetune-${preset}/${judged.name}`,
          tier: preset === 'laptop' ? 'laptop' : 'paper',
          seed,
          config: { ...config, model, ...counts },
          inputs: { encoder: judged.hash },
          metrics: { raw, ema, curve, steps, secondsPerStep },
          seconds: (Date.now() - began) / 1000,
        }),
        { replace: true },
      );
      const percent = (value?: number) => (value === undefined ? '–' : `${(100 * value).toFixed(2)} %`);
      process.stdout.write(
        `${judged.name}: last ${percent(raw?.last.accuracy)} (average of weights ${percent(ema?.last.accuracy)}), ` +
          `best ${percent(raw?.best.accuracy)} (${percent(ema?.best.accuracy)}), ` +
          `${secondsPerStep.toFixed(2)} s a step: ${path.join(out, 'record.json')}\n`,
      );
    });
}

interface Splits {
  train: LabelledImages;
  test: LabelledImages;
}

async function scenes(options: {
  concepts: number;
  train: number;
  test: number;
  size: number;
  seed: number;
}): Promise<Splits> {
  const shared = { concepts: worldConcepts({ count: options.concepts }), seed: options.seed, size: options.size };
  return {
    train: await realScenes({ ...shared, split: 'train', count: options.train }),
    test: await realScenes({ ...shared, split: 'test', count: options.test }),
  };
}

/** ImageNet's layout; pictures are decoded somewhat larger than the model wants them, for the crops. */
function folders(images: string, size: number): Splits {
  const held = existsSync(path.join(images, 'val')) ? 'val' : 'test';
  const [train, test] = ['train', held].map((split) => openSplit(images, split, { size: Math.round((8 * size) / 7) }));
  requireSameClasses(images, ['train', train], [held, test]);
  return { train, test };
}
