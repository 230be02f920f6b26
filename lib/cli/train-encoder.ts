import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { openImageSet } from '../diffusion/imageSet.js';
import { openHosts } from '../engine/hosts.js';
import { InputError } from '../errors.js';
import { parseJson, readJsonLines, sha256 } from '../runs/files.js';
import { projectPath, runsPath } from '../runs/paths.js';
import { hashOfConfig, type RunRecord, runRecord, writeRunRecord } from '../runs/record.js';
import { claimRunFolder } from '../runs/runFolder.js';
import { readSafetensors, writeSafetensors } from '../runs/safetensors.js';
import { type EncoderConfig, encoderPresets } from '../synclr/config.js';
import type { ImageSource } from '../synclr/imageSource.js';
import type { EncoderMetrics } from '../synclr/metrics.js';
import { trainEncoder } from '../synclr/train.js';
import { watchByNeighbours } from '../tiers/judging/watchEncoder.js';
import { prepareTokenizer } from '../tiers/world/clipRun.js';
import { imageSource } from '../tiers/world/imageSource.js';
import { openRealSource } from '../tiers/world/realSource.js';
import { tierNamed, tierSettings } from '../tiers/world/settings.js';
import { onInterrupt } from './interrupt.js';
import {
  atMostCores,
  BATCH,
  COUNT,
  COUNT_OR_NONE,
  numberOption,
  PIXELS,
  SCENES,
  SEED,
  SHARE,
  WORKERS,
} from './numbers.js';

/** `synclr train-encoder`: stage 3 on an image set, or on real scenes; lib/synclr/README.md describes the run folder. */
export function trainEncoderCommand(): Command {
  return new Command('train-encoder')
    .option('--images <folder>', 'an image set made by `synclr generate`', runsPath('laptop', 'images'))
    .addOption(
      numberOption(
        '--real <count>',
        'so many real training scenes in place of an image set (objectives simclr and supervised)',
        SCENES,
      ).conflicts('images'),
    )
    .option('--objective <name>', Object.keys(encoderPresets.laptop).join(', '), 'stablerep')
    .option('--tier <name>', 'laptop or paper: the settings that the options below change', 'laptop')
    .addOption(numberOption('--steps <n>', 'training steps', COUNT))
    .addOption(numberOption('--batch <captions>', 'captions in a batch', BATCH))
    .addOption(
      numberOption(
        '--chunk <images>',
        'images encoded at a time, for batches that do not fit in memory; 0: all',
        COUNT_OR_NONE,
      ),
    )
    .option(
      '--tokenizer <folder>',
      'of the text tower of clip and stablerep-plus; by default made of the words of the captions',
    )
    .option('--optimiser <name>', 'adamw, as in the paper, or muon (default of the laptop)')
    .addOption(numberOption('--patch <pixels>', 'side of a patch', PIXELS))
    .addOption(
      numberOption('--min-area <share>', 'least share of the image that a global crop shows', SHARE, { example: 0.3 }),
    )
    .option('--no-ibot', 'without the masked-patch loss (Table 4)')
    .addOption(numberOption('--locals <n>', 'local crops an image (Table 4)', { ...COUNT_OR_NONE, most: 1000 }))
    .addOption(
      new Option(
        '--crops <where>',
        'where crops are cut (default: on a GPU and on xla the device, else the host)',
      ).choices(['host', 'device']),
    )
    .option('--bf16', 'matrix products in bfloat16, sums and state in float32 (device xla)')
    .option(
      '--hosts <how>',
      'train on several hosts (device xla): auto under Slurm and Open MPI, or i/n@address:port; this one with all its devices by default',
    )
    .addOption(numberOption('--seed <n>', 'seed of everything', SEED, { fallback: 0 }))
    .addOption(
      numberOption('--workers <n>', 'threads that prepare batches; changes nothing but the time', WORKERS, {
        fallback: 1,
      }),
    )
    .addOption(
      numberOption('--knn-every <n>', 'steps between two looks at real scenes; they choose best.safetensors', COUNT),
    )
    .addOption(numberOption('--checkpoint-every <n>', 'steps between two checkpoints', COUNT, { fallback: 50 }))
    .addOption(numberOption('--keep <n>', 'how many of the newest checkpoints are kept', COUNT, { fallback: 1 }))
    .option('--out <folder>', 'the run folder', runsPath('laptop', 'stablerep'))
    .action(async (options) => {
      const { images, real, seed, workers, knnEvery, checkpointEvery, keep, out, tokenizer, ...others } = options;
      const { bf16, hosts, crops, ...settings } = others;
      if (hosts) process.env.SYNCLR_HOSTS = hosts;
      claimRunFolder(out);
      const chosen = configOf(settings);
      const { source, config, inputs, about } =
        real === undefined
          ? openImages(images, chosen, { out, tokenizer })
          : await openRealImages(real, chosen, { tier: settings.tier, seed });
      const run = await trainEncoder(config, source, {
        seed,
        out,
        workers: atMostCores('--workers', workers),
        checkpointEvery,
        keepCheckpoints: keep,
        cropsAt: crops,
        products: bf16 ? 'bfloat16' : 'float32',
        evaluate: knnEvery && watchByNeighbours('laptop', { every: knnEvery }),
        signal: onInterrupt('run the same command again to go on'),
      });
      if ((await openHosts()).index > 0) return; // number 0 writes the files
      const record = path.join(out, 'record.json');
      if (run.step < config.steps) return;
      const done = `${run.step} steps: ${out}\n`;
      if (run.metrics.length === 0 && existsSync(record)) return void process.stdout.write(done);
      const lines = readJsonLines<EncoderMetrics>(path.join(out, 'metrics.jsonl'));
      const { loss, scores } = lines[lines.length - 1];
      writeRunRecord(
        record,
        runRecord({
          name: `encoder-${settings.tier}/${config.objective}`,
          tier: settings.tier,
          config,
          seed,
          inputs,
          metrics: {
            steps: run.step,
            ...about,
            images: source.captions * source.imagesPerCaption,
            loss,
            ...scores,
          },
          seconds: lines.reduce((sum, { seconds }) => sum + seconds, 0),
        }),
        { replace: true },
      );
      process.stdout.write(done);
    });
}

