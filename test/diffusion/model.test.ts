import { describe, expect, it } from 'vitest';
import { addNoise, drawSigma, flowLoss, velocityOf } from '../../lib/diffusion/flow.js';
import { generatorTraining, rateFactor } from '../../lib/diffusion/generatorBatch.js';
import { generatorConfig } from '../../lib/diffusion/generatorConfig.js';
import { generatorConstants, guessImage, initGenerator } from '../../lib/diffusion/generatorModel.js';
import { toPixels, toPlanes } from '../../lib/diffusion/planes.js';
import { encodeText } from '../../lib/diffusion/textEncoder.js';
import { foldMatrix, fromWindows, toWindows, unfoldMatrix } from '../../lib/diffusion/windows.js';
import { tf } from '../../lib/engine/tf.js';
import { goesToMuon } from '../../lib/nn/optim/index.js';
import { rng } from '../../lib/random/rng.js';
import { type HostTensors, sizeOf } from '../../lib/runs/hostTensor.js';
import { toyConfig } from './toy.js';

const geometry = { imageSize: 16, patch: 4, window: 8 };
const tensorOf = (host: { data: Float32Array | Int32Array; shape: readonly number[] }) =>
  tf.tensor(host.data, [...host.shape]);

describe('windows', () => {
  it('are the squares around each patch, zero outside the image', () => {
    const image = rng(1, 'image').normals(2 * 3 * 16 * 16);
    const windows = toWindows(tf.tensor(image, [2, 3, 16, 16]), tensorOf(unfoldMatrix(geometry)), geometry);
    const found = windows.dataSync();
    expect(windows.shape).toEqual([2, 16, 3 * 64]);
    let at = 0;
    for (let b = 0; b < 2; b++) {
      for (let token = 0; token < 16; token++) {
        const [row, column] = [Math.floor(token / 4), token % 4];
        for (let c = 0; c < 3; c++) {
          for (let dy = 0; dy < 8; dy++) {
            for (let dx = 0; dx < 8; dx++) {
              const [y, x] = [row * 4 + dy - 2, column * 4 + dx - 2];
              const inside = y >= 0 && y < 16 && x >= 0 && x < 16;
              expect(found[at++]).toBeCloseTo(inside ? image[((b * 3 + c) * 16 + y) * 16 + x] : 0, 6);
            }
          }
        }
      }
    }
  });

  it('blend to the image they were cut from, with any overlap', () => {
    for (const window of [4, 6, 10]) {
      const shape = { ...geometry, window };
      const image = tf.tensor(rng(2, 'image').normals(3 * 256), [1, 3, 16, 16]);
      const windows = toWindows(image, tensorOf(unfoldMatrix(shape)), shape);
      const back = fromWindows(windows, tensorOf(foldMatrix(shape)), shape);
      expect(tf.max(tf.abs(tf.sub(back, image))).dataSync()[0]).toBeLessThan(1e-6);
    }
  });
});

