import { describe, expect, it } from 'vitest';
import { compile } from '../../../lib/engine/compile.js';
import type { NamedTensors } from '../../../lib/engine/step.js';
import { tf } from '../../../lib/engine/tf.js';
import { joinWeights, runningNorm, trainingNorm } from '../../../lib/evaluate/segmentation/convModule.js';
import { fcnHead, initFcnHead } from '../../../lib/evaluate/segmentation/fcnHead.js';
import { featurePyramid, initFeaturePyramid, type Levels } from '../../../lib/evaluate/segmentation/featurePyramid.js';
import { foldLayerScale, initLayerScale } from '../../../lib/evaluate/segmentation/layerScale.js';
import { pixelCrossEntropy } from '../../../lib/evaluate/segmentation/pixelCrossEntropy.js';
import { initUperHead, uperHead } from '../../../lib/evaluate/segmentation/uperNet.js';
import { valueAndGrads } from '../../../lib/nn/gradients.js';
import { withoutPrefix, withPrefix } from '../../../lib/nn/names.js';
import { rng } from '../../../lib/random/rng.js';
import { type HostTensors, hostTensor } from '../../../lib/runs/hostTensor.js';
import { readSafetensors } from '../../../lib/runs/safetensors.js';
import { initVit, vit, vitConfigs } from '../../../lib/synclr/vit.js';
import { distance, wave } from '../../synclr/wave.js';

const golden = readSafetensors('test/evaluate/segmentation/golden/upernet.safetensors').tensors;
const [B, G, width, classes, size] = [2, 6, 8, 5, 20];
const poolScales = [1, 2, 3, 6];

const weights = joinWeights(
  initFeaturePyramid(rng(0), width),
  initUperHead(rng(0), { width, classes, channels: 4, poolScales }),
  initFcnHead(rng(0), { width, classes, channels: 3 }),
);
// The t-th parameter in name order is a wave of phase t, plus one where it is a gain.
const params: HostTensors = Object.fromEntries(
  Object.keys(weights.params)
    .sort()
    .map((name, t) => {
      const { data, shape } = wave(weights.params[name].shape, t, 0.5);
      const isGain = /(bn|upsample_4x\.1)\.weight$/.test(name);
      return [name, hostTensor(isGain ? (data as Float32Array).map((x) => x + 1) : data, shape)];
    }),
);
const features = () =>
  [0, 1, 2, 3].map((i) => tf.tensor(wave([B, G, G, width], 10 + i).data, [B, G, G, width])) as Levels;
const mask = hostTensor(
  Int32Array.from({ length: B * size * size }, (_, i) => {
    const [b, y, x] = [Math.floor(i / (size * size)), Math.floor(i / size) % size, i % size];
    return b === 0 && y < 3 ? 255 : (Math.floor(y / 5) + 2 * Math.floor(x / 7) + b) % classes;
  }),
  [B, size, size],
);

const forward = (p: NamedTensors, norm: ReturnType<typeof runningNorm>) => {
  const levels = featurePyramid(p, norm, features());
  return { main: uperHead(p, norm, levels, { poolScales }), aux: fcnHead(p, norm, levels[2]) };
};

describe.each(['onnx', 'cpu'] as const)('UperNet on %s', (device) => {
  it('has the output, loss, statistics and gradients of PyTorch in training', async () => {
    const step = await compile(
      (state, inputs) => {
        const { loss, grads, aux } = valueAndGrads(
          (p) => {
            const next: NamedTensors = {};
            const { main, aux } = forward(p, trainingNorm(p, withoutPrefix(state, 'stat.'), next));
            const labels = inputs.mask as tf.Tensor3D;
            const loss = tf.add(pixelCrossEntropy(main, labels), tf.mul(pixelCrossEntropy(aux, labels), 0.4));
            return { loss: loss as tf.Scalar, aux: { ...withPrefix(next, 'stat.'), main, aux } };
          },
          withoutPrefix(state, 'param.'),
        );
        const { main, aux: second, ...stats } = aux;
        return { state: { ...state, ...stats }, outputs: { loss, main, aux: second, ...withPrefix(grads, 'grad.') } };
      },
      {
        state: { ...withPrefix(params, 'param.'), ...withPrefix(weights.stats, 'stat.') },
        inputs: { mask: { shape: mask.shape, dtype: 'int32' } },
        device,
      },
    );
    const outputs = await step.run({ mask });
    expect(distance(outputs.main, golden['train.main'])).toBeLessThan(1e-5);
    expect(distance(outputs.aux, golden['train.aux'])).toBeLessThan(1e-5);
    expect(outputs.loss.data[0]).toBeCloseTo(golden.loss.data[0], 5);
    const named = Object.keys(golden);
    for (const name of named.filter((name) => name.startsWith('grad.'))) {
      // A bias before a BatchNorm has no gradient: 0 there, and rounding here.
      const isZero = golden[name].data.every((value) => Math.abs(value) < 1e-12);
      if (isZero) expect(Math.max(...outputs[name].data.map(Math.abs)), name).toBeLessThan(1e-6);
      else expect(distance(outputs[name], golden[name]), name).toBeLessThan(1e-4);
    }
    const state = await step.state();
    const stats = named.filter((name) => name.startsWith('stat.'));
    expect(stats).toHaveLength(Object.keys(weights.stats).length);
    for (const name of stats) expect(distance(state[name], golden[name]), name).toBeLessThan(1e-5);
    await step.release();
  });

  it('has the output of PyTorch in use, with running statistics', async () => {
    const stats = Object.fromEntries(Object.keys(weights.stats).map((name) => [name, golden[`stat.${name}`]]));
    const step = await compile((p) => ({ state: {}, outputs: { main: forward(p, runningNorm(p, p)).main } }), {
      constants: { ...params, ...stats },
      inputs: {},
      device,
    });
    const { main } = await step.run({});
    expect(main.shape).toEqual([B, 4 * G, 4 * G, classes]);
    const worst = Math.max(...Array.from(main.data, (v, i) => Math.abs(v - golden['eval.main'].data[i])));
    expect(worst).toBeLessThan(1e-4);
    await step.release();
  });
});

describe('layer scale', () => {
  it('changes nothing at 1, and silences a block at 0', () => {
    const model = { ...vitConfigs.toy, depth: 2 };
    const tensors = (values: HostTensors) =>
      Object.fromEntries(Object.entries(values).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]));
    const plain = tensors(initVit(rng(2), model));
    const gains = tensors(initLayerScale(model));
    const images = tf.tensor4d(wave([1, 16, 16, 3], 0).data, [1, 16, 16, 3]);
    const blocks = (p: NamedTensors) =>
      vit(foldLayerScale(p), images, { config: model, keepBlocks: true }).blocks.map((block) => block.dataSync());
    const before = blocks(plain);
    expect(distance({ data: blocks({ ...plain, ...gains })[1] }, { data: before[1] })).toBeLessThan(1e-6);
    const silent = ['blocks.1.ls1.gamma', 'blocks.1.ls2.gamma'].map((name) => [name, tf.zerosLike(gains[name])]);
    const after = blocks({ ...plain, ...gains, ...Object.fromEntries(silent) });
    expect(distance({ data: after[1] }, { data: before[0] })).toBeLessThan(1e-6);
  });
});
