import { Command } from 'commander';
import { duration } from '../runs/progress.js';
import { LOOKER_KEYS, makePhotographRecords } from '../tiers/judging/photographs/photographRecords.js';
import { makeSecondVerdict } from '../tiers/judging/photographs/secondJudge.js';
import { onInterrupt } from './interrupt.js';

/** `synclr photographs`: the records and features that notebook 11 reads. */
export function photographsCommand(): Command {
  return new Command('photographs')
    .option('--encoders <names...>', `of ${LOOKER_KEYS.join(', ')}; all by default`)
    .option('--second-judge', 'only judge generated pictures by the ImageNet network, and true scenes before')
    .option('--force', 'make records again that are up to date')
    .action(
      async ({ encoders, force, secondJudge }: { encoders?: string[]; force?: boolean; secondJudge?: boolean }) => {
        if (secondJudge) {
          process.stdout.write(`${JSON.stringify(await makeSecondVerdict(), null, 2)}\n`);
          return;
        }
        await makePhotographRecords({
          keys: encoders,
          force,
          signal: onInterrupt('run the same command again: records made so far are kept'),
          onRecord: (key, state, seconds) => process.stdout.write(`${key}: ${state}, ${duration(seconds)}\n`),
        });
      },
    );
}
