import { describe, expect, it } from 'vitest';
import type { Denoiser } from '../../lib/diffusion/denoiser.js';
import type { OnnxModel } from '../../lib/diffusion/onnxModel.js';
import { generateImages } from '../../lib/diffusion/sample.js';
import { flowMatchEuler } from '../../lib/diffusion/schedulers/flowMatchEuler.js';

/** What ONNX Runtime 1.30 throws, on a CPU and with CUDA. */
const MESSAGE =
  "Non-zero status code returned while running Conv node. Name:'/conv_in/Conv' Status Message: /onnxruntime_src/" +
  'onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, ' +
  'onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 4294967296';

const model = { file: 'sd/unet/model.onnx', provider: 'cuda' } as OnnxModel;

/** Networks that do nothing, with memory for `room` images; notes how many each prediction was of. */
function denoiserWith(room: number, { batch = 16, batchIsFixed = false, message = MESSAGE } = {}) {
  const tried: number[] = [];
  const denoiser: Denoiser = {
    models: [model],
    batch,
    batchIsFixed,
    sampleCount: 3,
    size: 1,
    tokenizer: {
      maxTokens: 4,
      vocabularySize: 1,
      encode: () => ({ ids: new Int32Array(4), truncated: 0, unknown: 0 }),
    },
    encode: async () => ({}),
    async predict(samples) {
      tried.push(samples.length / 3);
      if (samples.length / 3 > room) throw new Error(message);
      return samples.map(() => 0);
    },
    decode: async (samples) => samples,
  };
  const options = { prompts: [{ id: 'a', text: 'a' }], guidance: 1, steps: 1, seed: 0 };
  return { tried, run: () => generateImages(denoiser, flowMatchEuler(), options) };
}

describe('a batch that is too large for memory', () => {
  it('is halved until one fits, and the error says which', async () => {
    const { run, tried } = denoiserWith(5);
    await expect(run()).rejects.toThrow(
      /unet\/model\.onnx on cuda, batch 16[\s\S]*buffer of size 4294967296[\s\S]*batch: 4, which fitted/,
    );
    expect(tried).toEqual([16, 8, 4]);
  });
  it('may leave room for no image', async () => {
    const { run, tried } = denoiserWith(0, { batch: 3, message: 'CUDA failure 2: out of memory' });
    await expect(run()).rejects.toThrow(/not even one image fits/);
    expect(tried).toEqual([3, 1]);
  });
  it('cannot be halved where the graphs fix it', async () => {
    const { run, tried } = denoiserWith(5, { batchIsFixed: true });
    await expect(run()).rejects.toThrow(/export the graphs with a smaller batch/);
    expect(tried).toEqual([16]);
  });
  it('is not made of other errors, nor of batches that fit', async () => {
    await expect(denoiserWith(5, { message: 'Invalid rank for input' }).run()).rejects.toThrow(/^Invalid rank/);
    await expect(denoiserWith(16).run()).resolves.toHaveLength(4);
  });
});
