import { existsSync } from 'node:fs';
import type { AblationDotsData } from '../../figures/ablationDots.js';
import type { ForestGroup } from '../../figures/claimForest.js';
import type { GuidanceCurveData } from '../../figures/guidanceCurve.js';
import type { LengthCurvesData } from '../../figures/lengthCurves.js';
import type { DrawnPoint } from '../../figures/measuredPoints.js';
import type { PositivesCurveData } from '../../figures/positivesCurve.js';
import type { ScalingCurveData } from '../../figures/scalingCurve.js';
import { inPercent } from '../../runs/measured.js';
import { paperNumbers } from '../../runs/published.js';
import { GENERATOR_MEASURES } from '../../tiers/judging/judgedSamples.js';
import { type GeneratorMeasures, readGeneratorMeasures } from '../../tiers/report/tradeoff.js';
import type { Claim, Experiment, Metric } from '../experiment.js';
import type { JudgedComparison } from './judgeClaim.js';
import type { JudgedExperiment, JudgedRow } from './judgeExperiment.js';

/** What a metric is called: the paper's, and the one in its place here. */
export const METRIC_NAMES: Record<Metric, { paper: string; ours: string }> = {
  probe: { paper: 'ImageNet, linear (%)', ours: 'real scenes (%)' },
  unseen: { paper: '', ours: 'unseen drawings (%)' },
  kinds: { paper: '', ours: 'kinds of unseen drawings (%)' },
  unnamed: { paper: '', ours: 'unnamed concepts (%)' },
  average: { paper: 'mean of nine sets (%)', ours: 'mean of tasks (%)' },
  segmentation: { paper: 'ADE20k, mIoU (%)', ours: 'scenes, mIoU (%)' },
};

/**
 * A table as dots. Where every method was run on every setting (Tables 2 and 10), a row is a setting with a dot a method;
 * else a row is a row.
 */
export function ablationData({ experiment, rows }: JudgedExperiment): AblationDotsData {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const settings = [...new Set(rows.map(settingOf))];
  const crossed = methods.length > 1 && methods.length * settings.length === rows.length && settings.length > 1;
  const lines = crossed ? settings.map((label) => ({ label })) : rows.map(({ label, method }) => ({ label, method }));
  const values = (of: (row: JudgedRow) => DrawnPoint | null): Record<string, (DrawnPoint | null)[]> => {
    if (!crossed) return { '': rows.map(of) };
    const at = (setting: string, method: string) =>
      rows.find((row) => row.method === method && settingOf(row) === setting)!;
    return Object.fromEntries(methods.map((method) => [method, settings.map((setting) => of(at(setting, method)))]));
  };
  const printed = (metric: Metric) => rows.some(({ paper }) => paper[metric] !== undefined);
  return {
    rows: lines,
    panels: shownMetrics(experiment, printed).flatMap((metric) => [
      ...(printed(metric)
        ? [{ who: 'paper' as const, quantity: METRIC_NAMES[metric].paper, values: values(paperPoint(metric)) }]
        : []),
      { who: 'ours' as const, quantity: METRIC_NAMES[metric].ours, values: values((row) => ourPoint(row, metric)) },
    ]),
  };
}

/** Metrics that the paper prints or a claim is about; the others stand in the table. */
function shownMetrics({ metrics, claims }: Experiment, printed: (metric: Metric) => boolean): Metric[] {
  return metrics.filter((metric) => printed(metric) || claims.some((claim) => claim.metric === metric));
}

/** A row's label without its method: `alt-texts` of `alt-texts, SynCLR`. */
function settingOf({ label, method }: Pick<JudgedRow, 'label' | 'method'>): string {
  const parts = label.split(', ').filter((part) => part !== method);
  return parts.join(', ') || label;
}

const paperPoint =
  (metric: Metric) =>
  ({ paper }: JudgedRow): DrawnPoint | null =>
    paper[metric] === undefined ? null : { value: paper[metric] };

function ourPoint({ ours }: JudgedRow, metric: Metric): DrawnPoint | null {
  const score = ours[metric];
  if (score === undefined) return null;
  const { value, low, high, runs } = score;
  return { value, low, high, seeds: runs.map((run) => run.value) };
}

/** Our points of a curve, those that were run, with their place on the axis. */
function pointsOf(rows: readonly JudgedRow[], metric: Metric, curve?: string): (DrawnPoint & { x: number })[] {
  return rows.flatMap((row) => {
    const point = ourPoint(row, metric);
    if (point === null || row.curve === undefined || (curve !== undefined && row.curve.name !== curve)) return [];
    return [{ ...point, x: row.curve.x }];
  });
}

