import type { Metric } from '../experiment.js';
import { METRIC_NAMES } from './figureData.js';
import type { JudgedExperiment, RowScore } from './judgeExperiment.js';

/** A table of the paper, a line a row: its number and ours with the interval, or that the row was not run. */
export function scoreTable({ experiment, rows }: JudgedExperiment): Record<string, string | number | null>[] {
  return rows.map(({ label, paper, ours }) => {
    const seeds = Math.max(0, ...Object.values(ours).map(({ runs }) => runs.length));
    const cells = experiment.metrics.flatMap((metric) => [
      [`paper: ${METRIC_NAMES[metric].paper}`, paper[metric] ?? null],
      [`ours: ${METRIC_NAMES[metric].ours}`, inWords(ours[metric])],
    ]);
    return { setting: label, ...Object.fromEntries(cells), seeds };
  });
}

function inWords(score: RowScore | undefined): string {
  if (score === undefined) return 'not run';
  return `${score.value.toFixed(1)} [${score.low.toFixed(1)}, ${score.high.toFixed(1)}]`;
}

/** The paper's claims with our verdicts. */
export function claimTable({ judgements }: JudgedExperiment): Record<string, string>[] {
  return judgements.map(({ claim, verdict, sentence }) => ({
    'the paper says': claim.says,
    'asked of': METRIC_NAMES[claim.metric].ours,
    ours: verdict,
    numbers: sentence.replace(/^(Yes|No|Undecided): /, ''),
  }));
}

/** Which rows were not run, and what would run them; undefined where all were. */
export function notRun({ experiment, rows }: JudgedExperiment): string | undefined {
  const missing = rows.filter(({ ours }) => Object.keys(ours).length === 0).map(({ label }) => label);
  if (missing.length === 0) return undefined;
  return (
    `${missing.length} of ${rows.length} rows of ${experiment.artefact} were not run in the time there was: ${missing.join('; ')}. ` +
    `\`npm run experiment -- ${experiment.id} --tier laptop\` runs them.`
  );
}

/** The data beside a figure: every number of ours with the run records that it is the mean of. */
export interface TracedRow {
  label: string;
  paper: Partial<Record<Metric, number>>;
  ours: Partial<
    Record<
      Metric,
      { value: number; low: number; high: number; runs: { record: string; seed: number; value: number }[] }
    >
  >;
}

/** Rows as data files keep them: numbers and names of records, without the flags of test images. */
export function tracedRows({ rows }: JudgedExperiment): TracedRow[] {
  return rows.map(({ label, paper, ours }) => ({
    label,
    paper,
    ours: Object.fromEntries(
      Object.entries(ours).map(([metric, { runs, ...score }]) => [
        metric,
        { ...score, runs: runs.map(({ record = '', seed, value }) => ({ record, seed, value })) },
      ]),
    ),
  }));
}
