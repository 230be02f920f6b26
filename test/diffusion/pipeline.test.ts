import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportGenerator } from '../../lib/diffusion/exportGenerator.js';
import { averagedWeights, type GeneratorCheckpoint } from '../../lib/diffusion/generatorCheckpoint.js';
import { generatorConstants, guessImage } from '../../lib/diffusion/generatorModel.js';
import { openModel } from '../../lib/diffusion/openModel.js';
import { openPipeline } from '../../lib/diffusion/pipeline.js';
import { toPixels } from '../../lib/diffusion/planes.js';
import type { TextToImage } from '../../lib/diffusion/textToImage.js';
import { openTokenizer } from '../../lib/diffusion/tokenizer.js';
import { trainGenerator } from '../../lib/diffusion/trainGenerator.js';
import { tf } from '../../lib/engine/tf.js';
import { rng } from '../../lib/random/rng.js';
import type { HostTensors } from '../../lib/runs/hostTensor.js';
import { toyConfig, toyImages, toyTokenizer } from './toy.js';

let folder: string;
let checkpoint: GeneratorCheckpoint;
let pipeline: TextToImage;
const cpu = { providers: ['cpu'] as const, log: () => {} };
const prompts = [
  { id: 'c0', text: 'a red square' },
  { id: 'c1', text: 'a blue square' },
];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'pipeline-'));
  checkpoint = await trainGenerator({
    config: toyConfig(),
    images: toyImages,
    tokenizer: toyTokenizer,
    out: path.join(folder, 'run'),
    device: 'cpu',
  });
  for (const [name, batch] of [
    ['model', 4],
    ['other-batch', 3],
  ] as const) {
    exportGenerator(path.join(folder, name), {
      config: checkpoint.config.model,
      weights: averagedWeights(checkpoint),
      tokenizer: toyTokenizer,
      batch,
      stored: 'float32',
    });
  }
  pipeline = await openPipeline(path.join(folder, 'model'), cpu);
});
afterAll(async () => {
  await pipeline.release();
  rmSync(folder, { recursive: true, force: true });
});

/** One image by the plain TensorFlow.js model and Euler steps written out: noise level, guess, velocity, step. */
function sampleByHand(text: string, noise: Float32Array, guidance: number, steps: number): Float32Array {
  tf.setBackend('cpu');
  const config = checkpoint.config.model;
  const toTensors = (host: HostTensors) =>
    Object.fromEntries(Object.entries(host).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape], t.dtype)]));
  const p = { ...toTensors(averagedWeights(checkpoint)), ...toTensors(generatorConstants(config)) };
  const tokenizer = openTokenizer(toyTokenizer, { maxTokens: config.maxTokens });
  const velocity = (x: tf.Tensor, sigma: number, words: string) => {
    const ids = tf.tensor(tokenizer.encode(words).ids, [1, config.maxTokens], 'int32');
    const guess = guessImage(p, { noisy: x, timestep: tf.tensor1d([1000 * sigma]), ids }, config);
    return tf.div(tf.sub(x, guess), sigma);
  };
  const sigmas = Array.from({ length: steps }, (_, i) => 1 - ((1 - 0.001) * i) / (steps - 1));
  sigmas.push(0);
  let x: tf.Tensor = tf.tensor(noise, [1, 3, 16, 16]);
  for (let i = 0; i < steps; i++) {
    const unconditional = velocity(x, sigmas[i], '');
    const guided = tf.add(unconditional, tf.mul(tf.sub(velocity(x, sigmas[i], text), unconditional), guidance));
    x = tf.add(x, tf.mul(guided, sigmas[i + 1] - sigmas[i]));
  }
  return x.dataSync() as Float32Array;
}

