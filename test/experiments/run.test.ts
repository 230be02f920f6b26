import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Metric } from '../../lib/experiments/experiment.js';
import { answers, nameOfRun, readRecords } from '../../lib/experiments/records.js';
import { folderOfRun, runExperiment } from '../../lib/experiments/run.js';
import { packFlags, type Tested, unpackFlags } from '../../lib/experiments/score.js';
import { experimentSettings } from '../../lib/experiments/settings.js';
import { hashOfRun } from '../../lib/experiments/spec.js';
import { rng } from '../../lib/random/rng.js';
import { realSpec, suiteIn } from './fixtures.js';

const folder = mkdtempSync(path.join(tmpdir(), 'run-'));
afterAll(() => rmSync(folder, { recursive: true }));
// From TypeScript sources there is no program for a thread to run: batches are prepared in this one.
const suite = { ...suiteIn(folder), workers: 0 };
const spec = realSpec();
const run = { spec, metrics: ['probe', 'average'] as const };

describe('runExperiment', () => {
  it('trains, judges and writes a record that is found by its spec', async () => {
    const steps: number[] = [];
    const result = await runExperiment(run, suite, { onStep: ({ step }) => steps.push(step) });
    expect(steps).toEqual([0, 1, 2, 3]);
    const record = readRecords([suite.results]).get(hashOfRun(spec))!;
    expect(result!.file).toBe(path.join(suite.results, `${nameOfRun(spec)}.json`));
    const { probe, unseen, kinds, unnamed, tasks, average, segmentation, steps: done, trainedOn } = record.metrics;
    expect([done, trainedOn, segmentation]).toEqual([4, 'onnx', undefined]);
    expect([probe.test, unseen.test]).toEqual([spec.scoring.probe.test, spec.scoring.probe.unseen]);
    expect([kinds!.test, unnamed!.test]).toEqual([spec.scoring.probe.unseen, spec.scoring.unnamed!.test]);
    for (const { value, low, high, test, correct } of [
      probe,
      unseen,
      kinds!,
      unnamed!,
      ...(tasks as readonly Tested[]),
    ]) {
      const right = unpackFlags(correct, test).reduce((sum, flag) => sum + flag, 0);
      expect(value).toBeCloseTo(right / test, 12);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
    expect(tasks.map(({ task }) => task)).toEqual(spec.scoring.tasks.names);
    expect(average).toBeCloseTo((tasks[0].value + tasks[1].value) / 2, 12);
    expect(record.inputs.encoder).toHaveLength(64);
    // The encoder stays, what only training needs goes.
    const kept = readdirSync(folderOfRun(spec, suite)).filter((name) => name.endsWith('.safetensors'));
    expect(kept).toEqual(['encoder.safetensors']);
  });

  it('judges the encoder that is there when more is asked of it, without training again', async () => {
    const wanted = { generator: 'none', metrics: ['segmentation'] as const, scoring: spec.scoring };
    expect(answers(readRecords([suite.results]).get(hashOfRun(spec)), wanted)).toBe(false);
    const before = readRecords([suite.results]).get(hashOfRun(spec))!;
    const steps: number[] = [];
    await runExperiment({ spec, metrics: ['segmentation'] }, suite, { onStep: ({ step }) => steps.push(step) });
    const after = readRecords([suite.results]).get(hashOfRun(spec))!;
    expect(steps).toEqual([]);
    expect(answers(after, wanted)).toBe(true);
    expect(after.metrics.probe).toEqual(before.metrics.probe);
    expect(after.metrics.trainSeconds).toBe(before.metrics.trainSeconds);
  });

  it('judges anew what was judged otherwise, and not what only had another number of test images', () => {
    const record = readRecords([suite.results]).get(hashOfRun(spec));
    const answered = (probe: object, metrics: Metric[]) =>
      answers(record, {
        generator: 'none',
        metrics,
        scoring: { ...spec.scoring, probe: { ...spec.scoring.probe, ...probe } },
      });
    expect(answered({ train: 32 }, ['probe'])).toBe(false);
    expect(answered({ train: 32 }, ['average'])).toBe(true);
    expect(answered({ test: 32 }, ['probe'])).toBe(true);
    expect(answered({ test: 1000 }, ['probe'])).toBe(true);
  });

  it('replaces the record of another scoring, and a shorter test is the beginning of a longer one', async () => {
    const [name] = readdirSync(suite.results);
    const longer = readRecords([suite.results]).get(hashOfRun(spec))!.metrics.probe;
    const scoring = { ...spec.scoring, probe: { ...spec.scoring.probe, test: 32 } };
    await runExperiment({ spec: { ...spec, scoring }, metrics: ['probe'] }, suite);
    expect(readdirSync(suite.results)).toEqual([name]);
    const shorter = readRecords([suite.results]).get(hashOfRun(spec))!.metrics.probe;
    expect([longer.test, shorter.test]).toEqual([64, 32]);
    expect(unpackFlags(shorter.correct, 32)).toEqual(unpackFlags(longer.correct, 64).slice(0, 32));
  });

  it('stops with a checkpoint, and ends as a run that was never stopped', async () => {
    const other = { ...suite, work: path.join(folder, 'stopped'), results: path.join(folder, 'stopped-results') };
    const stop = new AbortController();
    const halted = await runExperiment(run, other, {
      signal: stop.signal,
      onStep: ({ step }) => step === 1 && stop.abort(),
    });
    expect(halted).toBeNull();
    expect(existsSync(other.results)).toBe(false);
    const steps: number[] = [];
    await runExperiment(run, other, { onStep: ({ step }) => steps.push(step) });
    expect(steps).toEqual([2, 3]);
    const weights = (settings: typeof suite) =>
      readFileSync(path.join(folderOfRun(spec, settings), 'encoder.safetensors'));
    expect(weights(other).equals(weights(suite))).toBe(true);
  });

  it('says which pictures are missing', async () => {
    const { base } = experimentSettings('smoke');
    await expect(runExperiment({ spec: { ...spec, images: base }, metrics: [] }, suite)).rejects.toThrow(
      /16 captions × 4/,
    );
  });
});

it('flags come back from their bits', () => {
  const stream = rng(0, 'flags');
  for (const length of [1, 7, 8, 9, 2000]) {
    const flags = Uint8Array.from({ length }, () => Number(stream.bernoulli(0.3)));
    expect(unpackFlags(packFlags(flags), length)).toEqual(flags);
  }
});
