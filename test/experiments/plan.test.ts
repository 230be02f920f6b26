import { describe, expect, it } from 'vitest';
import { EXPERIMENTS, experimentsNamed } from '../../lib/experiments/definitions/index.js';
import { rowsOf } from '../../lib/experiments/experiment.js';
import { planRuns } from '../../lib/experiments/plan.js';
import { operationsOfStep, secondsOfRun } from '../../lib/experiments/predict.js';
import { type ExperimentRecord, nameOfRun } from '../../lib/experiments/records.js';
import { experimentSettings, trainersOf } from '../../lib/experiments/settings.js';
import { hashOfRun, hashOfTraining, isReal, type RunSpec } from '../../lib/experiments/spec.js';
import { sha256 } from '../../lib/runs/files.js';
import { recordOf } from './fixtures.js';

const settings = experimentSettings('laptop');
const none = new Map<string, ExperimentRecord>();
const ours = sha256('ours');
const plan = (ids: string[], { seeds = [0], records = none, generator = ours } = {}) =>
  planRuns(experimentsNamed(ids), { settings, seeds, records, generator });

describe('planRuns', () => {
  it('has every run once, however many experiments need it', () => {
    const all = plan(['all']);
    const rows = EXPERIMENTS.flatMap((experiment) => rowsOf(experiment, settings));
    expect(all.length).toBeLessThan(rows.length);
    expect(new Set(all.map(({ hash }) => hash)).size).toBe(all.length);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    const shared = all.filter(({ wantedBy }) => wantedBy.includes('table2') && wantedBy.includes('table4'));
    expect(shared.map(({ spec }) => spec.encoder.objective)).toEqual(['stablerep', 'synclr']);
  });

  it('has all rows with the first seed before any with the second, experiments in the order asked', () => {
    const runs = plan(['table5', 'table4'], { seeds: [1, 0] });
    expect(runs.map(({ spec }) => spec.seed)).toEqual([...Array(8).fill(1), ...Array(8).fill(0)]);
    expect(runs.slice(0, 3).every(({ wantedBy }) => wantedBy.includes('table5'))).toBe(true);
    const other = plan(['table4', 'table5'], { seeds: [1] });
    expect(other.slice(0, 5).every(({ wantedBy }) => wantedBy.includes('table4'))).toBe(true);
  });

  it('asks every run for the measures of all its experiments', () => {
    const [stableRep] = plan(['table2', 'table4']).filter(({ wantedBy }) => wantedBy.length === 2);
    expect(stableRep.metrics).toContain('segmentation');
    expect(plan(['table2']).some(({ metrics }) => metrics.includes('segmentation'))).toBe(false);
  });

  it('counts a run as done by a record of its spec and generator, with the measures asked for', () => {
    const [{ spec, hash }] = plan(['table4']);
    const done = (record: ExperimentRecord, ids: string[]) =>
      plan(ids, { records: new Map([[hash, record]]) }).find((run) => run.hash === hash)!.done;
    const correct = Uint8Array.from([1, 0]);
    expect(done(recordOf(spec, { correct, generator: ours }), ['table2'])).toBe(true);
    expect(done(recordOf(spec, { correct, generator: ours }), ['table4'])).toBe(false);
    expect(done(recordOf(spec, { correct, generator: ours, segmentation: 0.2 }), ['table4'])).toBe(true);
    expect(done(recordOf(spec, { correct, generator: sha256('another') }), ['table2'])).toBe(false);
  });
});

describe('hashes', () => {
  const [run] = plan(['table5']);
  const real = plan(['real-vs-synthetic']).find(({ spec }) => isReal(spec.images))!;

  it('do not depend on the order of keys or on fields that are undefined', () => {
    const { images, encoder, seed, scoring } = run.spec;
    const turned: RunSpec = { scoring, seed, encoder: { ...encoder, dino: undefined }, images: { ...images } };
    expect(hashOfRun(turned)).toBe(run.hash);
    const judgedOtherwise: RunSpec = { ...turned, scoring: { ...scoring, seed: 9 } };
    expect(hashOfRun(judgedOtherwise)).toBe(run.hash);
    expect(hashOfRun({ ...run.spec, seed: 1 })).not.toBe(run.hash);
  });

  it('of training follow the generator, where there is one, and not the judging', () => {
    const judgedOtherwise: RunSpec = { ...run.spec, scoring: { ...run.spec.scoring, seed: 9 } };
    expect(hashOfTraining(judgedOtherwise, 'g')).toBe(hashOfTraining(run.spec, 'g'));
    expect(hashOfTraining(run.spec, 'h')).not.toBe(hashOfTraining(run.spec, 'g'));
    expect(hashOfTraining(real.spec, 'h')).toBe(hashOfTraining(real.spec, 'g'));
  });

  it('end the names of runs', () => {
    expect(run.name).toBe(`stablerep-4x128-our-backgrounds-2000x4-w2.5-s0-${run.hash.slice(0, 8)}`);
    expect(nameOfRun(real.spec)).toMatch(/^simclr-4x128-scenes-8000-s0-/);
  });
});

describe('predictions', () => {
  const { stablerep, synclr, simclr } = trainersOf(settings);

  it('count the operations of a step', () => {
    // Naively: three passes of 128 images of 65 tokens through 4 blocks, each 12·128² weights and attention.
    const weights = 2 * 12 * 128 ** 2;
    const tokens = 65;
    expect(operationsOfStep(stablerep)).toBe(3 * 128 * 4 * (tokens * weights + 2 * 2 * tokens ** 2 * 128));
    expect(operationsOfStep(simclr)).toBe(operationsOfStep(stablerep));
    expect(operationsOfStep(synclr)).toBeGreaterThan(operationsOfStep(stablerep));
  });

  it('are what a like run took, where one is on record', () => {
    const [first, second] = plan(['table2']);
    const records = [recordOf({ ...second.spec, seed: 3 }, { correct: Uint8Array.of(1) })];
    expect(secondsOfRun(first, { records, threads: 1 })).toEqual({ train: 10, score: 5 });
    const one = secondsOfRun(first, { records: [], threads: 1 });
    const onGpu = records.map((record) => structuredClone(record));
    for (const { metrics } of onGpu) Object.assign(metrics, { trainedOn: 'xla' });
    expect(secondsOfRun(first, { records: onGpu, threads: 1 })).toEqual(one);
    expect(secondsOfRun(first, { records: [], threads: 2 }).train).toBeCloseTo(one.train / 2);
  });
});
