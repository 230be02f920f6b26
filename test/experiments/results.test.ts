import { describe, expect, it } from 'vitest';
import { experimentsNamed } from '../../lib/experiments/definitions/index.js';
import { rowsOf, specOf } from '../../lib/experiments/experiment.js';
import { specOfRecord } from '../../lib/experiments/records.js';
import { measuredRows, scoredRows, tableText } from '../../lib/experiments/results.js';
import { experimentSettings } from '../../lib/experiments/settings.js';
import { hashOfRun } from '../../lib/experiments/spec.js';
import { recordOf } from './fixtures.js';

const settings = experimentSettings('laptop');
const [table4] = experimentsNamed(['table4']);
const rows = rowsOf(table4, settings);
const flags = [Uint8Array.from([1, 1, 0, 0]), Uint8Array.from([1, 1, 1, 0])];
const records = new Map(
  [
    recordOf(specOf(rows[1], 1, settings), { correct: flags[1] }),
    recordOf(specOf(rows[1], 0, settings), { correct: flags[0], segmentation: 0.25 }),
  ].map((record) => [hashOfRun(specOfRecord(record)), record]),
);
const measured = measuredRows(table4, { settings, records });

describe('rows of an experiment', () => {
  it('have the records of their seeds, and none where they were not run', () => {
    expect(measured.map(({ records: found }) => found.map(({ seed }) => seed))).toEqual([[], [0, 1], [], [], []]);
  });

  it('are scored in percent beside the paper, with the test rows that were right', () => {
    const scored = scoredRows(measured, 'probe', settings.scoring);
    expect(scored.map(({ paper }) => paper)).toEqual([75.8, 76.7, 77.6, 78.6, 78.8]);
    const [first, second] = scored[1].runs;
    expect(first).toMatchObject({ seed: 0, value: 50, correct: flags[0] });
    expect(first.low).toBeCloseTo(40);
    expect(second).toMatchObject({ seed: 1, value: 75, correct: flags[1] });
    const hash = hashOfRun(specOf(rows[1], 0, settings));
    expect(first.record).toMatch(new RegExp(`^synclr-.*-s0-${hash.slice(0, 8)}\\.json$`));
  });

  it('have no score where a record lacks the measure, and no paper’s number where it prints none', () => {
    const scored = scoredRows(measured, 'segmentation', settings.scoring);
    expect(scored[0]).toEqual({ label: 'StableRep', runs: [] });
    expect(scored[1].runs.map(({ seed, value }) => [seed, value])).toEqual([[0, 25]]);
  });

  it('have no score where a record measured it otherwise, and one where it only had fewer test images', () => {
    const { scoring } = settings;
    const runs = (changed: typeof scoring) => scoredRows(measured, 'probe', changed)[1].runs.length;
    expect(runs({ ...scoring, probe: { ...scoring.probe, train: 1 } })).toBe(0);
    expect(runs({ ...scoring, probe: { ...scoring.probe, test: 1_000_000 } })).toBe(2);
    expect(runs({ ...scoring, tasks: { ...scoring.tasks, names: ['another'] } })).toBe(2);
  });

  it('average four tasks of ± 20 points to ± 10', () => {
    const [{ value, low, high }] = scoredRows(measured, 'average', settings.scoring)[1].runs;
    expect([value, low, high].map((number) => Number(number.toFixed(9)))).toEqual([50, 40, 60]);
  });

  it('are printed with the mean of their seeds', () => {
    const lines = tableText(measured, ['probe', 'segmentation'], settings.scoring).split('\n');
    expect(lines[1]).toMatch(/^StableRep +– \(75\.8\) +– \(–\) +0 seeds$/);
    expect(lines[2]).toMatch(/^\+ EMA +62\.5 \(76\.7\) +25\.0 \(48\.0\) +2 seeds$/);
  });
});
