import type { Measured } from '../../runs/measured.js';
import type { Metric } from '../experiment.js';
import { METRIC_NAMES } from './figureData.js';
import type { Verdict } from './judgeClaim.js';
import type { JudgedExperiment, RowScore } from './judgeExperiment.js';

/**
 * A table of the paper, a line a row: its number and ours with the interval, or that the row was not run. Points of a curve
 * are in the order of the curve.
 */
export function scoreTable({ experiment, rows }: JudgedExperiment): Record<string, string | number | null>[] {
  const along = [...rows].sort(
    (a, b) => (a.curve?.name ?? '').localeCompare(b.curve?.name ?? '') || (a.curve?.x ?? 0) - (b.curve?.x ?? 0),
  );
  return along.map(({ label, paper, ours }) => {
    const seeds = Math.max(0, ...Object.values(ours).map(({ runs }) => runs.length));
    const cells = experiment.metrics.flatMap((metric) => [
      ...(rows.some((row) => row.paper[metric] !== undefined)
        ? [[`paper: ${METRIC_NAMES[metric].paper}`, paper[metric] ?? null]]
        : []),
      [`ours: ${METRIC_NAMES[metric].ours}`, inWords(ours[metric])],
    ]);
    return { setting: label, ...Object.fromEntries(cells), seeds };
  });
}

/** The fine-grained tasks one by one, in percent: a line a row that was run. */
export function taskScoreTable({ rows }: JudgedExperiment): Record<string, string | number>[] {
  return rows
    .filter(({ tasks }) => Object.keys(tasks).length > 0)
    .map(({ label, tasks }) => ({ setting: label, ...tasks }));
}

function inWords(score: RowScore | undefined): string {
  if (score === undefined) return 'not run';
  return `${score.value.toFixed(1)} [${score.low.toFixed(1)}, ${score.high.toFixed(1)}]`;
}

/** The paper's claims, or those of an experiment that explains ours, with the verdicts. */
export function claimTable({ judgements, rows }: JudgedExperiment): Record<string, string>[] {
  const whose = rows.some(({ paper }) => Object.keys(paper).length > 0) ? 'the paper says' : 'the claim';
  return judgements.map(({ claim, verdict, sentence }) => ({
    [whose]: claim.says,
    'asked of': METRIC_NAMES[claim.metric].ours,
    ours: verdict,
    numbers: sentence.replace(/^(Yes|No|Undecided): /, ''),
  }));
}

/** How far our orders are the paper's: a line for each order that was compared. */
export function orderTable(judged: readonly JudgedExperiment[]): Record<string, string | number>[] {
  return judged.flatMap(({ experiment, orders }) =>
    orders.map(({ metric, group, spearman: { value, low, high }, kendall, p, pairs }) => ({
      artefact: experiment.artefact,
      'order by': METRIC_NAMES[metric].ours,
      rows: group ?? 'all',
      'Spearman’s ρ': value,
      '95 % from': low,
      to: high,
      'Kendall’s τ': kendall,
      'pairs as in the paper': `${pairs.same} of ${pairs.of}`,
      p,
    })),
  );
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

/** How many of the paper's claims hold here: a line an experiment. */
export function verdictTable(judged: readonly JudgedExperiment[]): Record<string, string | number>[] {
  return judged.map(({ experiment, judgements }) => {
    const count = (verdict: Verdict) => judgements.filter((one) => one.verdict === verdict).length;
    return {
      artefact: experiment.artefact,
      claims: judgements.length,
      yes: count('yes'),
      no: count('no'),
      undecided: count('undecided'),
      'not run': count('not run'),
    };
  });
}

/** For each claim that ours deny: the experiments that ask why, and what they found. Each is judged once. */
export function explanationTable(
  judged: readonly JudgedExperiment[],
  explain: (id: string) => JudgedExperiment,
): Record<string, string>[] {
  const denied = judged.filter(({ judgements }) => judgements.some(({ verdict }) => verdict === 'no'));
  const asked = new Set(denied.flatMap(({ experiment }) => experiment.explainedBy ?? []));
  const answers = new Map([...asked].map((id) => [id, answersOf(explain(id))]));
  return denied.map(({ experiment: { artefact, explainedBy = [] }, judgements }) => ({
    artefact,
    'claims denied here': judgements
      .filter(({ verdict }) => verdict === 'no')
      .map(({ claim }) => claim.says)
      .join('; '),
    'asked to find out why': explainedBy.map((id) => answers.get(id)).join(' ') || 'nothing yet',
  }));
}

function answersOf({ experiment, judgements }: JudgedExperiment): string {
  return [experiment.question, ...judgements.map(({ claim, verdict }) => `${claim.says}: ${verdict}.`)].join(' ');
}

/** One row in the data beside a figure: every number of ours with the run records that it is the mean of. */
export interface TracedRow {
  label: string;
  paper: Partial<Record<Metric, number>>;
  ours: Partial<Record<Metric, Measured & { runs: { record: string; seed: number; value: number }[] }>>;
}

/** The data beside figures of experiments, rows by the experiment's id, without the flags of test images. */
export function tracedData(judged: readonly JudgedExperiment[]): { experiments: Record<string, TracedRow[]> } {
  return { experiments: Object.fromEntries(judged.map((one) => [one.experiment.id, tracedRows(one)])) };
}

function tracedRows({ rows }: JudgedExperiment): TracedRow[] {
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