describe('the model', () => {
  const config = toyConfig().model;
  const toTensors = (host: HostTensors) =>
    Object.fromEntries(Object.entries(host).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape], t.dtype)]));
  /** Random weights: fresh ones draw nothing, since the head starts at zero. */
  const weights = Object.fromEntries(
    Object.entries(initGenerator(config, 3)).map(([name, t]) => [
      name,
      tf.tensor(rng(4, name).normals(sizeOf(t.shape)), [...t.shape]).mul(0.2),
    ]),
  );
  const p = { ...weights, ...toTensors(generatorConstants(config)) };
  const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, 'int32');

  it('starts at the constant zero', () => {
    const fresh = { ...toTensors(initGenerator(config, 3)), ...toTensors(generatorConstants(config)) };
    const noisy = tf.tensor(rng(1, 'x').normals(768), [1, 3, 16, 16]);
    const guess = guessImage(fresh, { noisy, timestep: tf.tensor1d([500]), ids: ids([[4, 5, 0, 0]]) }, config);
    expect(guess.shape).toEqual([1, 3, 16, 16]);
    expect(tf.max(tf.abs(guess)).dataSync()[0]).toBe(0);
  });

  it('treats each sample alone, and heeds the time and every word', () => {
    const noisy = tf.tensor(rng(1, 'x').normals(2 * 768), [2, 3, 16, 16]);
    const run = (x: tf.Tensor, times: number[], words: number[][]) =>
      guessImage(p, { noisy: x, timestep: tf.tensor1d(times), ids: ids(words) }, config);
    const distance = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];
    const both = run(
      noisy,
      [300, 700],
      [
        [4, 5, 6, 0],
        [5, 4, 0, 0],
      ],
    );
    const second = tf.slice(noisy, 1, 1);
    const alone = run(second, [700], [[5, 4, 0, 0]]);
    expect(distance(tf.slice(both, 1, 1), alone)).toBeLessThan(1e-5);
    expect(distance(alone, run(second, [300], [[5, 4, 0, 0]]))).toBeGreaterThan(1e-3);
    expect(distance(alone, run(second, [700], [[4, 5, 0, 0]]))).toBeGreaterThan(1e-4);
    expect(distance(alone, run(second, [700], [[5, 6, 0, 0]]))).toBeGreaterThan(1e-3);
  });

  it('pools words, not padding, and gives the empty prompt a finite vector', () => {
    const { pooled, tokens } = encodeText(
      p,
      ids([
        [4, 0, 0, 0],
        [0, 0, 0, 0],
      ]),
      config,
    );
    expect(tokens.shape).toEqual([2, 4, 16]);
    const embedding = tf.slice(p['text.word_embedding.weight'] as tf.Tensor2D, [4, 0], [1, 16]).dataSync();
    const [word, empty] = [pooled.dataSync().slice(0, 16), pooled.dataSync().slice(16)];
    word.forEach((value, i) => {
      expect(value).toBeCloseTo(embedding[i], 5);
    });
    expect(empty.every(Number.isFinite)).toBe(true);
  });

  it('gives Muon the matrices of the blocks and nothing else', () => {
    const names = Object.keys(initGenerator(config, 0)).filter(goesToMuon);
    expect(names.sort()).toEqual([
      'blocks.0.attn.proj.weight',
      'blocks.0.attn.qkv.weight',
      'blocks.0.attn.text_kv.weight',
      'blocks.0.mlp.fc1.weight',
      'blocks.0.mlp.fc2.weight',
      'text.blocks.0.attn.proj.weight',
      'text.blocks.0.attn.qkv.weight',
      'text.blocks.0.mlp.fc1.weight',
      'text.blocks.0.mlp.fc2.weight',
    ]);
  });

  it('refuses sizes that do not fit', () => {
    expect(() => generatorConfig({ vocabularySize: 9, imageSize: 60 })).toThrow(/multiple of patch/);
    expect(() => generatorConfig({ vocabularySize: 9, window: 9 })).toThrow(/window/);
    expect(() => generatorConfig({ vocabularySize: 9, heads: 5 })).toThrow(/multiple of heads/);
  });
});

describe('flow', () => {
  const images = tf.tensor(rng(1, 'a').normals(2 * 12), [2, 3, 2, 2]);
  const noise = tf.tensor(rng(1, 'b').normals(2 * 12), [2, 3, 2, 2]);

  it('has the velocity noise − image, at every noise level', () => {
    const sigma = tf.tensor1d([0.2, 0.9]);
    const velocity = velocityOf(addNoise(images, noise, sigma), images, sigma);
    expect(tf.max(tf.abs(tf.sub(velocity, tf.sub(noise, images)))).dataSync()[0]).toBeLessThan(1e-5);
  });

  it('weights the error of the guess by 1/max(σ, 0.1)²', () => {
    const guess = tf.add(images, 0.5);
    const loss = (a: number, b: number) => flowLoss(guess, images, tf.tensor1d([a, b])).dataSync()[0];
    expect(loss(0.5, 0.5)).toBeCloseTo(0.25 / 0.25, 5);
    expect(loss(0.01, 1)).toBeCloseTo((0.25 / 0.01 + 0.25) / 2, 4);
  });

  it('draws mostly noisy levels: the median of σ is sigmoid(0.8)', () => {
    const stream = rng(5, 'sigma');
    const levels = Array.from({ length: 4001 }, () => drawSigma(stream)).sort((a, b) => a - b);
    expect(levels[2000]).toBeCloseTo(1 / (1 + Math.exp(-0.8)), 1);
    expect(levels[0]).toBeGreaterThan(0);
    expect(levels[4000]).toBeLessThan(1);
  });
});

describe('training settings', () => {
  it('warm the rate up, keep it, and let it fall from 60 %', () => {
    const training = generatorTraining({ steps: 1000, warmupSteps: 100 });
    expect(rateFactor(0, training)).toBeCloseTo(0.01);
    expect(rateFactor(300, training)).toBe(1);
    expect(rateFactor(800, training)).toBeCloseTo(0.51);
    expect(rateFactor(1000, training)).toBeCloseTo(0.02);
  });

  it('keep a picture through planes and back', () => {
    const image = Uint8Array.from({ length: 48 }, (_, i) => (i * 37) % 256);
    const planes = new Float32Array(48);
    toPlanes(image, planes);
    expect(planes[16]).toBeCloseTo(image[1] / 127.5 - 1, 6);
    expect([...toPixels(planes)]).toEqual([...image]);
  });
});
