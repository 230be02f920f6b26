import path from 'node:path';
import { Command, Option } from 'commander';
import { readCaptionLog } from '../captions/log.js';
import { BACKGROUNDS } from '../data/backgrounds/index.js';
import { type WorldConcept, worldConcepts } from '../data/concepts.js';
import { POSE_RANGES } from '../data/pose.js';
import { withArticle } from '../data/sceneCaptions.js';
import { generatorTraining } from '../diffusion/generatorBatch.js';
import {
  type GeneratorCheckpoint,
  hasGeneratorCheckpoint,
  readGeneratorCheckpoint,
} from '../diffusion/generatorCheckpoint.js';
import { generatorConfig } from '../diffusion/generatorConfig.js';
import { previewGrid } from '../diffusion/previewGrid.js';
import { trainGenerator } from '../diffusion/trainGenerator.js';
import { worldImages, worldTokenizer } from '../diffusion/worldImages.js';
import { runsPath } from '../runs/paths.js';
import { CAPTION_LOG } from '../tiers/world/captions.js';
import { onInterrupt } from './interrupt.js';
import { atMostCores, BATCH, COUNT, MINUTES, numberOption, RATE, SEED, WORKERS } from './numbers.js';

const DEPTH = { ...COUNT, most: 1000 };
/** Of a transformer of whole heads of 64. */
const WIDTH = { whole: true, least: 64, most: 8192, multipleOf: 64 };

/** `synclr train-generator`: trains the laptop tier's text-to-image model, or goes on with it. */
export function trainGeneratorCommand(): Command {
  const usual = generatorTraining();
  return new Command('train-generator')
    .option('--out <folder>', 'the run folder', runsPath('generator-laptop'))
    .addOption(numberOption('--steps <n>', 'steps in all, of `batch` images', COUNT, { fallback: 12000 }))
    .addOption(numberOption('--batch <n>', 'images a step', BATCH, { fallback: 64 }))
    .addOption(numberOption('--lr <rate>', 'learning rate of AdamW after warm-up', RATE, { fallback: usual.lr }))
    .addOption(
      numberOption('--muon-lr <rate>', 'learning rate of Muon after warm-up', RATE, { fallback: usual.muonLr }),
    )
    .addOption(
      numberOption(
        '--ema <decay>',
        'decay of the averaged weights after warm-up',
        { least: 0, below: 1 },
        { fallback: usual.emaLimit },
      ),
    )
    .addOption(
      numberOption(
        '--decay-from <share>',
        'of the steps, after which the learning rates fall',
        { least: 0, most: 1 },
        { fallback: usual.decayFrom },
      ),
    )
    .addOption(numberOption('--concepts <n>', 'the first n concepts of the world', COUNT, { fallback: 200 }))
    .option(
      '--captions <log>',
      'a caption log whose sentences are mixed with the templates, half and half',
      CAPTION_LOG,
    )
    .addOption(numberOption('--vocabulary <n>', 'words the model knows', { ...COUNT, most: 1e6 }, { fallback: 1536 }))
    .addOption(numberOption('--width <n>', 'width of the transformer', WIDTH, { fallback: 192 }))
    .addOption(numberOption('--depth <n>', 'blocks of the transformer', DEPTH, { fallback: 6 }))
    .addOption(
      new Option('--pose <range>', 'how much the poses of the things vary')
        .choices(Object.keys(POSE_RANGES))
        .default('narrow'),
    )
    .option('--allow <keys>', 'settings that may differ from those of the run, by comma', (s: string) => s.split(','))
    .addOption(numberOption('--preview-minutes <n>', 'how often sample pictures are drawn', MINUTES, { fallback: 5 }))
    .addOption(numberOption('--seed <n>', 'seed of everything', SEED, { fallback: 0 }))
    .addOption(
      numberOption('--workers <n>', 'threads that prepare batches; changes nothing but the time', WORKERS, {
        fallback: 1,
      }),
    )
    .action(async (options) => {
      const { out, steps, batch, lr, muonLr, ema, decayFrom, captions, vocabulary, width, depth, pose } = options;
      const { allow, previewMinutes, seed, workers } = options;
      const concepts = worldConcepts({ count: options.concepts });
      const sentences = readCaptionLog(captions).records;
      const corpus = sentences.map(({ caption }) => caption);
      const base = hasGeneratorCheckpoint(out) ? readGeneratorCheckpoint(out).tokenizer : undefined;
      const { images, description } = await worldImages({ concepts, sentences, pose, seed });
      const { step, seconds } = await trainGenerator({
        config: {
          model: generatorConfig({ width, depth, heads: width / 64, vocabularySize: vocabulary }),
          training: generatorTraining({ steps, batch, lr, muonLr, emaLimit: ema, decayFrom, seed }),
          data: description,
        },
        images,
        tokenizer: worldTokenizer({ concepts, base, corpus, size: vocabulary }),
        out,
        workers: atMostCores('--workers', workers),
        signal: onInterrupt('run the same command again to go on'),
        allowChanges: allow,
        onStep: logEvery(50),
        onCheckpoint: previewEvery(previewMinutes, { out, concepts }),
      });
      console.log(`${step} steps in ${(seconds / 60).toFixed(1)} minutes: ${out}`);
    });
}

function logEvery(steps: number): (report: { step: number; loss: number; seconds: number }) => void {
  return ({ step, loss, seconds }) => {
    if (step % steps === 0) console.log(`step ${step}  loss ${loss.toFixed(4)}  ${seconds.toFixed(2)} s`);
  };
}

/** Draws sixteen concepts at sixteen places whenever so many minutes have passed since the last time. */
function previewEvery(minutes: number, { out, concepts }: { out: string; concepts: readonly WorldConcept[] }) {
  const captions = concepts
    .slice(0, 16)
    .map(({ name }, i) => `${withArticle(name)} ${BACKGROUNDS[i % BACKGROUNDS.length].phrases[0]}`);
  let last = Date.now();
  return async (checkpoint: GeneratorCheckpoint) => {
    if (Date.now() - last < minutes * 60_000) return;
    last = Date.now();
    const file = path.join(out, 'samples', `step-${String(checkpoint.step).padStart(6, '0')}.png`);
    await previewGrid(checkpoint, { file, captions });
  };
}
