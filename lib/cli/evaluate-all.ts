import { Command, Option } from 'commander';
import { duration } from '../runs/progress.js';
import { evaluateAll, JUDGED_KEYS, PROTOCOLS } from '../tiers/judging/evaluateAll.js';
import { TIERS } from '../tiers/world/settings.js';
import { onInterrupt } from './interrupt.js';
import { numberOption, SEED } from './numbers.js';

/** `synclr evaluate-all`: every protocol for every encoder, as the records that notebooks 05, 07 and 08 read. */
export function evaluateAllCommand(): Command {
  return new Command('evaluate-all')
    .addOption(new Option('--tier <tier>', 'sizes').choices([...TIERS]).default('laptop'))
    .option(
      '--encoders <names...>',
      `of data/models/encoder-*, random, pixels; by default those there are of ${JUDGED_KEYS.join(', ')}`,
    )
    .option('--protocols <names...>', `of ${Object.keys(PROTOCOLS).join(', ')}; all by default`)
    .addOption(numberOption('--seed <n>', 'seed of scenes and heads', SEED, { fallback: 0 }))
    .option('--force', 'make records again that are up to date')
    .action(async ({ tier, encoders, protocols, seed, force }) => {
      const began = Date.now();
      await evaluateAll({
        tier,
        encoders,
        protocols,
        seed,
        force,
        signal: onInterrupt('run the same command again: records made so far are kept'),
        onRecord: ({ name, seconds }, state) => process.stdout.write(`${name}: ${state}, ${duration(seconds)}\n`),
      });
      process.stdout.write(`done in ${duration((Date.now() - began) / 1000)}\n`);
    });
}
