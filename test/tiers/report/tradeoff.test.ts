import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../lib/errors.js';
import type { ImageMeasures, MeasuredPoint } from '../../../lib/evaluate/index.js';
import { runRecord, writeRunRecord } from '../../../lib/runs/record.js';
import { readGeneratorMeasures, tradeoffData } from '../../../lib/tiers/report/tradeoff.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'measures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const measures = (n: number): ImageMeasures => ({
  judge: {
    concept: { share: n / 10, low: n / 20, high: n / 5, of: 40 },
    background: null,
    none: { share: 0, low: 0, high: 0.1, of: 40 },
    byConcept: [],
  },
  generatorFamilies: { frechet: 20 - n, precision: 0.5, recall: 0.4, density: 1, coverage: 0.6 },
  heldOutFamilies: { frechet: 30 - n, precision: 0.3, recall: 0.2, density: 0.5, coverage: 0.4 },
  diversity: { withinCaption: 1 / n, acrossCaptions: 0.9 },
});
const point = (guidance: number, steps: number): MeasuredPoint => ({
  guidance,
  steps,
  seconds: 1,
  ...measures(guidance),
});
const points = [point(1, 25), point(2, 25), point(2, 10)];
const metrics = JSON.parse(JSON.stringify({ perfect: measures(8), points }));
const write = (name: string) => {
  const file = path.join(folder, `${name}.json`);
  writeRunRecord(file, runRecord({ name, tier: 'laptop', seed: 0, config: {}, inputs: {}, metrics, seconds: 3 }));
  return file;
};

describe('trade-off curves', () => {
  it('take the points in which the other setting is fixed', () => {
    const found = readGeneratorMeasures(write('generator-measures'));
    const curve = tradeoffData(found, { setting: 'guidance', fixed: 25 });
    expect(curve.points.map(({ value, frechet }) => [value, frechet])).toEqual([
      [1, 19],
      [2, 18],
    ]);
    expect(curve.perfect).toMatchObject({ frechet: 12, diversity: 1 / 8, judged: { share: 0.8 } });
    const steps = tradeoffData(found, { setting: 'steps', fixed: 2 });
    expect(steps.points.map(({ value }) => value)).toEqual([25, 10]);
  });

  it('refuse a single point, and a record of something else', () => {
    expect(() => tradeoffData({ perfect: measures(8), points }, { setting: 'steps', fixed: 1 })).toThrow(InputError);
    expect(() => readGeneratorMeasures(write('judge'))).toThrow(/measure-generator/);
  });
});
