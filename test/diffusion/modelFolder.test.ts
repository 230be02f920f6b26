import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openPipeline } from '../../lib/diffusion/pipeline.js';
import { exportOnnx } from '../../lib/engine/exportOnnx.js';
import { tf } from '../../lib/engine/tf.js';
import { readJson, writeJson, writeWhole } from '../../lib/runs/files.js';
import { toyTokenizer } from './toy.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'folder-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Shapes = Record<string, number[]>;

/** A network of these inputs and outputs; every output is the sum of the inputs' means. */
function network(inputs: Shapes, outputs: Shapes): Uint8Array {
  const specs = Object.entries(inputs).map(([name, shape]) => {
    return [name, name === 'input_ids' ? { shape, dtype: 'int32' as const } : { shape }] as const;
  });
  return exportOnnx(
    (_, given) => {
      const means = Object.values(given).map((x) => tf.mean(tf.cast(x, 'float32')));
      return Object.fromEntries(
        Object.entries(outputs).map(([name, shape]) => [name, tf.add(tf.zeros(shape), tf.addN(means))]),
      );
    },
    { constants: {}, inputs: Object.fromEntries(specs) },
  );
}

const B = 2;
const UNET = { sample: [B, 4, 4, 4], timestep: [1], encoder_hidden_states: [B, 4, 6] };
const GRAPHS = {
  text_encoder: { inputs: { input_ids: [B, 4] }, outputs: { last_hidden_state: [B, 4, 6] } },
  unet: { inputs: UNET, outputs: { out_sample: [B, 4, 4, 4] } },
  vae_decoder: { inputs: { latent_sample: [B, 4, 4, 4] }, outputs: { sample: [B, 3, 32, 32] } },
};
let count = 0;

/** A model folder in which some graphs have other inputs or outputs than they should. */
function folderWith(changes: Partial<Record<keyof typeof GRAPHS, { inputs?: Shapes; outputs?: Shapes }>> = {}): string {
  const folder = path.join(root, String(count++));
  for (const [name, graph] of Object.entries(GRAPHS)) {
    const { inputs, outputs } = { ...graph, ...changes[name as keyof typeof GRAPHS] };
    writeWhole(path.join(folder, name, 'model.onnx'), network(inputs, outputs));
  }
  writeJson(path.join(folder, 'tokenizer', 'tokenizer.json'), toyTokenizer);
  writeJson(path.join(folder, 'tokenizer', 'tokenizer_config.json'), { pad_token: { content: '[PAD]' } });
  writeJson(path.join(folder, 'scheduler', 'scheduler_config.json'), { _class_name: 'DDIMScheduler' });
  writeJson(path.join(folder, 'model_index.json'), {});
  return folder;
}

const lines: string[] = [];
const open = (folder: string, options: { batch?: number; eta?: number } = {}) =>
  openPipeline(folder, { providers: ['cpu'], log: (line) => lines.push(line), ...options });

describe('a model folder', () => {
  it('opens when all is right, and says where it runs', async () => {
    const folder = folderWith();
    const pipeline = await open(folder);
    expect([pipeline.batch, pipeline.size, pipeline.provider]).toEqual([B, 32, 'cpu']);
    expect(lines).toEqual([`${path.basename(folder)} runs on cpu`]);
    await pipeline.release();
  });

  it.each([
    ['model_index.json', /no model_index\.json/],
    ['tokenizer/tokenizer.json', /no tokenizer\/tokenizer\.json/],
    ['scheduler/scheduler_config.json', /no scheduler\/scheduler_config\.json/],
    ['unet/model.onnx', /no unet\/model\.onnx/],
    ['vae_decoder', /denoises 4 channels[\s\S]*no vae_decoder\/model\.onnx/],
  ])('needs %s', async (name, message) => {
    const folder = folderWith();
    rmSync(path.join(folder, name), { recursive: true });
    await expect(open(folder)).rejects.toThrow(message);
  });

  it.each([
    ['another name', 'unet', { inputs: { ...UNET, sample: undefined, latents: [B, 4, 4, 4] } }, /sample \[batch/],
    ['no text', 'unet', { inputs: { sample: [B, 4, 4, 4], timestep: [1] } }, /expected: encoder_hidden_states/],
    ['more than there is', 'unet', { inputs: { ...UNET, time_ids: [B, 6] } }, /found: {4}time_ids \[2, 6\]/],
    ['another output', 'unet', { outputs: { noise: [B, 4, 4, 4] } }, /expected: out_sample/],
    ['another width', 'text_encoder', { outputs: { last_hidden_state: [B, 4, 5] } }, /last_hidden_state \[2, 4, 6\]/],
    ['another batch', 'text_encoder', { inputs: { input_ids: [3, 4] } }, /expected: input_ids \[2, 4\]/],
    ['another latent', 'vae_decoder', { inputs: { latent_sample: [B, 4, 8, 8] } }, /latent_sample \[2, 4, 4, 4\]/],
  ])('is refused for %s', async (_what, name, change, message) => {
    const shapes = Object.fromEntries(
      Object.entries(change).map(([side, ports]) => [
        side,
        Object.fromEntries(Object.entries(ports).filter(([, shape]) => shape !== undefined)),
      ]),
    );
    await expect(open(folderWith({ [name]: shapes }))).rejects.toThrow(message);
  });

  it('has the batch of its graphs, where they fix it', async () => {
    await expect(open(folderWith(), { batch: 0 })).rejects.toThrow(/found: {4}0/);
    await expect(open(folderWith(), { batch: 3 })).rejects.toThrow(/expected: 2, the batch[\s\S]*found: {4}3/);
  });

  it('whose graphs leave sizes open says them in config.json', async () => {
    const folder = path.join(root, 'open');
    cpSync(path.join(import.meta.dirname, 'golden', 'tiny-sd'), folder, { recursive: true });
    const scheduler = path.join(folder, 'scheduler', 'scheduler_config.json');
    writeJson(scheduler, { ...readJson<object>(scheduler), _class_name: 'DDIMScheduler' });
    rmSync(path.join(folder, 'unet', 'config.json'));
    await expect(open(folder)).rejects.toThrow(/in_channels and sample_size/);
  });

  it('has a fingerprint of the files that it reads, and of no others, and of the sampler', async () => {
    const folder = folderWith();
    const prints = new Set<string>();
    const note = async (options = {}) => {
      const pipeline = await open(folder, options);
      prints.add(await pipeline.fingerprint());
      await pipeline.release();
    };
    await note();
    await note();
    expect(prints.size).toBe(1);
    for (const stray of ['.DS_Store', 'model.onnx_data', 'README.md'])
      writeWhole(path.join(folder, 'unet', stray), 'x');
    await note();
    expect(prints.size).toBe(1);
    writeJson(path.join(folder, 'model_index.json'), { other: true });
    await note();
    await note({ eta: 0.5 });
    expect(prints.size).toBe(3);
  });
});
