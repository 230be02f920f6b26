import { describe, expect, it } from 'vitest';
import { compile } from '../../lib/engine/compile.js';
import { tf } from '../../lib/engine/tf.js';
import { InputError } from '../../lib/errors.js';
import { valueAndGrads } from '../../lib/nn/gradients.js';
import { linear } from '../../lib/nn/layers.js';
import { rng } from '../../lib/random/rng.js';
import { type HostTensors, hostTensor, mapTensors, scalar, specOf } from '../../lib/runs/hostTensor.js';
import { compileTraining } from '../../lib/synclr/compileTraining.js';
import { compileGradCache, type GradCacheOptions, rowsOf } from '../../lib/synclr/gradCache.js';
import { checkEncoderConfig, type EncoderConfig, trainEncoder } from '../../lib/synclr/index.js';
import { stableRepLoss } from '../../lib/synclr/losses/stableRep.js';
import { initTraining, scheduleNames } from '../../lib/synclr/objectives.js';
import { colouredSource, toyStableRep, toySynclr } from './source.js';
import { distance } from './wave.js';

const [ROWS, WIDTH] = [512, 12];
const random = (name: string, shape: number[], scale = 1) =>
  hostTensor(
    rng(3, name)
      .normals(shape.reduce((a, b) => a * b))
      .map((x) => scale * x),
    shape,
  );
const encoder = { 'fc1.weight': random('fc1', [WIDTH, 16], 0.4), 'fc2.weight': random('fc2', [16, 10], 0.4) };
const head = { 'fc3.weight': random('fc3', [10, 6], 0.4) };
const x = random('x', [ROWS, WIDTH]);
const labels = hostTensor(
  Int32Array.from({ length: ROWS }, (_, i) => i % 128),
  [ROWS],
);

const model: Pick<GradCacheOptions, 'encode' | 'loss'> = {
  encode: (p, { x }) => ({ z: linear(p, 'fc2', tf.tanh(linear(p, 'fc1', x))) }),
  loss: (p, { z }, { labels }) => {
    const loss = stableRepLoss(linear(p, 'fc3', z) as tf.Tensor2D, labels as tf.Tensor1D);
    return { loss, aux: { twice: tf.mul(loss, 2) } };
  },
};
const chunksOf = (size: number) =>
  Array.from({ length: ROWS / size }, (_, i) => ({ x: rowsOf(x, i * size, (i + 1) * size) }));

async function singleGraph(): Promise<HostTensors> {
  const step = await compile(
    (state, inputs) => {
      const { loss, grads } = valueAndGrads(
        (p) => ({ loss: model.loss(p, model.encode(p, inputs), inputs).loss }),
        state,
      );
      return { state, outputs: { ...grads, loss } };
    },
    { state: { ...encoder, ...head }, inputs: mapTensors({ x, labels }, specOf) },
  );
  const outputs = await step.run({ x, labels });
  await step.release();
  return outputs;
}

describe('compileGradCache', () => {
  it('a batch of 512 in chunks of 64 (or of 512, or of 1 to 64) has the loss and gradients of one graph', async () => {
    const { loss, ...wanted } = await singleGraph();
    const cache = await compileGradCache({ ...model, kinds: 2 });
    const uneven = [...chunksOf(64).slice(1), { x: rowsOf(x, 0, 1) }, { x: rowsOf(x, 1, 64) }];
    const order = [...Array(ROWS).keys()].map((i) => (i + 64) % ROWS);
    const moved = hostTensor(
      Int32Array.from(order, (i) => labels.data[i]),
      [ROWS],
    );
    for (const [chunks, batch] of [
      [chunksOf(64), { labels }],
      [chunksOf(512), { labels }],
      [uneven, { labels: moved }],
    ] as const) {
      const found = await cache.run({ encoder, head, chunks, batch });
      expect(Math.abs(found.loss - loss.data[0]) / loss.data[0]).toBeLessThan(1e-6);
      expect(found.aux.twice.data[0]).toBeCloseTo(2 * found.loss, 5);
      const grads = { ...found.encoder, ...found.head };
      expect(Object.keys(grads).sort()).toEqual(Object.keys(wanted).sort());
      for (const name of Object.keys(wanted)) expect(distance(grads[name], wanted[name]), name).toBeLessThan(1e-5);
    }
    await cache.release();
  });

  it('the loss of each chunk for itself would be another: what the cache is for', async () => {
    const { loss } = await singleGraph();
    const cache = await compileGradCache(model);
    const alone = await cache.run({
      encoder,
      head,
      chunks: [{ x: rowsOf(x, 0, 256) }],
      batch: { labels: rowsOf(labels, 0, 256) },
    });
    await cache.release();
    expect(Math.abs(alone.loss - loss.data[0])).toBeGreaterThan(0.1);
  });

  it('a parameter that no feature depends on is refused by name', async () => {
    const cache = await compileGradCache(model);
    const batch = { encoder: { ...encoder, idle: scalar(1) }, head, chunks: chunksOf(256), batch: { labels } };
    await expect(cache.run(batch)).rejects.toThrow(InputError);
    await expect(cache.run(batch)).rejects.toThrow(/idle/);
    await cache.release();
  });
});

