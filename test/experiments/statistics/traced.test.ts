import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRICS, type Metric, readRecords, recordsFolder, type TracedRow } from '../../../lib/experiments/index.js';
import { projectPath } from '../../../lib/runs/paths.js';
import { GENERATOR_MEASURES, readGeneratorMeasures } from '../../../lib/tiers/index.js';

/** Figures whose data say which run records they are made of. */
const traced = readdirSync(projectPath('figures'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, content: JSON.parse(readFileSync(projectPath('figures', name), 'utf8')) }))
  .filter(({ content }) => content.data?.experiments !== undefined);

const folder = recordsFolder('laptop');
const byName = new Map(
  [...readRecords([folder]).values()].map((record) => [`${path.basename(record.name)}.json`, record]),
);

function measured(file: string, metric: Metric): number {
  const { metrics } = byName.get(file)!;
  return 100 * (metric === 'average' ? metrics.average : metrics[metric]!.value);
}

/** The numbers that a figure may draw: the paper's, our means, our seeds. */
function known(rows: readonly TracedRow[]): number[] {
  return rows.flatMap(({ paper, ours }) => [
    ...Object.values(paper),
    ...Object.values(ours).flatMap(({ value, runs }) => [value, ...runs.map((run) => run.value)]),
  ]);
}

/** What was measured of the generator's pictures, which a figure may draw beside the encoders that learned from them. */
const ofPictures = readGeneratorMeasures(GENERATOR_MEASURES).points.flatMap(({ judge, diversity }) => [
  100 * judge.concept.share,
  diversity.withinCaption,
]);

it('there are figures of experiments', () => {
  expect(traced.length).toBeGreaterThan(0);
});

describe.each(traced)('figures/$name', ({ content }) => {
  const rows = Object.values(content.data.experiments as Record<string, TracedRow[]>).flat();

  it('every number of ours is the mean of committed run records', () => {
    for (const { label, ours } of rows) {
      for (const [metric, { value, low, high, runs }] of Object.entries(ours)) {
        for (const run of runs) {
          expect(existsSync(path.join(folder, run.record)), `${label}: ${run.record}`).toBe(true);
          expect(measured(run.record, metric as Metric), `${label}: ${run.record}`).toBeCloseTo(run.value, 9);
          expect(byName.get(run.record)?.seed).toBe(run.seed);
        }
        expect(runs.reduce((sum, run) => sum + run.value, 0) / runs.length).toBeCloseTo(value, 9);
        expect(low <= value && value <= high, `${label}: ${low} … ${value} … ${high}`).toBe(true);
      }
    }
  });

  it('every dot that is drawn as ours is one of them', () => {
    const { data, layout } = content.figure as { data: DrawnTrace[]; layout: Layout };
    // A diagram is drawn of shapes, and its numbers are annotations.
    const shown: (number | string)[] =
      data.length === 0 ? writtenNumbers(layout.annotations) : data.flatMap((trace) => oursOf(trace, layout));
    const pictures = content.data.images ? ofPictures : [];
    const values = known(rows);
    const exact = new Set([...values, ...pictures].map((value) => value.toPrecision(9)));
    const rounded = new Set(values.map((value) => value.toFixed(1)));
    for (const value of shown) {
      if (typeof value === 'string') expect(rounded).toContain(value);
      else expect(exact).toContain(value.toPrecision(9));
    }
  });

  it('every difference that is drawn as ours is one of two rows’, or lies beyond the edge', () => {
    const differences = Object.values(content.data.experiments as Record<string, TracedRow[]>).flatMap(differencesOf);
    const exact = new Set(differences.map((value) => value.toPrecision(6)));
    const drawn = (content.figure.data as DrawnTrace[]).filter(({ meta }) => meta?.values === 'differences');
    for (const value of drawn.filter(({ meta }) => meta!.who === 'ours').flatMap(({ x }) => x)) {
      expect(Math.abs(value) === 20 || exact.has(value.toPrecision(6)), `${value}`).toBe(true);
    }
  });
});

interface DrawnTrace {
  x: number[];
  y: number[];
  xaxis?: string;
  yaxis?: string;
  /** whose values, and where they stand: `x`, or as differences of two rows */
  meta?: { who: 'paper' | 'ours'; values: 'x' | 'differences' };
}
type Layout = Record<string, { domain?: [number, number] }> & { annotations: { x: number; text: string }[] };

function differencesOf(rows: readonly TracedRow[]): number[] {
  const means = (metric: Metric) => rows.flatMap(({ ours }) => ours[metric]?.value ?? []);
  return METRICS.flatMap((metric) => means(metric).flatMap((a) => means(metric).map((b) => a - b)));
}

const writtenNumbers = (annotations: readonly { text: string }[]) =>
  annotations.map(({ text }) => text.replace(/<[^>]+>/g, '')).filter((text) => /^\d+\.\d$/.test(text));

/** Our values in a trace: as it says itself, or upwards in a panel that is headed `ours`. */
function oursOf({ x, y, xaxis = 'x', meta }: DrawnTrace, layout: Layout): number[] {
  if (meta) return meta.who === 'ours' && meta.values === 'x' ? x : [];
  const left = layout[xaxis.replace('x', 'xaxis')].domain?.[0] ?? 0;
  const heads = layout.annotations.filter(({ text }) => text.startsWith('<b>ours</b>')).map((head) => head.x);
  if (!heads.some((head) => Math.abs(head - left) < 1e-9)) return [];
  return y;
}
