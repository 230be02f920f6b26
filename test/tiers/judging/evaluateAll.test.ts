import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRunRecord, runRecord, writeRunRecord } from '../../../lib/runs/record.js';
import {
  densePanels,
  evaluateAll,
  fewExamplesTable,
  finetuneTable,
  liveTraining,
  maskPictures,
  notEvaluated,
  PROTOCOLS,
  pcaCurves,
  pcaTable,
  probeTable,
  protocolSettings,
  readEvaluation,
  recordedMasks,
  segmentationTable,
  tierSegmentationScenes,
  transferDots,
  transferTable,
  untrained,
} from '../../../lib/tiers/index.js';
import type { Judged } from '../../../lib/tiers/judging/judged.js';
import { decodeMask, encodeMask } from '../../../lib/tiers/judging/protocols/segmentation.js';

const folder = mkdtempSync(path.join(tmpdir(), 'evaluate-all-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { model } = liveTraining('smoke');
const random: Judged = {
  key: 'random',
  name: 'random init',
  hash: 'a'.repeat(64),
  size: 32,
  backbone: untrained(model),
};
const pixels: Judged = { key: 'pixels', name: 'raw pixels', hash: 'b'.repeat(64), size: 32, backbone: null };
const from = { tier: 'smoke' as const, folder };

/** What a call made and kept, by name. */
async function judge(options: Parameters<typeof evaluateAll>[0] = {}) {
  const found: Record<'made' | 'kept', string[]> = { made: [], kept: [] };
  const onRecord = ({ name }: { name: string }, state: 'made' | 'kept') => void found[state].push(name);
  await evaluateAll({ tier: 'smoke', judged: [random, pixels], folder, onRecord, ...options });
  return found;
}

describe('evaluateAll', () => {
  let first: Awaited<ReturnType<typeof judge>>;
  beforeAll(async () => {
    first = await judge();
  });

  it('writes a record for every encoder and protocol, and for pixels those that need features alone', () => {
    expect(first.kept).toEqual([]);
    const ofPixels = Object.values(PROTOCOLS).filter(({ needsBackbone }) => !needsBackbone);
    expect(first.made).toHaveLength(Object.keys(PROTOCOLS).length + ofPixels.length);
    expect(readdirSync(folder)).toContain('random-segment-upernet.json');
    expect(readdirSync(folder).filter((name) => name.startsWith('pixels'))).toEqual([
      'pixels-drawings.json',
      'pixels-probe.json',
      'pixels-transfer.json',
    ]);
    const { name, inputs, tier } = readRunRecord(path.join(folder, 'random-probe.json'));
    expect({ name, inputs, tier }).toEqual({
      name: 'evaluation/random init/probe',
      inputs: { encoder: random.hash },
      tier: 'smoke',
    });
  });

  it('keeps what is up to date, and makes again what is of other weights or another seed', async () => {
    const protocols = ['probe'];
    expect((await judge({ protocols })).made).toEqual([]);
    const other = { ...pixels, hash: 'c'.repeat(64) };
    expect((await judge({ protocols, judged: [other] })).made).toEqual(['evaluation/raw pixels/probe']);
    expect((await judge({ protocols, judged: [other], seed: 1 })).made).toHaveLength(1);
  });

  it('scores are shares that lie in their intervals', () => {
    const inside = (value: number, { low, high }: { low: number; high: number }) => {
      expect(low).toBeLessThanOrEqual(value);
      expect(value).toBeLessThanOrEqual(high);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
    };
    const metricsOf = <Name extends keyof typeof PROTOCOLS>(name: Name) => {
      const found = readEvaluation('random', name, from);
      if ('notRun' in found) throw new Error(found.notRun);
      return found.metrics;
    };
    const { linear, logistic, knn, counts } = metricsOf('probe');
    for (const { accuracy, interval } of [linear, logistic, knn]) inside(accuracy, interval);
    expect(counts).toEqual({ train: 160, validation: 80, test: 160, classes: 8 });
    for (const { iou, interval } of metricsOf('patch-pca').points) inside(iou, interval);
    const rows = metricsOf('transfer').rows.map((row) => {
      if ('skipped' in row) throw new Error(row.skipped);
      inside(row.value, row.interval);
      return row;
    });
    expect(rows.map(({ task, fewShot }) => [task, Boolean(fewShot)])).toEqual([
      ['vehicles', false],
      ['many objects', false],
      ['digits', true],
    ]);
    const { last, examples, classes } = metricsOf('segment-upernet');
    inside(last.meanIou, last.interval);
    expect(decodeMask(examples[0])).toHaveLength(32 * 32);
    expect(Math.max(...decodeMask(examples[0]))).toBeLessThan(classes.length);
    inside(metricsOf('finetune').ema!.last.accuracy, metricsOf('finetune').ema!.last.interval);
  });

  it('refuses a protocol that does not exist', async () => {
    await expect(judge({ protocols: ['magic'] })).rejects.toThrow(/probe[\s\S]*magic/);
  });

  describe('what notebooks read', () => {
    it('says of a number that is not there why', () => {
      expect(readEvaluation('synclr', 'probe', from)).toEqual({ notRun: 'no record: run `synclr evaluate-all`' });
      expect(notEvaluated(['finetune'], from)).toEqual([
        { method: 'SynCLR', protocol: 'finetune (Table 8)', 'not run': 'no record: run `synclr evaluate-all`' },
        { method: 'raw pixels', protocol: 'finetune (Table 8)', 'not run': 'raw pixels are no encoder' },
      ]);
    });

    it('a record of other weights than the committed does not count', () => {
      const found = readEvaluation('random', 'probe', { tier: 'laptop', folder });
      expect(found).toEqual({ notRun: 'its record is of earlier weights: run `synclr evaluate-all`' });
    });

    it('nor does one of other settings', () => {
      const other = mkdtempSync(path.join(tmpdir(), 'other-settings-'));
      const { configHash: _, ...record } = readRunRecord(path.join(folder, 'random-probe.json'));
      const file = path.join(other, 'random-probe.json');
      writeRunRecord(file, runRecord({ ...record, config: { ...record.config, epochs: 1 }, finished: new Date() }));
      const found = readEvaluation('random', 'probe', { ...from, folder: other });
      expect(found).toEqual({ notRun: 'its record is of other settings: run `synclr evaluate-all`' });
      rmSync(other, { recursive: true });
    });

    it('tables have a row a task or method, with the paper beside it', () => {
      const nine = transferTable('fine-grained', from);
      expect(nine.map(({ task }) => task)).toEqual(expect.arrayContaining(['vehicles', 'many objects', 'mean of 2']));
      expect(nine[0]).toMatchObject({
        'stands for': 'Aircraft',
        'paper’s SynCLR': 81.7,
        'random init': 'not run',
        chance: null,
      });
      expect(nine[1].chance).toBeCloseTo(100 / 24, 9);
      expect(nine[9]['paper’s SynCLR']).toBeCloseTo(88.96, 1);
      const six = transferTable('unseen', from);
      expect(six.map((row) => row['stands for'])).toEqual([
        'GTSRB, Country211',
        '–',
        'KITTI',
        'MNIST',
        'MNIST',
        'EuroSAT, RESISC45',
        '',
      ]);
      expect(six[0]['paper’s SynCLR']).toBeCloseTo((78.6 + 21) / 2, 9);
      expect(segmentationTable(from).map((row) => [row.method, row['paper, ADE20k']])).toEqual([
        ['SynCLR', 54.3],
        ['random init', null],
      ]);
      expect(finetuneTable(from)[0]).toMatchObject({ 'last epoch': 'not run', 'paper, ImageNet': 85.8 });
      expect(finetuneTable(from)[1]['last epoch']).toMatch(/^\d+\.\d \(/);
      expect(probeTable(from)).toHaveLength(2);
      expect(fewExamplesTable('few-shot', from).map(({ task }) => task)).toEqual(['digits']);
      expect(fewExamplesTable('knn', from).map(({ task }) => task)).toEqual(['vehicles', 'digits']);
      expect(pcaTable('test', from)).toHaveLength(4);
    });

    it('figures get what was measured', async () => {
      expect(transferDots(from).groups.map(({ tasks }) => tasks.length)).toEqual([2, 1]);
      const few = transferDots(from, { kind: 'few-shot' }).groups.flatMap(({ tasks }) => tasks);
      expect(few.map(({ name, chance }) => [name, chance])).toEqual([['digits', 20]]);
      const { methods, panels } = densePanels(from);
      expect(methods).toEqual(['random init']);
      expect(panels.every(({ values }) => values[0] !== null)).toBe(true);
      expect(pcaCurves(from).ticks).toEqual([32, 64]);
      const { test } = await tierSegmentationScenes('smoke');
      const masks = await maskPictures(test, recordedMasks(from), { scenes: 2 });
      expect(masks.columns).toEqual(['scene', 'exact', 'random init\nlinear', 'random init\nUperNet']);
      expect(masks.rows.map((row) => row.length)).toEqual([4, 4]);
      const read = await Promise.all([test.read(0), test.read(1)]);
      const named = new Set(read.flatMap(({ mask }) => [...mask]).map((label) => test.classes[label]));
      expect(new Set(masks.legend.map(({ name }) => name))).toEqual(named.add('another thing').add('another place'));
    });

    it.each([13, 14, 15] as const)('Table %i has the paper and ours for every setting', (table) => {
      for (const { paper, laptop } of protocolSettings(table))
        expect([typeof paper, typeof laptop]).toEqual(['string', 'string']);
    });
  });

  it('masks come back from their text', () => {
    const mask = Uint8Array.from({ length: 300 }, (_, i) => i % 7);
    expect(decodeMask(encodeMask(mask))).toEqual(mask);
  });
});
