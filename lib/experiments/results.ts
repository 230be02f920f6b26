import { type Experiment, type ExperimentRow, type Metric, rowsOf, specOf } from './experiment.js';
import { type ExperimentRecord, hasMetric, readRecords, recordsFolder } from './records.js';
import { unpackFlags } from './score.js';
import type { ExperimentSettings } from './settings.js';
import { hashOfRun, type ScoringConfig } from './spec.js';
import type { ScoredRow, SeedScore } from './statistics/scoredRow.js';

/** A row with what was measured: the records of its seeds, the lowest first; none where it was not run. */
export interface MeasuredRow extends ExperimentRow {
  readonly records: readonly ExperimentRecord[];
}

/** Seeds that are looked for. */
const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);

/**
 * The rows of an experiment beside the paper's numbers, from the records of its runs alone: nothing is stored of a table.
 * @param records by the hashes of their specs; by default those that the repository keeps
 */
export function measuredRows(
  experiment: Experiment,
  {
    settings,
    records = readRecords([recordsFolder(settings.tier)]),
  }: { settings: ExperimentSettings; records?: ReadonlyMap<string, ExperimentRecord> },
): MeasuredRow[] {
  return rowsOf(experiment, settings).map((row) => ({
    ...row,
    records: SEEDS.flatMap((seed) => records.get(hashOfRun(specOf(row, seed, settings))) ?? []),
  }));
}

/**
 * Rows on one metric as the statistics take them, in percent. Records that measured it otherwise than `scoring` asks do not
 * count.
 */
export function scoredRows(rows: readonly MeasuredRow[], metric: Metric, scoring: ScoringConfig): ScoredRow[] {
  return rows.map(({ label, paper, records }) => ({
    label,
    ...(paper[metric] !== undefined && { paper: paper[metric] }),
    runs: records
      .filter((record) => hasMetric(record, metric, scoring))
      .map((record) => ({ ...scoreOf(record, metric), seed: record.seed, record: fileOf(record) })),
  }));
}

const fileOf = ({ name }: ExperimentRecord) => `${name.replace(/^experiments\//, '')}.json`;

function scoreOf({ metrics }: ExperimentRecord, metric: Metric): Omit<SeedScore, 'seed' | 'record'> {
  if (metric === 'average') return averageOf(metrics);
  const scored = metrics[metric]!;
  return { ...percent(scored), ...('correct' in scored && { correct: unpackFlags(scored.correct, scored.test) }) };
}

const percent = ({ value, low, high }: { value: number; low: number; high: number }) => ({
  value: 100 * value,
  low: 100 * low,
  high: 100 * high,
});

/**
 * The mean of the tasks, with the interval that follows from theirs: their errors are independent of each other. Where all
 * tasks have flags, of equally many pictures, theirs in a row.
 */
function averageOf({ average, tasks }: ExperimentRecord['metrics']): Omit<SeedScore, 'seed' | 'record'> {
  const half = Math.sqrt(tasks.reduce((sum, { low, high }) => sum + ((high - low) / 2) ** 2, 0)) / tasks.length;
  const flags = tasks.flatMap((task) => ('correct' in task ? [unpackFlags(task.correct, task.test)] : []));
  const whole = flags.length === tasks.length && flags.every(({ length }) => length === flags[0].length);
  return {
    ...percent({ value: average, low: average - half, high: average + half }),
    ...(whole && { correct: Uint8Array.from(flags.flatMap((one) => [...one])), strata: tasks.length }),
  };
}

/** Rows in a few columns of text: the mean over seeds beside the paper. */
export function tableText(rows: readonly MeasuredRow[], metrics: readonly Metric[], scoring: ScoringConfig): string {
  const columns = metrics.map((metric) => {
    const scored = scoredRows(rows, metric, scoring);
    return scored.map(({ paper, runs }) => {
      const ours = runs.length > 0 ? runs.reduce((sum, { value }) => sum + value, 0) / runs.length : undefined;
      const show = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(1));
      return `${show(ours).padStart(5)} (${show(paper)})`;
    });
  });
  const width = Math.max(...rows.map(({ label }) => label.length));
  const line = (label: string, cells: readonly string[]) =>
    `${label.padEnd(width)}  ${cells.map((cell) => cell.padEnd(14)).join('')}`.trimEnd();
  return [
    line('ours (paper), %', metrics),
    ...rows.map(
      ({ label, records }, row) =>
        `${line(
          label,
          columns.map((cells) => cells[row]),
        )}  ${records.length} ${records.length === 1 ? 'seed' : 'seeds'}`,
    ),
  ].join('\n');
}