describe('openPipeline', () => {
  it('gives what the trained weights give in plain TensorFlow.js', async () => {
    const transformer = await openModel(path.join(folder, 'model', 'transformer', 'model.onnx'), cpu);
    const ids = transformer.inputs.map((port) => port.name).sort();
    expect(ids).toEqual(['encoder_hidden_states', 'hidden_states', 'pooled_projections', 'timestep']);
    await transformer.release();

    const noise = rng(5, 'noise', 'c0', 1).child('start').normals(768);
    const expected = toPixels(sampleByHand('a red square', noise, 2, 6));
    const images = await pipeline.generate({ prompts, imagesPerPrompt: 2, guidance: 2, steps: 6, seed: 5 });
    const found = images.find((image) => image.id === 'c0' && image.k === 1)!.image;
    // In bytes: a rounding may fall on the other side.
    found.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(1);
    });
  });

  it('makes the same image whatever else is in the batch, and whatever the batch size', async () => {
    const options = { imagesPerPrompt: 3, guidance: 2, steps: 4, seed: 5 };
    const both = await pipeline.generate({ prompts, ...options });
    const alone = await pipeline.generate({ prompts: [prompts[1]], ...options, imagesPerPrompt: 1 });
    const other = await openPipeline(path.join(folder, 'other-batch'), cpu);
    const threes = await other.generate({ prompts: [prompts[1], prompts[0]], ...options });
    await other.release();
    const c1 = both.find((image) => image.id === 'c1' && image.k === 0)!;
    expect(alone[0].image).toEqual(c1.image);
    expect(threes[0].image).toEqual(c1.image);
    expect(both.map(({ id, k }) => `${id}/${k}`)).toEqual(['c0/0', 'c0/1', 'c0/2', 'c1/0', 'c1/1', 'c1/2']);
    expect(both[0].image).not.toEqual(both[1].image);
  });

  it('leaves the caption out of nothing: guidance 1 is the conditional model, another seed another image', async () => {
    const options = { prompts, imagesPerPrompt: 1, steps: 3 };
    const [plain] = await pipeline.generate({ ...options, guidance: 1, seed: 5 });
    const [again] = await pipeline.generate({ ...options, guidance: 1, seed: 5 });
    const [guided] = await pipeline.generate({ ...options, guidance: 3, seed: 5 });
    const [reseeded] = await pipeline.generate({ ...options, guidance: 1, seed: 6 });
    expect(again.image).toEqual(plain.image);
    expect(guided.image).not.toEqual(plain.image);
    expect(reseeded.image).not.toEqual(plain.image);
  });

  it('shows the way from noise to image', async () => {
    const path: Uint8Array[] = [];
    const onStep = async (step: number, look: () => Promise<Uint8Array[]>) => {
      path[step] = (await look())[0];
    };
    const options = { imagesPerPrompt: 1, guidance: 2, steps: 3, seed: 5 };
    await pipeline.generate({ ...options, prompts: [prompts[0]], onStep });
    const [whole] = await pipeline.generate({ ...options, prompts });
    expect(path).toHaveLength(4);
    expect(path[3]).toEqual(whole.image);
    expect(path[0]).toEqual(toPixels(rng(5, 'noise', 'c0', 0).child('start').normals(768)));
  });

  it('stops when told to', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(pipeline.generate({ prompts, seed: 1, steps: 2, signal: stop.signal })).rejects.toThrow();
  });

  it('names what is missing or wrong in the folder', async () => {
    await expect(openPipeline(path.join(folder, 'nowhere'), cpu)).rejects.toThrow(/no model_index\.json/);

    const broken = path.join(folder, 'broken');
    exportGenerator(broken, {
      config: checkpoint.config.model,
      weights: averagedWeights(checkpoint),
      tokenizer: toyTokenizer,
      batch: 2,
    });
    const scheduler = path.join(broken, 'scheduler', 'scheduler_config.json');
    writeFileSync(scheduler, JSON.stringify({ _class_name: 'PNDMScheduler' }));
    await expect(openPipeline(broken, cpu)).rejects.toThrow(/PNDMScheduler/);

    exportGenerator(broken, {
      config: checkpoint.config.model,
      weights: averagedWeights(checkpoint),
      tokenizer: toyTokenizer,
      batch: 2,
    });
    // The text encoder in the place of the transformer: a model with other inputs.
    const text = readFileSync(path.join(broken, 'text_encoder', 'model.onnx'));
    writeFileSync(path.join(broken, 'transformer', 'model.onnx'), text);
    await expect(openPipeline(broken, cpu)).rejects.toThrow(/hidden_states/);
    writeFileSync(path.join(broken, 'transformer', 'model.onnx'), 'not a model');
    await expect(openPipeline(broken, cpu)).rejects.toThrow(/cpu: /);
    rmSync(path.join(broken, 'transformer', 'model.onnx'));
    await expect(openPipeline(broken, cpu)).rejects.toThrow(/transformer\/model\.onnx/);
  });
});
