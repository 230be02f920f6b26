import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { openImageSet } from '../diffusion/index.js';
import { InputError } from '../errors.js';
import { sha256 } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';
import { runRecord, writeRunRecord } from '../runs/record.js';
import { readSafetensors, writeSafetensors } from '../runs/safetensors.js';
import { type EncoderConfig, laptopStableRep, laptopSynclr, trainEncoder } from '../synclr/index.js';
import { imageSource } from '../tiers/images.js';
import { onInterrupt } from './interrupt.js';

const OBJECTIVES: Record<string, EncoderConfig> = { synclr: laptopSynclr, stablerep: laptopStableRep };

/** `synclr train-encoder`: stage 3 on an image set; the run folder holds checkpoint, metrics, encoder and record. */
export function trainEncoderCommand(): Command {
  return new Command('train-encoder')
    .description('train an encoder on generated images (resumes; stop it with Ctrl-C)')
    .option('--images <folder>', 'an image set made by `synclr generate`', projectPath('runs', 'laptop', 'images'))
    .option('--objective <name>', Object.keys(OBJECTIVES).join(' or '), 'stablerep')
    .option('--steps <n>', 'training steps', Number, 2400)
    .option('--batch <captions>', 'captions in a batch', Number, 32)
    .option('--optimiser <name>', 'adamw, as in the paper, or muon (default)')
    .option('--patch <pixels>', 'side of a patch', Number)
    .option('--min-area <share>', 'least share of the image that a global crop shows', Number)
    .option('--no-ibot', 'without the masked-patch loss (Table 4)')
    .option('--locals <n>', 'local crops an image (Table 4)', Number)
    .option('--seed <n>', 'seed of everything', Number, 0)
    .option('--out <folder>', 'the run folder', projectPath('runs', 'laptop', 'stablerep'))
    .action(async ({ images, objective, steps, batch, optimiser, patch, minArea, ibot, locals, seed, out }) => {
      const base = oneOf('--objective', OBJECTIVES, objective);
      const config: EncoderConfig = {
        ...base,
        model: { ...base.model, patch: patch ?? base.model.patch },
        captions: batch,
        steps,
        warmup: Math.ceil(steps / 10),
        optimiser: optimiser
          ? oneOf('--optimiser', { adamw: 'adamw', muon: 'muon' } as const, optimiser)
          : base.optimiser,
        ibot: ibot ? base.ibot : null,
        crops: {
          ...base.crops,
          globals: base.crops.globals.map((crop) => ({
            ...crop,
            area: [minArea ?? crop.area[0], crop.area[1]] as const,
          })),
          locals: locals ?? base.crops.locals,
        },
      };
      const set = openImageSet(images);
      const before = Date.now();
      const run = await trainEncoder(config, imageSource(set), {
        seed,
        out,
        checkpointEvery: 50,
        signal: onInterrupt('run the same command again to go on'),
      });
      if (run.step < steps) return;
      const last = run.metrics[run.metrics.length - 1];
      writeRunRecord(
        path.join(out, 'record.json'),
        runRecord({
          name: `encoder-laptop/${objective}`,
          tier: 'laptop',
          config: JSON.parse(JSON.stringify(config)),
          seed,
          inputs: { images: sha256(readFileSync(path.join(images, 'manifest.json'))) },
          metrics: {
            steps: run.step,
            captions: set.captions.length,
            images: set.captions.length * set.imagesPerCaption,
            loss: last.loss,
          },
          seconds: (Date.now() - before) / 1000,
        }),
        { replace: true },
      );
      process.stdout.write(`${run.step} steps: ${out}\n`);
    });
}

/**
 * `synclr keep-encoder`: what notebooks need of a finished run goes to data/models/encoder-OBJECTIVE. Of the two backbones
 * the teacher is kept, where there is one: it is the one we evaluate, and files in git should be small.
 */
export function keepEncoder({ run }: { run: string }): void {
  const { tensors, metadata } = readSafetensors(path.join(run, 'encoder.safetensors'));
  const { objective } = JSON.parse(metadata.config) as EncoderConfig;
  const folder = projectPath('data', 'models', `encoder-${objective}`);
  const names = Object.keys(tensors);
  const kept = names.some((name) => name.startsWith('teacher.')) ? 'teacher.' : 'student.';
  const backbone = Object.fromEntries(names.filter((n) => n.startsWith(kept)).map((n) => [n, tensors[n]]));
  writeSafetensors(path.join(folder, 'encoder.safetensors'), backbone, metadata);
  for (const name of ['metrics.jsonl', 'record.json']) copyFileSync(path.join(run, name), path.join(folder, name));
}

function oneOf<T>(where: string, choices: Record<string, T>, name: string): T {
  if (Object.hasOwn(choices, name)) return choices[name];
  const expected = Object.keys(choices).join(' or ');
  throw new InputError({ where, expected, found: name, fix: 'choose one of these' });
}
