import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPipeline } from '../../lib/diffusion/pipeline.js';
import { toPixels } from '../../lib/diffusion/planes.js';
import { exportOnnx } from '../../lib/engine/exportOnnx.js';
import { tf } from '../../lib/engine/tf.js';
import { rng } from '../../lib/random/rng.js';
import { writeJson, writeWhole } from '../../lib/runs/files.js';
import { hostTensor } from '../../lib/runs/hostTensor.js';
import { toyTokenizer } from './toy.js';

/**
 * Stable Diffusion's folder with networks of a few numbers: the text encoder gives each token's id, the U-Net is linear
 * in latent, time and text, the decoder doubles the side of the first three channels.
 */
const BATCH = 2;
const LATENT = [BATCH, 4, 4, 4];
const COUNT = 64;
const cpu = { providers: ['cpu'] as const, log: () => {} };
let folder: string;
const file = (...parts: string[]) => path.join(folder, ...parts);

/** The U-Net's rule, for one number of one sample. */
const epsilonOf = (x: number, t: number, ids: readonly number[]) =>
  0.6 * x + 0.0003 * t + (0.05 * ids.reduce((sum, id) => sum + id, 0)) / ids.length;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'latent-'));
  const text = exportOnnx(
    (_, { input_ids }) => ({ last_hidden_state: tf.reshape(tf.cast(input_ids, 'float32'), [BATCH, 4, 1]) }),
    { constants: {}, inputs: { input_ids: { shape: [BATCH, 4], dtype: 'int32' } } },
  );
  const unet = exportOnnx(
    (_, { sample, timestep, encoder_hidden_states: states }) => {
      const words = tf.reshape(tf.mean(states, [1, 2]), [BATCH, 1, 1, 1]);
      const time = tf.reshape(tf.mul(timestep, 0.0003), [1, 1, 1, 1]);
      return { out_sample: tf.add(tf.add(tf.mul(sample, 0.6), time), tf.mul(words, 0.05)) };
    },
    {
      constants: {},
      inputs: {
        sample: { shape: LATENT },
        timestep: { shape: [1] },
        encoder_hidden_states: { shape: [BATCH, 4, 1] },
      },
    },
  );
  const twice = hostTensor(
    Float32Array.from({ length: 32 }, (_, i) => (Math.floor(i / 8) === Math.floor((i % 8) / 2) ? 1 : 0)),
    [4, 8],
  );
  const decoder = exportOnnx(
    ({ twice: matrix }, { latent_sample }) => {
      const rows = tf.reshape<tf.Rank.R2>(tf.slice(latent_sample, [0, 0, 0, 0], [BATCH, 3, 4, 4]), [-1, 4]);
      const wide = tf.reshape(tf.matMul(rows, matrix as tf.Tensor2D), [BATCH * 3, 4, 8]);
      const columns = tf.reshape<tf.Rank.R2>(tf.transpose(wide, [0, 2, 1]), [-1, 4]);
      const tall = tf.reshape(tf.matMul(columns, matrix as tf.Tensor2D), [BATCH, 3, 8, 8]);
      return { sample: tf.transpose(tall, [0, 1, 3, 2]) };
    },
    { constants: { twice }, inputs: { latent_sample: { shape: LATENT } } },
  );
  writeWhole(file('text_encoder', 'model.onnx'), text);
  writeWhole(file('unet', 'model.onnx'), unet);
  writeWhole(file('vae_decoder', 'model.onnx'), decoder);
  writeJson(file('unet', 'config.json'), { in_channels: 4, sample_size: 4 });
  writeJson(file('vae_decoder', 'config.json'), { scaling_factor: 4 });
  writeJson(file('tokenizer', 'tokenizer.json'), toyTokenizer);
  writeJson(file('tokenizer', 'tokenizer_config.json'), { pad_token: '[PAD]', unk_token: '[UNK]' });
  writeJson(file('scheduler', 'scheduler_config.json'), {
    _class_name: 'PNDMScheduler',
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    clip_sample: false,
    set_alpha_to_one: false,
    steps_offset: 1,
  });
  writeJson(file('model_index.json'), { _class_name: 'StableDiffusionPipeline' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** DDIM over the same rule, number by number. */
function sampleByHand(noise: Float32Array, ids: readonly number[], guidance: number, steps: number): Uint8Array {
  const alphaBar = (t: number) => {
    let product = 1;
    for (let s = 0; s <= t; s++) {
      const root = Math.sqrt(0.00085) + ((Math.sqrt(0.012) - Math.sqrt(0.00085)) * s) / 999;
      product *= 1 - root * root;
    }
    return product;
  };
  const stride = Math.floor(1000 / steps);
  const latent = [...noise];
  for (let i = steps - 1; i >= 0; i--) {
    const t = i * stride + 1;
    const [now, before] = [alphaBar(t), alphaBar(Math.max(0, t - stride))];
    latent.forEach((x, j) => {
      const without = epsilonOf(x, t, [0, 0, 0, 0]);
      const epsilon = without + guidance * (epsilonOf(x, t, ids) - without);
      const image = (x - Math.sqrt(1 - now) * epsilon) / Math.sqrt(now);
      latent[j] = Math.sqrt(before) * image + Math.sqrt(1 - before) * epsilon;
    });
  }
  const planes = new Float32Array(3 * 64);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) planes[c * 64 + y * 8 + x] = latent[c * 16 + (y >> 1) * 4 + (x >> 1)] / 4;
    }
  }
  return toPixels(planes);
}

describe("openPipeline on Stable Diffusion's layout", () => {
  it('samples the latent with DDIM and guidance, and decodes it', async () => {
    const pipeline = await openPipeline(folder, { ...cpu, scheduler: 'ddim' });
    expect([pipeline.batch, pipeline.size]).toEqual([BATCH, 8]);
    const options = { imagesPerPrompt: 1, guidance: 2.5, steps: 10, seed: 4 };
    const [first, second, third] = await pipeline.generate({
      prompts: ['a', 'b', 'c'].map((id) => ({ id, text: `a ${id === 'b' ? 'red' : 'blue'} square` })),
      ...options,
    });
    await pipeline.release();
    const vocabulary = toyTokenizer.model.vocab;
    for (const [{ id, image }, colour] of [
      [first, 'blue'],
      [second, 'red'],
      [third, 'blue'],
    ] as const) {
      const noise = rng(4, 'noise', id, 0).child('start').normals(COUNT);
      const expected = sampleByHand(noise, [vocabulary.a, vocabulary[colour], vocabulary.square, 0], 2.5, 10);
      image.forEach((value, i) => {
        expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(1);
      });
      // Clamped images would hide a wrong formula.
      expect(image.filter((value) => value > 0 && value < 255).length).toBeGreaterThan(100);
    }
  });

  it('says which files are missing, and that PNDM is not here', async () => {
    await expect(openPipeline(folder, cpu)).rejects.toThrow(/PNDMScheduler/);
    // A decoder that scales each channel by itself, as some do: what is not done is not passed over.
    writeJson(file('vae_decoder', 'config.json'), { scaling_factor: 4, latents_mean: [0, 1, 0, 1] });
    await expect(openPipeline(folder, { ...cpu, scheduler: 'ddim' })).rejects.toThrow(/latents_mean: .*not supported/);
    writeJson(file('vae_decoder', 'config.json'), { scaling_factor: 4, latents_mean: null });
    rmSync(file('vae_decoder', 'model.onnx'));
    await expect(openPipeline(folder, { ...cpu, scheduler: 'ddim' })).rejects.toThrow(/no vae_decoder\/model\.onnx/);
  });
});
