import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { readCaptionLog } from '../captions/log.js';
import { EXTENSIONS } from '../data/shards/imageCodec.js';
import { generateImageSet } from '../diffusion/generateImageSet.js';
import type { SetCaption } from '../diffusion/imageSetFormat.js';
import { openPipeline } from '../diffusion/pipeline.js';
import { SCHEDULER_NAMES } from '../diffusion/schedulers/openScheduler.js';
import { InputError } from '../errors.js';
import { computeThreads } from '../runs/cores.js';
import { sha256 } from '../runs/files.js';
import { runsPath } from '../runs/paths.js';
import { duration } from '../runs/progress.js';
import { generatorFolder } from '../tiers/world/generator.js';
import { promptCaptions } from '../tiers/world/images.js';
import { onInterrupt } from './interrupt.js';
import { atMostCores, BATCH, COUNT, DENOISING_STEPS, GUIDANCE, numberOption, SEED, THREADS } from './numbers.js';
import { PART_HELP, parsePart } from './part.js';

/** `synclr generate`: stage 2, several images of every caption, as shards. */
export function generateCommand(): Command {
  return new Command('generate')
    .option('--model <folder>', "a model in diffusers' ONNX layout", generatorFolder('laptop'))
    .addOption(
      new Option(
        '--scheduler <name>',
        "another sampler than the model's: published code ran Stable Diffusion with ddim",
      ).choices(SCHEDULER_NAMES),
    )
    .option('--captions <file>', 'a caption log; all its captions (default: those that the laptop tier uses)')
    .addOption(numberOption('--count <n>', 'the first n captions (default: all)', COUNT))
    .addOption(numberOption('--images <n>', 'images of each caption (paper §3.2: 4)', BATCH, { fallback: 4 }))
    .addOption(
      numberOption('--guidance <w>', 'classifier-free guidance (paper §3.2: 2.5)', GUIDANCE, { fallback: 2.5 }),
    )
    .addOption(numberOption('--steps <n>', 'denoising steps', DENOISING_STEPS, { fallback: 25 }))
    .addOption(numberOption('--batch <n>', 'images at once, where the model leaves it open (default: 4)', BATCH))
    .addOption(numberOption('--seed <n>', 'seed of the noises', SEED, { fallback: 0 }))
    .addOption(
      numberOption('--workers <n>', 'processes that share the work; the images are the same', THREADS, { fallback: 1 }),
    )
    .addOption(
      new Option('--encoding <name>', 'webp and png are lossless').choices(Object.keys(EXTENSIONS)).default('webp'),
    )
    .option('--part <i/n>', `${PART_HELP}: every n-th shard`, parsePart)
    .addOption(numberOption('--shard-captions <n>', 'captions in a shard', COUNT, { fallback: 64 }))
    .option('--out <folder>', 'the image set', runsPath('laptop', 'images'))
    .action(async (options) => {
      const {
        model,
        scheduler,
        captions,
        count,
        images,
        guidance,
        steps,
        batch,
        seed,
        encoding,
        shardCaptions,
        part,
        out,
      } = options;
      // Read when a session is opened, here and in the other workers.
      const workers = atMostCores('--workers', options.workers);
      process.env.SYNCLR_THREADS = String(computeThreads({ processes: workers }));
      const pipeline = await openPipeline(model, { scheduler, batch });
      const signal = onInterrupt('run the same command again to go on');
      const began = Date.now();
      let found: number | undefined;
      let done = 0;
      const set = await generateImageSet({
        pipeline,
        captions: firstOf(captions ? logCaptions(captions) : promptCaptions('laptop'), count, captions),
        out,
        seed,
        imagesPerCaption: images,
        guidance,
        steps,
        encoding,
        shardCaptions,
        part,
        workers,
        onProgress: (now) => {
          found ??= now;
          done = now;
        },
        signal,
      }).catch((error) => {
        if (!signal.aborted) throw error;
      });
      await pipeline.release();
      const seconds = (Date.now() - began) / 1000;
      const made = done - (found ?? 0);
      const rate = `${made} made now in ${duration(seconds)}: ${(made / seconds).toPrecision(3)} images/s\n`;
      if (!set) {
        if (!signal.aborted) process.stdout.write(`part ${part.index} of ${part.of} is there\n${made > 0 ? rate : ''}`);
        return;
      }
      const manifest = path.join(out, 'manifest.json');
      process.stdout.write(
        `${set.captions.length} captions × ${images} images in ${out}\n` +
          (made > 0 ? rate : '') +
          `${manifest}: SHA-256 ${sha256(readFileSync(manifest))}\n`,
      );
    });
}

/** @throws InputError where there are not as many */
function firstOf(all: readonly SetCaption[], count = all.length, log = 'the laptop tier'): readonly SetCaption[] {
  if (count <= all.length) return all.slice(0, count);
  throw new InputError({
    where: '--count',
    expected: `1 to ${all.length} captions, as many as ${log} has`,
    found: String(count),
    fix: 'ask for fewer, or give --captions a longer log',
  });
}

function logCaptions(file: string): SetCaption[] {
  return readCaptionLog(file).records.map(({ index, caption, concept }) => ({
    id: String(index),
    text: caption,
    concept,
  }));
}
