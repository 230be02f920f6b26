import { Command, Option } from 'commander';
import { ASSUMPTIONS } from '../plan/assumptions.js';
import { GPUS, type GpuName } from '../plan/gpus.js';
import { measureStages } from '../plan/measureStages.js';
import { planText } from '../plan/planText.js';
import { encoderPresets } from '../synclr/config.js';
import { generatorFolder } from '../tiers/world/generator.js';
import { COUNT, numberOption, PIXELS, SEED } from './numbers.js';

const TOKENS = { ...COUNT, most: 100_000 };
const { promptTokens, captionTokens } = ASSUMPTIONS;

/** `synclr plan`: what the paper's stages take on GPUs that one might get. */
export function planCommand(): Command {
  return new Command('plan')
    .addOption(new Option('--tier <name>', 'whose sizes').choices(['paper']).default('paper'))
    .addOption(numberOption('--gpus <n>', 'how many', { ...COUNT, most: 65_536 }, { fallback: 64 }))
    .addOption(new Option('--gpu <name>', 'of which kind').choices(Object.keys(GPUS)).default('h100'))
    .addOption(new Option('--objective <name>', 'of the encoder').choices(['synclr', 'stablerep']).default('synclr'))
    .addOption(
      numberOption('--captions <n>', 'captions in all (paper §3.1: 150 million)', COUNT, { fallback: 150_000_000 }),
    )
    .addOption(
      numberOption('--images <n>', 'images of each caption (paper §3.2: 4)', { ...COUNT, most: 1000 }, { fallback: 4 }),
    )
    .addOption(numberOption('--side <pixels>', 'of stored images', PIXELS, { fallback: 512 }))
    .addOption(numberOption('--shard-captions <n>', 'captions in a shard', COUNT, { fallback: 64 }))
    .addOption(numberOption('--prompt-tokens <n>', promptTokens.means, TOKENS, { fallback: promptTokens.value }))
    .addOption(numberOption('--caption-tokens <n>', captionTokens.means, TOKENS, { fallback: captionTokens.value }))
    .addOption(
      numberOption('--slow-share <share>', 'of the GPUs that are slow', { least: 0, most: 1 }, { fallback: 0.05 }),
    )
    .addOption(
      numberOption(
        '--slow-factor <times>',
        'as long as the others they take',
        { least: 1, most: 1000 },
        { fallback: 1.5 },
      ),
    )
    .addOption(
      numberOption(
        '--preempted-every <hours>',
        'mean time between preemptions of a job; 0: none',
        { least: 0, most: 1e6 },
        { fallback: 24 },
      ),
    )
    .addOption(numberOption('--restart <minutes>', 'until a job goes on', { least: 0, most: 1e6 }, { fallback: 10 }))
    .addOption(
      numberOption('--checkpoint-every <n>', 'training steps between two checkpoints', COUNT, { fallback: 500 }),
    )
    .addOption(
      numberOption(
        '--gpus-of-node <n>',
        'GPUs that are lost together in training',
        { ...COUNT, most: 1024 },
        { fallback: 8 },
      ),
    )
    .addOption(numberOption('--seed <n>', 'of the luck that is simulated', SEED, { fallback: 0 }))
    .option(
      '--measure',
      'instead run a few steps of both models of this machine, beside what the same formulas foretell',
    )
    .action(async ({ gpu, gpus, objective, images, captions, side, measure, ...others }) => {
      if (measure) {
        for await (const { what, predicted, measured } of measureStages({ generator: generatorFolder('laptop') })) {
          const off = `${predicted > measured ? '+' : ''}${(100 * (predicted / measured - 1)).toFixed(1)} %`;
          process.stdout.write(
            `${what}: foretold ${predicted.toPrecision(3)} s, measured ${measured.toPrecision(3)} s (${off})\n`,
          );
        }
        return;
      }
      const { slowShare, slowFactor, preemptedEvery, restart } = others;
      const text = planText({
        ...others,
        gpu: GPUS[gpu as GpuName],
        gpus,
        encoder: encoderPresets.paper[objective as 'synclr' | 'stablerep']!,
        captions,
        imagesPerCaption: images,
        side,
        slow: { share: slowShare, factor: slowFactor },
        preemptedEvery: preemptedEvery === 0 ? Number.POSITIVE_INFINITY : 3600 * preemptedEvery,
        restart: 60 * restart,
      });
      process.stdout.write(`The paper tier on ${gpus} × ${gpu}\n${text}\n`);
    });
}
