import { rng } from '../../random/rng.js';
import { METHODS } from '../../runs/methods.js';
import type { Tier } from '../../tiers/world/settings.js';
import { experimentsNamed } from '../definitions/index.js';
import type { Experiment, ExperimentRow, Metric } from '../experiment.js';
import { type ExperimentRecord, readRecords, recordsFolder } from '../records.js';
import { measuredRows, scoredRows } from '../results.js';
import type { Scores } from '../score.js';
import { type ExperimentSettings, experimentSettings, shortLaptop } from '../settings.js';
import { allSettings } from './allSettings.js';
import { compareOrder, type OrderAgreement } from './compareOrder.js';
import { drawRows, middle } from './drawRows.js';
import { type Judgement, judgeClaim } from './judgeClaim.js';
import { meanOfRuns, type SeedScore } from './scoredRow.js';
import { type SeedSpread, seedSpread } from './seedSpread.js';

/** One row of a table with all its metrics. */
export interface JudgedRow extends Pick<ExperimentRow, 'label' | 'curve' | 'paper'> {
  /** as figures colour it: `SynCLR`, `StableRep`, `SimCLR`, `supervised` or `CLIP` */
  readonly method: string;
  /** ours by metric; a metric that was not run is missing */
  readonly ours: Readonly<Partial<Record<Metric, RowScore>>>;
  /** percent by task of those that `average` is the mean of, over seeds; empty where the row was not run */
  readonly tasks: Readonly<Record<string, number>>;
}

/** Our number: the mean over seeds in percent, with the 95 % interval of test images and of the luck of the seed. */
export interface RowScore {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly runs: readonly SeedScore[];
}

/** The orders of some rows of a table on one metric. */
export interface JudgedOrder extends OrderAgreement {
  readonly metric: Metric;
  /** the method or the curve whose rows these are; undefined: all rows */
  readonly group?: string;
  readonly labels: readonly string[];
}

/** An experiment as its records have it. */
export interface JudgedExperiment {
  readonly experiment: Experiment;
  /** those of its runs: `trainingSteps` of them says how long they were trained */
  readonly settings: ExperimentSettings;
  readonly rows: readonly JudgedRow[];
  readonly judgements: readonly Judgement[];
  readonly orders: readonly JudgedOrder[];
  /** of seeds, by metric, pooled over all runs of the tier; missing where no setting was run twice */
  readonly spread: Readonly<Partial<Record<Metric, SeedSpread>>>;
}

/** The orders of fewer rows than these are not compared: a coin orders two rows as the paper does every other time. */
const LEAST_ROWS = 3;

/** Reads the committed records of a tier's runs and judges an experiment by them. @param id e.g. `table2` */
export function judgeTier(id: string, tier: Tier): JudgedExperiment {
  const [experiment] = experimentsNamed([id]);
  const records = readRecords([recordsFolder(tier)]);
  return judgeExperiment(experiment, { settings: settledSettings(experiment, { tier, records }), records });
}

/**
 * The settings that a table stands at: the tier's, the longer training; at the laptop tier `shortLaptop` where more rows that
 * claims name were run and measured so.
 */
export function settledSettings(
  experiment: Experiment,
  { tier, records }: { tier: Tier; records: ReadonlyMap<string, ExperimentRecord> },
): ExperimentSettings {
  const long = experimentSettings(tier);
  const lacks = (settings: ExperimentSettings) => unmeasured(experiment, { settings, records });
  return tier === 'laptop' && lacks(shortLaptop) < lacks(long) ? shortLaptop : long;
}

/** How many rows that claims name have no run with the claim's metric. */
function unmeasured(
  experiment: Experiment,
  { settings, records }: { settings: ExperimentSettings; records: ReadonlyMap<string, ExperimentRecord> },
): number {
  const rows = measuredRows(experiment, { settings, records });
  const without = experiment.claims.flatMap(({ metric, order }) =>
    scoredRows(rows, metric, settings.scoring).filter(({ label, runs }) => order.includes(label) && runs.length === 0),
  );
  return without.length;
}

/**
 * What the records say of an experiment: each row's numbers, each of the paper's claims judged, the orders compared. A
 * function of the records alone: intervals are drawn with a fixed seed.
 */
export function judgeExperiment(
  experiment: Experiment,
  {
    settings,
    records,
    draws,
  }: { settings: ExperimentSettings; records: ReadonlyMap<string, ExperimentRecord>; draws?: number },
): JudgedExperiment {
  const everything = allSettings(records.values());
  const measured = measuredRows(experiment, { settings, records });
  const rows = measured.map(({ label, curve, paper, encoder, records }) => ({
    label,
    ...(curve && { curve }),
    paper,
    method: METHODS[encoder.objective].name,
    ours: {} as Partial<Record<Metric, RowScore>>,
    tasks: meanTasks(records.map(({ metrics }) => metrics.tasks)),
  }));
  const judgements: Judgement[] = [];
  const orders: JudgedOrder[] = [];
  const spread: Partial<Record<Metric, SeedSpread>> = {};
  for (const metric of experiment.metrics) {
    const stream = rng(0, 'experiments', experiment.id, metric);
    spread[metric] = seedSpread(scoredRows(everything, metric, settings.scoring));
    const drawn = drawRows(scoredRows(measured, metric, settings.scoring), {
      rng: stream.child('draws'),
      spread: spread[metric],
      draws,
    });
    for (const [at, row] of drawn.rows.entries()) {
      const { low, high } = middle(drawn.draws.map((values) => values[at]));
      const target = rows.find(({ label }) => label === row.label)!;
      // The luck of the seed is drawn from a distribution that does not know where shares end.
      target.ours[metric] = {
        value: meanOfRuns(row),
        low: Math.max(0, low),
        high: Math.min(100, high),
        runs: row.runs,
      };
    }
    const claims = experiment.claims.filter((claim) => claim.metric === metric);
    // Where the paper's point is that rows are alike, their order says nothing.
    const ordered = claims.every(({ within }) => within === undefined);
    for (const { group, labels } of ordered ? groupsOf(rows) : []) {
      const agreement = compareOrder(drawn, { rng: stream.child('order', group ?? ''), labels });
      if (agreement && agreement.rows >= LEAST_ROWS) {
        orders.push({ metric, labels, ...agreement, ...(group !== undefined && { group }) });
      }
    }
    judgements.push(...claims.map((claim) => judgeClaim(claim, drawn)));
  }
  return { experiment, settings, rows, judgements, orders, spread };
}

function meanTasks(runs: readonly Scores['tasks'][]): Record<string, number> {
  const names = runs.length > 0 ? runs[0].map(({ task }) => task) : [];
  const mean = (at: number) => runs.reduce((sum, tasks) => sum + tasks[at].value, 0) / runs.length;
  return Object.fromEntries(names.map((name, at) => [name, 100 * mean(at)]));
}

/** Rows whose order is one question: those of a curve; those of a method where each method has enough; else all. */
function groupsOf(rows: readonly JudgedRow[]): { group?: string; labels: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const { label, curve, method } of rows) {
    const name = curve?.name ?? method;
    groups.set(name, [...(groups.get(name) ?? []), label]);
  }
  const sizes = [...groups.values()].map((labels) => labels.length);
  if (groups.size === 1 || Math.min(...sizes) < LEAST_ROWS) return [{ labels: rows.map(({ label }) => label) }];
  return [...groups].map(([group, labels]) => ({ group, labels }));
}
