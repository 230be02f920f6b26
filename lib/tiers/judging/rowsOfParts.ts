import { InputError } from '../../errors.js';
import { identityOf, type SkippedTask, type TaskScore } from '../../evaluate/evaluateTasks.js';
import type { EvaluationTask, OpenTask } from '../../evaluate/tasks/task.js';
import { hashOfConfig, type RunRecord, readRunRecord } from '../../runs/record.js';

type Row = TaskScore | SkippedTask;

/** What decides the row of a task: all of a record's settings but which tasks it has. */
const decides = ({ config: { tasks: _, ...settings }, inputs, seed }: Pick<RunRecord, 'config' | 'inputs' | 'seed'>) =>
  hashOfConfig({ settings, inputs, seed });

/**
 * The rows of records that parts of an evaluation wrote, by task.
 * @param wanted what the whole evaluation's record has
 * @throws InputError for one of another encoder, seed or settings
 */
export function rowsOfParts(
  files: readonly string[],
  wanted: { config: object; inputs: RunRecord['inputs']; seed: number },
): ReadonlyMap<string, Row> {
  const expected = decides(wanted as Parameters<typeof decides>[0]);
  return new Map(
    files.flatMap((file) => {
      const record = readRunRecord(file);
      if (decides(record) !== expected) {
        throw new InputError({
          where: file,
          expected: 'a record of the same encoder, seed, share, lambdas and transform',
          found: JSON.stringify({ inputs: record.inputs, seed: record.seed, ...record.config }),
          fix: 'give the options that the parts had, or do this part again',
        });
      }
      return (record.metrics.rows as unknown as Row[]).map((row) => [row.task, row] as const);
    }),
  );
}

/**
 * Whether the pictures that rows were made of are those that their tasks have now; a row of an earlier version, which does
 * not say, is taken at its word.
 * @throws InputError for a row of other pictures
 */
export async function requireSamePictures(
  rows: ReadonlyMap<string, Row>,
  tasks: readonly EvaluationTask[],
  options: OpenTask,
): Promise<void> {
  for (const task of tasks) {
    const row = rows.get(task.name);
    if (!row || !('pictures' in row) || task.missing?.() !== undefined) continue;
    const { pictures } = identityOf(await task.open(options));
    if (pictures === row.pictures) continue;
    throw new InputError({
      where: `--parts, ${task.name}`,
      expected: 'a row of the pictures that are there now',
      found:
        'a row of others: files were added, removed or changed since (they are told by name, size and time of change)',
      fix: 'do the part of this set again, or leave its record out of --parts',
    });
  }
}