/** Training images, the config with what follows from them, and what a record says of them. */
interface TrainingImages {
  source: ImageSource;
  config: EncoderConfig;
  inputs: RunRecord['inputs'];
  about: RunRecord['metrics'];
}

function openImages(
  folder: string,
  chosen: EncoderConfig,
  { out, tokenizer }: { out: string; tokenizer?: string },
): TrainingImages {
  const set = openImageSet(folder);
  const identity = sha256(readFileSync(path.join(folder, 'manifest.json')));
  const { config, words } = chosen.clip
    ? prepareTokenizer(out, chosen, set, { from: tokenizer })
    : { config: chosen, words: undefined };
  return {
    source: { ...imageSource(set, words), identity },
    config,
    inputs: { images: identity },
    about: { captions: set.captions.length },
  };
}

/** Real scenes have one image a caption, and no words. Theirs is another seed than that of the scenes that judge encoders. */
async function openRealImages(
  count: number,
  config: EncoderConfig,
  { tier, seed }: { tier: string; seed: number },
): Promise<TrainingImages> {
  if (config.clip || config.imagesPerCaption > 1) {
    throw new InputError({
      where: '--real',
      expected: 'an objective that needs neither several images of a caption nor its words',
      found: config.objective,
      fix: 'choose --objective supervised or simclr, or generate images and give --images',
    });
  }
  const { concepts } = tierSettings(tierNamed(tier));
  const scenes = { real: 'train' as const, count, concepts, size: config.model.image, seed: seed + 1 };
  const identity = hashOfConfig(scenes);
  return {
    source: { ...(await openRealSource(scenes)), identity },
    config,
    inputs: { scenes: identity },
    about: { scenes },
  };
}

/** What may be changed of a tier's settings. */
interface Choices {
  objective: string;
  tier: string;
  steps?: number;
  batch?: number;
  chunk?: number;
  optimiser?: string;
  patch?: number;
  minArea?: number;
  ibot: boolean;
  locals?: number;
}

/** The settings of a tier with what the options change; a changed number of steps has a tenth of them as warmup. */
function configOf({ objective, tier, ...choices }: Choices): EncoderConfig {
  const base = oneOf('--objective', oneOf('--tier', encoderPresets, tier), objective);
  const { steps, batch, chunk, optimiser, patch, minArea, ibot, locals } = choices;
  return {
    ...base,
    model: { ...base.model, patch: patch ?? base.model.patch },
    captions: batch ?? base.captions,
    chunk: chunk === undefined ? base.chunk : chunk || undefined,
    ...(steps === undefined ? {} : { steps, warmup: Math.ceil(steps / 10) }),
    optimiser: optimiser ? oneOf('--optimiser', { adamw: 'adamw', muon: 'muon' } as const, optimiser) : base.optimiser,
    ibot: ibot ? base.ibot : null,
    crops: {
      ...base.crops,
      globals: base.crops.globals.map((crop) => ({ ...crop, area: [minArea ?? crop.area[0], crop.area[1]] as const })),
      locals: locals ?? base.crops.locals,
    },
  };
}

/** `synclr keep-encoder`: see `keepEncoder`. */
export const keepEncoderCommand = (): Command =>
  new Command('keep-encoder')
    .option('--run <folder>', 'the run folder', runsPath('laptop', 'stablerep'))
    .action(keepEncoder);

/**
 * What notebooks need of a finished run goes to data/models/encoder-OBJECTIVE. Of the two backbones
 * the teacher is kept, where there is one: it is the one we evaluate, and files in git should be small.
 */
function keepEncoder({ run }: { run: string }): void {
  const { tensors, metadata } = readSafetensors(path.join(run, 'encoder.safetensors'));
  const where = path.join(run, 'encoder.safetensors');
  const { objective, clip } = parseJson<EncoderConfig>(metadata.config, { where: `${where}, config` });
  oneOf(where, encoderPresets.laptop, objective);
  const folder = projectPath('data', 'models', `encoder-${objective}`);
  const names = Object.keys(tensors);
  const kept = names.some((name) => name.startsWith('teacher.')) ? 'teacher.' : 'student.';
  const wanted = names.filter((name) => name.startsWith(kept) || name.startsWith('clip.'));
  const backbone = Object.fromEntries(wanted.map((name) => [name, tensors[name]]));
  writeSafetensors(path.join(folder, 'encoder.safetensors'), backbone, metadata);
  const beside = ['metrics.jsonl', 'record.json', ...(clip ? ['tokenizer'] : [])];
  for (const name of beside) cpSync(path.join(run, name), path.join(folder, name), { recursive: true });
}

function oneOf<T>(where: string, choices: Record<string, T>, name: string): T {
  if (Object.hasOwn(choices, name)) return choices[name];
  const expected = Object.keys(choices).join(' or ');
  throw new InputError({ where, expected, found: name, fix: 'choose one of these' });
}
