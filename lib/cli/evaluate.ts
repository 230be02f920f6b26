import { Command, Option } from 'commander';
import { PUBLISHED_DATA, publishedData } from '../data/published/publishedData.js';
import { InputError } from '../errors.js';
import type { SkippedTask, TaskScore } from '../evaluate/evaluateTasks.js';
import { publishedTask } from '../evaluate/publishedTask.js';
import { logSpacedLambdas } from '../evaluate/sweepLogisticRegression.js';
import { folderTask } from '../evaluate/tasks/folderTask.js';
import type { EvaluationTask } from '../evaluate/tasks/task.js';
import { EVALUATION_TASKS, tasksNamed } from '../evaluate/tasks/tasksNamed.js';
import { claimFile } from '../runs/outputFile.js';
import { itemsOfPart } from '../runs/part.js';
import { runsPath } from '../runs/paths.js';
import { isRecordOf, runRecord, writeRunRecord } from '../runs/record.js';
import { transferJudged, transformOf } from '../tiers/judging/judged.js';
import { requireSamePictures, rowsOfParts } from '../tiers/judging/rowsOfParts.js';
import { chosenEncoder, withEncoderOptions } from './backboneOptions.js';
import { requireDataSet } from './dataSet.js';
import { onInterrupt } from './interrupt.js';
import { COUNT, numberOption, SEED } from './numbers.js';
import { PART_HELP, parsePart, partFile } from './part.js';

/** `synclr evaluate`: the transfer protocol of the paper for one encoder, as a record. */
export function evaluateCommand(): Command {
  return withEncoderOptions(new Command('evaluate'))
    .addOption(
      new Option('--baseline <name>', 'in its place: its pixels, or its architecture before training').choices([
        'pixels',
        'random',
      ]),
    )
    .option(
      '--tasks <names...>',
      `fine-grained, unseen, or of ${EVALUATION_TASKS.map(({ name }) => `"${name}"`).join(', ')}`,
      ['fine-grained', 'unseen'],
    )
    .option(
      '--folders <folders...>',
      'sets of your own, and no others unless --tasks names some: train/CLASS, test/CLASS and, where there is one, val/CLASS',
      [],
    )
    .option(
      '--data-set <name>',
      `a published set in the folder of --root; like --folders: ${PUBLISHED_DATA.map(({ name }) => name).join(', ')}`,
    )
    .option('--root <folder>', 'where that set is, as its archives unpack')
    .option('--partial', 'take it as it is, although pictures are missing')
    .addOption(
      numberOption(
        '--share <share>',
        'of the tasks’ own numbers of pictures',
        { above: 0, most: 100 },
        { fallback: 1 },
      ),
    )
    .addOption(
      numberOption('--lambdas <n>', 'penalties tried (45 in the paper)', { ...COUNT, most: 1000 }, { fallback: 45 }),
    )
    .addOption(numberOption('--seed <n>', 'seed of drawn scenes', SEED, { fallback: 0 }))
    .option('--part <i/n>', `${PART_HELP}: every n-th task; in a record of its own, whose name says which`, parsePart)
    .option('--parts <records...>', 'take the rows of these records of parts, and do only what none of them has', [])
    .option('--cache <folder>', 'where features are kept', runsPath('features'))
    .option('--out <file>', 'the record', runsPath('evaluation.json'))
    .action(async (options, command: Command) => {
      const { tasks, folders, dataSet, root, partial, share, lambdas, seed, cache, part, parts } = options;
      const out = claimFile(part ? partFile(options.out, part) : options.out, {
        what: 'a record',
        endings: ['.json'],
        reads: [options.encoder, root, ...folders, ...parts],
        isOurs: (file) => isRecordOf(file, 'evaluation/'),
      });
      // Whoever names sets of their own wants these, unless tasks are named beside them.
      const onlyOwn =
        (folders.length > 0 || dataSet !== undefined) && command.getOptionValueSource('tasks') === 'default';
      requireDataSet(options);
      const all = [
        ...(onlyOwn ? [] : tasksNamed(tasks)),
        ...folders.map((folder: string) => folderTask(folder)),
        ...(dataSet === undefined ? [] : [publishedTask(publishedData(dataSet), rootOf(root), { partial })]),
      ];
      refuseEqualNames(all);
      const chosen = itemsOfPart(all, part);
      const before = Date.now();
      const judged = chosenEncoder(options, options.baseline);
      const about = {
        config: { tasks: chosen.map(({ name }) => name), share, lambdas, transform: transformOf(judged) },
        seed,
        inputs: { encoder: judged.hash },
      };
      const there = rowsOfParts(parts, about);
      await requireSamePictures(there, chosen, { size: judged.size, share, seed });
      const missing = chosen.filter(({ name }) => !there.has(name));
      const made = await transferJudged(judged, missing, {
        share,
        lambdas: logSpacedLambdas(lambdas),
        seed,
        cache,
        signal: onInterrupt('run the same command again: features made so far are kept'),
        onSkip: ({ task, skipped }) => process.stderr.write(`${task} is skipped: ${skipped}\n`),
      });
      const rows = chosen.map(({ name }) => there.get(name) ?? made[missing.findIndex((task) => task.name === name)]);
      const record = runRecord({
        name: `evaluation/${judged.name}`,
        tier: 'laptop',
        ...about,
        metrics: { rows },
        seconds: (Date.now() - before) / 1000,
      });
      writeRunRecord(out, record, { replace: true });
      process.stdout.write(`${table(rows)}\n${out}\n`);
    });
}

/** A record tells its rows apart by name alone. */
function refuseEqualNames(tasks: readonly EvaluationTask[]): void {
  const names = tasks.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new InputError({
    where: '--folders',
    expected: 'sets of different names, since these tell the rows of the record apart',
    found: `two that are called ${twice}`,
    fix: 'name each set once; judge sets of one name one after the other, with an --out each',
  });
}

function rootOf(root: string | undefined): string {
  if (root !== undefined) return root;
  throw new InputError({
    where: '--data-set',
    expected: 'the folder that holds it',
    found: 'no --root',
    fix: 'give it: --root FOLDER',
  });
}

function table(rows: readonly (TaskScore | SkippedTask)[]): string {
  const percent = (value: number) => (100 * value).toFixed(1).padStart(5);
  return rows
    .map((row) =>
      'skipped' in row
        ? `${row.task.padEnd(20)} skipped`
        : `${row.task.padEnd(20)} ${percent(row.value)} % (${percent(row.interval.low)} – ${percent(row.interval.high)}) ${row.metric}` +
          `, ${row.classes} classes${row.knn ? `, neighbours ${percent(row.knn.value)} %` : ''}`,
    )
    .join('\n');
}
