import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tf.js';
import { normaliseInto } from '../../lib/pictures/normalise.js';
import { rng } from '../../lib/random/rng.js';
import { newestCheckpoint, readCheckpoint } from '../../lib/runs/runFolder.js';
import { batchOfStep, rowsOfStep } from '../../lib/synclr/batches.js';
import { checkEncoderConfig } from '../../lib/synclr/checkEncoderConfig.js';
import { encoderForm, readEncoder } from '../../lib/synclr/checkpoint.js';
import type { EncoderConfig } from '../../lib/synclr/config.js';
import { encode, encodePatches, openEncoder } from '../../lib/synclr/encode.js';
import { maskSizes } from '../../lib/synclr/masking.js';
import { initTraining } from '../../lib/synclr/objectives.js';
import { trainEncoder } from '../../lib/synclr/train.js';
import { initVit, vit, vitConfigs } from '../../lib/synclr/vit.js';
import { colouredSource, toyStableRep, toySynclr } from './source.js';

const source = colouredSource();
let out = '';
beforeEach(() => {
  out = mkdtempSync(path.join(tmpdir(), 'synclr-train-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

describe('rowsOfStep', () => {
  const shape = { captions: 3, imagesPerCaption: 2 };

  it('an epoch shows every caption once, view-major, with distinct images', () => {
    const rows = [0, 1].map((step) => rowsOfStep(rng(1), step, source, shape));
    expect(rows.flatMap((batch) => batch.slice(0, 3).map((r) => r.caption)).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    for (const batch of rows) {
      expect(batch.map((r) => r.label)).toEqual([0, 1, 2, 0, 1, 2]);
      for (let c = 0; c < 3; c++) {
        expect(batch[c].caption).toBe(batch[c + 3].caption);
        expect(batch[c].k).not.toBe(batch[c + 3].k);
      }
    }
    const order = (epoch: number) =>
      [0, 1].flatMap((s) => rowsOfStep(rng(1), 2 * epoch + s, source, shape).map((r) => r.caption));
    expect(order(0)).not.toEqual(order(1));
  });

  it('too few captions or images are refused', () => {
    expect(() => rowsOfStep(rng(1), 0, { captions: 2, imagesPerCaption: 9 }, shape)).toThrow(/2 captions of 9 images/);
    expect(() => rowsOfStep(rng(1), 0, { captions: 9, imagesPerCaption: 1 }, shape)).toThrow(/9 captions of 1 images/);
  });
});

describe('batchOfStep', () => {
  it('shapes and masks; the same step gives the same batch, another gives another', async () => {
    const batch = await batchOfStep(rng(1), 3, source, toySynclr);
    const shapes = Object.fromEntries(Object.entries(batch).map(([name, t]) => [name, t.shape]));
    expect(shapes).toEqual({
      crops: [6, 16, 16, 3],
      labels: [6],
      locals: [12, 8, 8, 3],
      keep: [2, 2, 6],
      localKeep: [2, 2, 12],
      masked: [3, 2],
    });
    for (let i = 0; i < 3; i++) {
      const [a, b] = batch.masked.data.slice(2 * i, 2 * i + 2);
      expect(a < b && a >= 0 && b < 4).toBe(true);
    }
    expect(await batchOfStep(rng(1), 3, source, toySynclr)).toEqual(batch);
    expect((await batchOfStep(rng(1), 4, source, toySynclr)).crops.data).not.toEqual(batch.crops.data);
  });

  it('simclr: two different crops of every image, in two halves', async () => {
    const batch = await batchOfStep(rng(1), 0, source, { ...toyStableRep, objective: 'simclr' });
    expect([...batch.labels.data]).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
    const pixels = 16 * 16 * 3;
    expect(batch.crops.data.slice(0, pixels)).not.toEqual(batch.crops.data.slice(6 * pixels, 7 * pixels));
  });

  it('half the images and half the patches are masked in the paper', () => {
    expect(maskSizes({ ...toySynclr, captions: 8, imagesPerCaption: 4, model: vitConfigs['B/16'] })).toEqual({
      images: 16,
      patches: 98,
    });
  });

  it('an image of the wrong length is refused by name', async () => {
    const broken = { ...source, image: () => new Uint8Array(5) };
    await expect(batchOfStep(rng(1), 0, broken, toyStableRep)).rejects.toThrow(/training image \d+ of caption \d+/);
  });
});

describe('trainEncoder', () => {
  it.each([
    ['synclr', toySynclr],
    ['stablerep', toyStableRep],
    ['stablerep with Muon', { ...toyStableRep, optimiser: 'muon' }],
  ] as const)('%s: the traced engine and the cpu backend give the same losses', async (_, config) => {
    const short = { ...config, steps: 2 };
    const oracle = await trainEncoder(short, source, { seed: 1, device: 'cpu' });
    const traced = await trainEncoder(short, source, { seed: 1, device: 'onnx' });
    oracle.metrics.forEach(({ loss, parts }, i) => {
      expect(traced.metrics[i].loss).toBeCloseTo(loss, 3);
      for (const [name, value] of Object.entries(parts)) expect(traced.metrics[i].parts[name]).toBeCloseTo(value, 3);
    });
    expect(Object.keys(oracle.metrics[0].parts)).toEqual(
      config === toySynclr ? ['global', 'local', 'ibot'] : ['global'],
    );
    expect(oracle.metrics.map((m) => m.lr)).toEqual([0, Math.fround(1e-3)]);
  });

  it('stopped and resumed = never stopped, bit for bit', async () => {
    const stop = new AbortController();
    const first = await trainEncoder(toySynclr, source, {
      seed: 3,
      out,
      signal: stop.signal,
      onStep: ({ step }) => step === 1 && stop.abort(),
    });
    expect(first.step).toBe(2);
    const resumed = await trainEncoder(toySynclr, source, { seed: 3, out });
    const straight = await trainEncoder(toySynclr, source, { seed: 3 });
    expect(resumed.metrics.map((m) => m.step)).toEqual([2, 3]);
    expect(resumed.student).toEqual(straight.student);
    expect(resumed.teacher).toEqual(straight.teacher);
    const losses = readFileSync(path.join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
    expect(losses.map((line) => JSON.parse(line).loss)).toEqual(straight.metrics.map((m) => m.loss));
    const read = readEncoder(out);
    expect(read.student).toEqual(straight.student);
    expect(read.config).toEqual(JSON.parse(JSON.stringify(toySynclr)));
    // A finished run is not done again.
    expect((await trainEncoder(toySynclr, source, { seed: 3, out })).metrics).toEqual([]);
  });

  it('simclr and supervised: the loss is the one of the objective', async () => {
    const simclr = { ...toyStableRep, objective: 'simclr' as const, steps: 1 };
    expect((await trainEncoder(simclr, source, { seed: 1, device: 'cpu' })).metrics[0].loss).toBeGreaterThan(0);
    const supervised = { ...simclr, objective: 'supervised' as const, classes: 5 };
    const classed = { ...source, classOf: (caption: number) => caption % 5 };
    const { metrics } = await trainEncoder(supervised, classed, { seed: 1 });
    // Weights of standard deviation 0.02: the classes start almost alike.
    expect(metrics[0].parts.classification).toBeCloseTo(Math.log(5), 0.5);
    await expect(trainEncoder(supervised, source, { seed: 1 })).rejects.toThrow(/class of caption \d/);
  });

  it('another config or seed never resumes silently: the error lists what differs', async () => {
    const config = { ...toyStableRep, steps: 1 };
    await trainEncoder(config, source, { seed: 1, out });
    await expect(trainEncoder({ ...config, temperature: 0.2 }, source, { seed: 1, out })).rejects.toThrow(
      /config\.temperature: 0\.1 then, 0\.2 now/,
    );
    await expect(trainEncoder(config, source, { seed: 2, out })).rejects.toThrow(/seed: 1 then, 2 now/);
  });

  it('other images never resume silently where they say which they are, not even a finished run', async () => {
    const config = { ...toyStableRep, steps: 1 };
    const train = (identity?: string) => trainEncoder(config, { ...source, identity }, { seed: 1, out });
    await train('set a');
    await expect(train('set b')).rejects.toThrow(/source: "set a" then, "set b" now/);
    expect((await train('set a')).step).toBe(1);
    expect((await train()).step).toBe(1);
  });

  it('a loss that is not finite stops the run, names the step and keeps the last good checkpoint', async () => {
    const config: EncoderConfig = { ...toyStableRep, steps: 6, warmup: 0, peakLearningRate: 1e30 };
    const run = trainEncoder(config, source, { seed: 1, out, checkpointEvery: 1 });
    await expect(run).rejects.toThrow(/stablerep training, step \d[\s\S]*the last checkpoint is .*checkpoint-/);
    const saved = readCheckpoint(newestCheckpoint(out)!, encoderForm);
    expect(saved.facts.step).toBeGreaterThan(0);
    expect(existsSync(path.join(out, 'encoder.safetensors'))).toBe(false);
  });

  it('the teacher starts as the student and follows it by λ', async () => {
    const state = initTraining(rng(3, 'encoder').child('init'), toySynclr);
    const names = Object.keys(state).filter((name) => name.startsWith('teacher.'));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect(state[name]).toEqual(state[name.replace('teacher.', 'student.')]);
    expect(names.some((name) => name.includes('predictor') || name.includes('mask_token'))).toBe(false);

    const one = { ...toySynclr, steps: 1, warmup: 0, teacherMomentum: 0.75 };
    const { student, teacher } = await trainEncoder(one, source, { seed: 3, device: 'cpu' });
    const name = 'blocks.0.mlp.fc1.weight';
    const before = state[`teacher.backbone.${name}`].data;
    teacher?.[name].data.forEach((value, i) => {
      expect(Math.abs(value - (0.75 * before[i] + 0.25 * student[name].data[i]))).toBeLessThan(1e-6);
    });
    expect(student[name].data).not.toEqual(before);
  });

  it('learns: on images whose captions differ in colour the loss falls below its start', async () => {
    const config = { ...toyStableRep, steps: 60, warmup: 5, head: { ...toyStableRep.head, norm: 'ln' as const } };
    const plain = {
      ...config.crops,
      globals: config.crops.globals.map((g) => ({ ...g, jitter: { ...g.jitter, probability: 0 }, grayscale: 0 })),
    };
    const { metrics } = await trainEncoder({ ...config, crops: plain }, source, { seed: 4 });
    const mean = (part: typeof metrics) => part.reduce((s, m) => s + m.loss, 0) / part.length;
    expect(mean(metrics.slice(-10))).toBeLessThan(0.7 * mean(metrics.slice(0, 10)));
  });
});

describe('checkEncoderConfig', () => {
  it.each([
    [{ ...toyStableRep, imagesPerCaption: 1 }, /no image has a positive/],
    [{ ...toyStableRep, objective: 'supervised' }, /no number of classes/],
    [{ ...toyStableRep, ibot: toySynclr.ibot }, /iBOT with stablerep/],
    [{ ...toySynclr, model: { ...toySynclr.model, image: 24 } }, /global crops of 16 px for a model of 24 px/],
    [{ ...toySynclr, crops: { ...toySynclr.crops, local: { ...toySynclr.crops.local, size: 10 } } }, /crops of 10 px/],
  ] as const)('refuses parts that do not fit (%#)', (config, message) => {
    expect(() => checkEncoderConfig(config)).toThrow(message);
  });
});

describe('encode', () => {
  const config = vitConfigs.toy;
  const params = initVit(rng(1), config);
  const images = Array.from({ length: 5 }, (_, i) => Uint8Array.from(rng(2, i).uniforms(768), (u) => 255 * u));

  it('equals the forward pass of each image, whatever the batch', async () => {
    const p = Object.fromEntries(Object.entries(params).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape])]));
    const wanted = images.map((image) => {
      const pixels = new Float32Array(768);
      normaliseInto(pixels, 0, image);
      return vit(p, tf.tensor4d(pixels, [1, 16, 16, 3]), { config });
    });
    const cls = await encode(params, config, images, { batch: 2 });
    const patches = await encodePatches(params, config, images, { batch: 3 });
    expect([cls.length, patches.length]).toEqual([5 * 16, 5 * 4 * 16]);
    const encoder = await openEncoder(params, config, { batch: 4 });
    const oneArray = Uint8Array.from(images.flatMap((image) => [...image]));
    expect(await encoder.encode(oneArray)).toEqual(await encoder.encode(images));
    await encoder.release();
    wanted.forEach((output, i) => {
      output.cls.dataSync().forEach((v, j) => {
        expect(Math.abs(cls[16 * i + j] - v)).toBeLessThan(1e-4);
      });
      output.patches.dataSync().forEach((v, j) => {
        expect(Math.abs(patches[64 * i + j] - v)).toBeLessThan(1e-4);
      });
    });
  });

  it('an image of another size is refused', async () => {
    await expect(encode(params, config, [new Uint8Array(3)])).rejects.toThrow(/encode, image 0/);
    await expect(encode(params, config, new Uint8Array(769))).rejects.toThrow(/769 bytes/);
  });
});
