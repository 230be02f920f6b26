import { Command } from 'commander';
import { duration } from '../runs/progress.js';
import {
  comparePhotographRecords,
  LOOKER_KEYS,
  makePhotographRecords,
  type PhotographsApart,
} from '../tiers/judging/photographs/photographRecords.js';
import { makeSecondVerdict } from '../tiers/judging/photographs/secondJudge.js';
import { onInterrupt } from './interrupt.js';

/** Further apart than this (a row of features over its length; an accuracy as a share), what is computed is not what is kept. */
const LIMIT = { features: 1e-3, accuracy: 0.01 };

/** `synclr photographs`: the records and features that notebook 11 reads. */
export function photographsCommand(): Command {
  return new Command('photographs')
    .option('--encoders <names...>', `of ${LOOKER_KEYS.join(', ')}; all by default`)
    .option('--second-judge', 'only judge generated pictures by the ImageNet network, and true scenes before')
    .option('--force', 'make records again that are up to date')
    .option('--check', 'judge again, write nothing, and say how far that is from the records and features')
    .action(async ({ encoders, force, secondJudge, check }: Options) => {
      if (secondJudge) {
        process.stdout.write(`${JSON.stringify(await makeSecondVerdict(), null, 2)}\n`);
        return;
      }
      if (check) {
        const signal = onInterrupt('nothing is kept of a comparison');
        const all = await comparePhotographRecords({ keys: encoders, signal, onCompared: report });
        if (!all.every(isNear)) process.exitCode = 1;
        return;
      }
      await makePhotographRecords({
        keys: encoders,
        force,
        signal: onInterrupt('run the same command again: records made so far are kept'),
        onRecord: (key, state, seconds) => process.stdout.write(`${key}: ${state}, ${duration(seconds)}\n`),
      });
    });
}

interface Options {
  encoders?: string[];
  force?: boolean;
  secondJudge?: boolean;
  check?: boolean;
}

const isNear = ({ features, accuracy }: PhotographsApart) =>
  accuracy <= LIMIT.accuracy && Object.values(features).every((apart) => apart <= LIMIT.features);

function report(found: PhotographsApart): void {
  const { key, features, accuracy } = found;
  const of = Object.entries(features).map(([set, apart]) => `features of ${set} ${apart.toExponential(0)} apart, `);
  const points = (100 * accuracy).toFixed(1);
  process.stdout.write(
    `${key}: ${of.join('')}accuracies ${points} points${isNear(found) ? '' : ': NOT what is kept'}\n`,
  );
}
