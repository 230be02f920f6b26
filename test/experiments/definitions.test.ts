import { describe, expect, it } from 'vitest';
import { EXPERIMENTS, experimentsNamed } from '../../lib/experiments/definitions/index.js';
import { type Experiment, rowsOf } from '../../lib/experiments/experiment.js';
import { experimentSettings } from '../../lib/experiments/settings.js';
import { isReal } from '../../lib/experiments/spec.js';
import { paperNumbers } from '../../lib/runs/published.js';
import { checkEncoderConfig } from '../../lib/synclr/index.js';
import { objectiveOf } from '../../lib/synclr/objectives.js';

const laptop = experimentSettings('laptop');
const named = EXPERIMENTS.map((experiment): [string, Experiment] => [experiment.id, experiment]);
const rowOf = (id: string, label: string) => {
  const row = rowsOf(experimentsNamed([id])[0], laptop).find((one) => one.label === label);
  if (!row) throw new Error(`${id} has no row ${label}`);
  return row;
};

describe.each(named)('%s', (_id, experiment) => {
  it.each(['smoke', 'laptop'] as const)('has rows of different names that can be trained at tier %s', (tier) => {
    const rows = rowsOf(experiment, experimentSettings(tier));
    expect(new Set(rows.map(({ label }) => label)).size).toBe(rows.length);
    for (const { encoder, images } of rows) {
      checkEncoderConfig(encoder);
      const captions = images.count;
      expect(captions).toBeGreaterThanOrEqual(tier === 'smoke' ? encoder.captions : 50);
      expect(encoder.imagesPerCaption).toBeLessThanOrEqual(isReal(images) ? 1 : images.imagesPerCaption);
    }
  });

  it('claims something of rows that exist, which the paper’s numbers bear out where it prints them', () => {
    const rows = new Map(rowsOf(experiment, laptop).map((row) => [row.label, row]));
    expect(experiment.claims.length).toBeGreaterThan(0);
    for (const { order, metric, within, best, says } of experiment.claims) {
      expect(experiment.metrics).toContain(metric);
      expect(order.length).toBeGreaterThan(1);
      for (const label of order) expect(rows.has(label), `${says}: ${label}`).toBe(true);
      const printed = order.flatMap((label) => rows.get(label)!.paper[metric] ?? []);
      printed.slice(1).forEach((value, i) => {
        if (within === undefined) expect(printed[best ? 0 : i], says).toBeGreaterThan(value);
        else expect(Math.abs(printed[i] - value), says).toBeLessThan(within);
      });
    }
  });
});

describe('the rows beside the paper’s numbers', () => {
  const paper = paperNumbers();

  it('of Table 2: StableRep left, SynCLR right', () => {
    expect(rowOf('table2', 'alt-texts, StableRep').paper).toEqual({ probe: 73, average: 81.6 });
    expect(rowOf('table2', 'synthesised, SynCLR').paper).toEqual({ probe: 78.8, average: 88.1 });
  });

  it('of Table 4: the components that the paper ticks are those that are on', () => {
    const labels = ['StableRep', '+ EMA', '+ EMA + iBOT', '+ EMA + multi-crop', 'SynCLR'];
    paper.table4.rows.forEach(([, ema, ibot, multiCrop, probe], i) => {
      const { encoder, paper: printed } = rowOf('table4', labels[i]);
      expect(printed.probe).toBe(probe);
      expect(encoder.objective === 'synclr').toBe(ema === 1);
      expect(encoder.ibot !== null).toBe(ibot === 1);
      expect(encoder.crops.locals > 0).toBe(multiCrop === 1);
    });
    expect(rowOf('table4', 'StableRep').paper).not.toHaveProperty('segmentation');
    expect(rowOf('table4', 'SynCLR').paper.segmentation).toBe(50.8);
  });

  it('of Figures 6 and 7: counts in the proportions of the paper’s millions', () => {
    for (const { label, curve } of rowsOf(experimentsNamed(['scaling'])[0], laptop)) {
      const ratio = curve!.x / Number.parseInt(label.split(', ')[1], 10);
      expect(ratio).toBeGreaterThanOrEqual(50);
      expect(ratio).toBeLessThan(67);
    }
    expect(rowOf('scaling', 'B, 1M').paper).toEqual({ probe: 73.88, average: 84.68 });
    expect(rowOf('scaling', 'L, 1M').paper).toEqual({});
  });

  it('of Tables 3, 5 and 10', () => {
    expect(rowOf('table3', 'guidance 3').paper).toEqual({ probe: 72.6 });
    expect(rowOf('table3', 'guidance 8').paper).toEqual({});
    expect(rowOf('table5', 'supervised').paper).toEqual({ probe: 71.9, average: 75 });
    expect(rowOf('table10', 'CLIP, alt-texts').paper).toEqual({ probe: 76.6, average: 84.9 });
  });

  it('of equally many crops a batch, whatever counts as alike', () => {
    const crops = (encoder: ReturnType<typeof rowOf>['encoder']) =>
      encoder.captions * encoder.imagesPerCaption * objectiveOf(encoder).cropsPerImage;
    for (const id of ['table5', 'negatives', 'positives', 'real-vs-synthetic']) {
      for (const { encoder } of rowsOf(experimentsNamed([id])[0], laptop)) expect(crops(encoder)).toBe(128);
    }
  });

  it('of as many pictures, spent on more or fewer captions', () => {
    for (const id of ['positives', 'real-vs-synthetic']) {
      for (const { images } of rowsOf(experimentsNamed([id])[0], laptop)) {
        expect(images.count * (isReal(images) ? 1 : images.imagesPerCaption)).toBe(8000);
      }
    }
  });
});

it('names the experiments that there are when another is asked for', () => {
  expect(experimentsNamed(['all'])).toHaveLength(EXPERIMENTS.length);
  expect(experimentsNamed(['table5', 'table5'])).toHaveLength(1);
  expect(() => experimentsNamed(['table99'])).toThrow(/table2.*\n.*table99/s);
});