/** 16 captions of four images: 64 global and 128 local crops, 32 of the images masked. */
const everything: EncoderConfig = {
  ...toySynclr,
  captions: 16,
  imagesPerCaption: 4,
  head: { ...toySynclr.head, norm: 'bn' },
  ibot: { ...toySynclr.ibot!, targets: 'centering' },
  dino: { ...toySynclr.ibot!, head: { hidden: 16, bottleneck: 8, prototypes: 10 }, weight: 0.5 },
};

describe('compileTraining', () => {
  /** A batch of noise: what is compared does not depend on what the images show. */
  function noise(config: EncoderConfig): HostTensors {
    const count = config.captions * config.imagesPerCaption;
    const ints = (n: number, f: (i: number) => number) => Int32Array.from({ length: n }, (_, i) => f(i));
    const rate = { lr: 1e-3, weightDecay: 0.1, correction1: 0.1, correction2: 0.001 };
    const values: Record<string, number> = {
      ...rate,
      momentum: 0.9,
      teacherTemperature: 0.07,
      imageTemperature: 0.05,
    };
    const keep = (name: string, n: number) =>
      hostTensor(
        rng(4, name)
          .uniforms(4 * n)
          .map((u) => (u < 0.2 ? 0 : 1.25)),
        [2, 2, n],
      );
    const schedules = scheduleNames(config).map((name) => [name, scalar(values[name])]);
    const batch = {
      crops: random('crops', [count, 16, 16, 3]),
      labels: hostTensor(
        ints(count, (i) => i % config.captions),
        [count],
      ),
      ...Object.fromEntries(schedules),
    };
    if (config.objective !== 'synclr') return batch;
    return {
      ...batch,
      locals: random('locals', [2 * count, 8, 8, 3]),
      keep: keep('keep', count),
      localKeep: keep('local', 2 * count),
      masked: hostTensor(
        ints(count, (i) => (i % 2) + 2 * (i % 4 === 0 ? 1 : 0)),
        [count / 2, 2],
      ),
    };
  }

  it.each([
    ['synclr with BatchNorm, iBOT and DINO', everything],
    ['stablerep', { ...toyStableRep, captions: 16, imagesPerCaption: 4 }],
  ] as const)('%s: a step in chunks of 16 is the step of one graph', async (_, config) => {
    const inputs = noise(config);
    const state = initTraining(rng(1), config);
    const run = async (chunk?: number) => {
      const step = await compileTraining({ ...config, chunk }, { state, inputs: mapTensors(inputs, specOf) });
      const outputs = await step.run(inputs);
      const next = await step.state();
      await step.release();
      return { outputs, next };
    };
    const [whole, chunked] = [await run(), await run(16)];
    expect(Object.keys(chunked.outputs).sort()).toEqual(Object.keys(whole.outputs).sort());
    for (const [name, value] of Object.entries(whole.outputs))
      expect(distance(chunked.outputs[name], value), name).toBeLessThan(1e-5);
    // After one step from zero the first moment is a tenth of the gradient.
    const part = (tensors: HostTensors, kind: RegExp) => ({
      data: Object.keys(whole.next)
        .filter((name) => kind.test(name))
        .flatMap((name) => Array.from(tensors[name].data)),
    });
    const differ = (kind: RegExp) => distance(part(chunked.next, kind), part(whole.next, kind));
    expect(part(whole.next, /^m\./).data.length).toBeGreaterThan(1000);
    expect(differ(/^m\./)).toBeLessThan(1e-5);
    if (config.objective !== 'synclr') return;
    expect(differ(/^center\./)).toBeLessThan(1e-5);
    // AdamW's first step is as long for a gradient of nothing but rounding as for any other.
    expect(differ(/^teacher\./)).toBeLessThan(1e-3);
  });

  it('trainEncoder takes chunks, and refuses those that do not fit', async () => {
    const source = colouredSource();
    const config = { ...toyStableRep, head: { ...toyStableRep.head, norm: 'ln' as const }, steps: 2 };
    const [whole, chunked] = [config, { ...config, chunk: 3 }].map((c) => trainEncoder(c, source, { seed: 1 }));
    const losses = (run: Awaited<typeof whole>) => run.metrics.map(({ loss }) => loss);
    const [wanted, found] = [losses(await whole), losses(await chunked)];
    for (const [i, loss] of wanted.entries()) expect(Math.abs(found[i] - loss) / loss).toBeLessThan(1e-4);
    expect(() => checkEncoderConfig({ ...toySynclr, chunk: 2 })).toThrow(/chunks of 2 for 6 images, 3 of them masked/);
  });
});