/** Figure 6 (`probe`) or 7 (`average`): the smaller encoder, then the larger. */
export function scalingData({ rows }: JudgedExperiment, metric: 'probe' | 'average'): ScalingCurveData {
  const { figure6, figure7 } = paperNumbers();
  const published = metric === 'probe' ? figure6 : figure7;
  const theirs = (['ViT-B/16', 'ViT-L/14'] as const).map((model) => ({
    model,
    points: Object.entries(published[model]).map(([x, value]) => ({ x: Number(x), value })),
  }));
  const ours = (['B', 'L'] as const).map((name) => ({
    model: name === 'B' ? 'smaller ViT' : 'larger ViT',
    points: pointsOf(rows, metric, name),
  }));
  return {
    paper: { quantity: METRIC_NAMES[metric].paper, lines: theirs },
    ours: { quantity: METRIC_NAMES[metric].ours, lines: ours, ...noteOf(rows, metric) },
  };
}

/** Table 3 and the guidance curve, with the images' own measures at the number of steps that has most scales. */
export function guidanceData({ rows }: JudgedExperiment, measures?: GeneratorMeasures): GuidanceCurveData {
  const theirs = Object.entries(paperNumbers().table3.cfg).map(([x, value]) => ({ x: Number(x), value }));
  return {
    paper: { quantity: METRIC_NAMES.probe.paper, points: theirs.sort((a, b) => a.x - b.x) },
    ours: {
      quantity: METRIC_NAMES.probe.ours,
      points: pointsOf(rows, 'probe'),
      ...noteOf(rows, 'probe'),
    },
    ...(measures && { images: imagesByGuidance(measures) }),
  };
}

function imagesByGuidance({ points }: GeneratorMeasures): GuidanceCurveData['images'] {
  const withSteps = (steps: number) => points.filter((point) => point.steps === steps);
  const most = points.map(({ steps }) => withSteps(steps)).sort((a, b) => b.length - a.length)[0] ?? [];
  const sorted = [...most].sort((a, b) => a.guidance - b.guidance);
  return {
    recognised: sorted.map(({ guidance: x, judge: { concept } }) => ({
      x,
      ...inPercent(concept.share, concept),
    })),
    diversity: sorted.map(({ guidance: x, diversity }) => ({ x, value: diversity.withinCaption })),
  };
}

/** StableRep's number of images per caption; its own numbers are second-hand, with a bar where sources differ. */
export function positivesData({ rows }: JudgedExperiment): PositivesCurveData {
  const published = paperNumbers().stablerep.secondary['images per caption l (fixed budget)'];
  const points = (['1', '8'] as const).map((images) => {
    const [low, high] = [Math.min(...published[images]), Math.max(...published[images])];
    return { x: Number(images), value: (low + high) / 2, ...(high > low && { low, high }) };
  });
  return {
    paper: { quantity: METRIC_NAMES.probe.paper, points, note: 'second-hand: two reviews that quote it' },
    ours: {
      quantity: METRIC_NAMES.probe.ours,
      points: pointsOf(rows, 'probe'),
      ...noteOf(rows, 'probe'),
    },
  };
}

function noteOf(rows: readonly JudgedRow[], metric: Metric): { note?: string } {
  const missing = rows.filter(({ ours }) => ours[metric] === undefined).map(({ label }) => label);
  if (missing.length === 0 || missing.length === rows.length) return {};
  const lines = Array.from({ length: Math.ceil(missing.length / 3) }, (_, at) => missing.slice(3 * at, 3 * at + 3));
  return { note: `not run: ${lines.map((line) => line.join('; ')).join(';\n')}` };
}

/** Accuracy against the length of training, by method. */
export function lengthData({ rows }: JudgedExperiment): LengthCurvesData {
  const names = [...new Set(rows.flatMap(({ curve }) => curve?.name ?? []))];
  return {
    quantity: METRIC_NAMES.probe.ours,
    lines: names.map((name) => ({ name, points: pointsOf(rows, 'probe', name) })),
  };
}

/** The claims of experiments as a forest plot has them: each by the comparison that decides it. */
export function forestData(judged: readonly JudgedExperiment[]): ForestGroup[] {
  return judged.map(({ experiment, settings, judgements }) => ({
    title: `${experiment.artefact} (${settings.trainingSteps} steps)`,
    claims: judgements.map(({ claim, verdict, comparisons }) => {
      const decisive = decisiveOf(claim, comparisons);
      return {
        says: claim.says,
        of: METRIC_NAMES[claim.metric].ours.replace(' (%)', ''),
        verdict,
        ...(claim.within !== undefined && { within: claim.within }),
        ...(decisive && {
          ours: { value: decisive.difference, low: decisive.low, high: decisive.high },
          ...(decisive.paper !== undefined && { paper: decisive.paper }),
        }),
      };
    }),
  }));
}

/** The comparison that a claim stands or falls by: the lowest difference, or the furthest where rows should be alike. */
function decisiveOf({ within }: Claim, comparisons: readonly JudgedComparison[]): JudgedComparison | undefined {
  const worth = ({ difference }: JudgedComparison) => (within === undefined ? difference : -Math.abs(difference));
  return [...comparisons].sort((a, b) => worth(a) - worth(b))[0];
}

/** What `synclr measure-generator` found, as the repository keeps it; undefined where it does not. */
export function committedMeasures(): GeneratorMeasures | undefined {
  return existsSync(GENERATOR_MEASURES) ? readGeneratorMeasures(GENERATOR_MEASURES) : undefined;
}
