import { describe, expect, it } from 'vitest';
import { compile } from '../../lib/engine/compile.js';
import type { Device } from '../../lib/engine/device.js';
import type { NamedTensors } from '../../lib/engine/step.js';
import { tf } from '../../lib/engine/tf.js';
import { valueAndGrads } from '../../lib/nn/gradients.js';
import { withoutPrefix, withPrefix } from '../../lib/nn/names.js';
import { type HostTensors, scalar } from '../../lib/runs/hostTensor.js';
import { readSafetensors } from '../../lib/runs/safetensors.js';
import { predictor, projector, prototypeHead } from '../../lib/synclr/heads.js';
import { centerTargets } from '../../lib/synclr/losses/centering.js';
import { clipLoss } from '../../lib/synclr/losses/clip.js';
import { dinoLoss } from '../../lib/synclr/losses/dino.js';
import { ibotLoss, tokenWeights } from '../../lib/synclr/losses/ibot.js';
import { simclrLoss } from '../../lib/synclr/losses/simclr.js';
import { sinkhorn } from '../../lib/synclr/losses/sinkhorn.js';
import { stableRepLoss } from '../../lib/synclr/losses/stableRep.js';
import { stableRepPlusLoss } from '../../lib/synclr/losses/stableRepPlus.js';
import { supervisedLoss } from '../../lib/synclr/losses/supervised.js';
import { type OwnImage, synclrContrastive } from '../../lib/synclr/losses/synclr.js';
import { distance, wave, waveParameters } from './wave.js';

const golden = readSafetensors('test/synclr/golden/losses.safetensors');
const values: Record<string, number[]> = JSON.parse(golden.metadata.losses);
const heads = readSafetensors('test/synclr/golden/heads.safetensors');

type Matrix = tf.Tensor2D;
type Case = [name: string, inputs: HostTensors, loss: (inputs: NamedTensors) => tf.Scalar[]];

const ints = (length: number, f: (i: number) => number) =>
  tf.tensor1d(
    Array.from({ length }, (_, i) => f(i)),
    'int32',
  );
const captions = () => ints(12, (i) => i % 4);
const constant = ({ data, shape }: ReturnType<typeof wave>) => tf.tensor2d(data, [...shape] as [number, number]);
const x = wave([12, 8], 0.1);
const logScale = (scale: number) => scalar(Math.log(scale));
const teacher = () => constant(wave([10, 7], 1.1));
const weights = () => tf.tensor1d(tokenWeights([0, 0, 0, 1, 1, 1, 1, 2, 2, 2]).data as Float32Array);
const centred = () => centerTargets(teacher(), constant(wave([1, 7], 1.3, 0.3)), { temperature: 0.07 });

const cases: Case[] = [
  ...[0.1, 0.08].map(
    (temperature): Case => [
      `stableRep ${temperature}`,
      { embeddings: x },
      ({ embeddings }) => [stableRepLoss(embeddings as Matrix, captions(), { temperature })],
    ],
  ),
  ...(['global', 'none', 'all'] as OwnImage[]).map(
    (excludeOwn): Case => [
      `synclr ${excludeOwn}`,
      { globals: x, locals: wave([24, 8], 0.3) },
      (given) => {
        const anchors = given as { globals: Matrix; locals: Matrix };
        const keys = constant(wave([12, 8], 0.2));
        const { global, local } = synclrContrastive({ ...anchors, keys, labels: captions(), excludeOwn });
        return [global, local];
      },
    ],
  ),
  [
    'simclr',
    { first: wave([6, 8], 0.4), second: wave([6, 8], 1.9) },
    ({ first, second }) => [simclrLoss(first as Matrix, second as Matrix)],
  ],
  ...[0, 0.1].map(
    (smoothing): Case => [
      `supervised ${smoothing}`,
      { logits: wave([6, 5], 0.6, 3) },
      ({ logits }) => [
        supervisedLoss(
          logits as Matrix,
          ints(6, (i) => i % 5),
          { smoothing },
        ),
      ],
    ],
  ),
  ...Object.entries({ clip: 1 / 0.07, 'clip capped': 150 }).map(
    ([name, scale]): Case => [
      name,
      { images: wave([6, 8], 0.7), texts: wave([6, 8], 2.2), logScale: logScale(scale) },
      ({ images, texts, logScale }) => {
        const labels = ints(6, (i) => i);
        const pair = { images: images as Matrix, texts: texts as Matrix, logScale };
        return [clipLoss({ ...pair, imageLabels: labels, textLabels: labels })];
      },
    ],
  ),
  [
    'stableRepPlus',
    { embeddings: x, images: wave([12, 6], 0.9), texts: wave([4, 6], 2.4), logScale: logScale(1 / 0.07) },
    (given) => {
      const features = given as { embeddings: Matrix; images: Matrix; texts: Matrix; logScale: tf.Tensor };
      const labels = { labels: captions(), textLabels: ints(4, (i) => i) };
      const { image, text } = stableRepPlusLoss({ ...features, ...labels });
      return [image, text];
    },
  ],
  [
    'ibot sinkhorn',
    { student: wave([10, 7], 1.2) },
    ({ student }) => [ibotLoss(student as Matrix, sinkhorn(teacher(), { temperature: 0.07 }), weights())],
  ],
  [
    'ibot centering',
    { student: wave([10, 7], 1.2) },
    ({ student }) => [ibotLoss(student as Matrix, centred().targets, weights())],
  ],
  ['dino', { locals: wave([20, 7], 1.4) }, ({ locals }) => [dinoLoss(locals as Matrix, centred().targets)]],
];

/** What is computed from the state, and the gradient of its sum, weighted where it is not a scalar. */
async function valuesAndGrads(
  device: Device,
  state: HostTensors,
  terms: (p: NamedTensors) => tf.Tensor[],
  weigh = (term: tf.Tensor) => term,
) {
  const step = await compile(
    (params) => {
      const { loss, grads, aux } = valueAndGrads((p) => {
        const parts = terms(p);
        const loss = tf.addN(parts.map((part) => tf.sum(weigh(part)))) as tf.Scalar;
        return { loss, aux: Object.fromEntries(parts.map((part, i) => [`term.${i}`, part])) };
      }, params);
      return { state: params, outputs: { loss, ...aux, ...withPrefix(grads, 'grad.') } };
    },
    { state, inputs: {}, device },
  );
  const outputs = await step.run({});
  await step.release();
  return { terms: Object.values(withoutPrefix(outputs, 'term.')), grads: withoutPrefix(outputs, 'grad.') };
}

describe.each<Device>(['onnx', 'cpu'])('equal to PyTorch in float64, on %s', (device) => {
  it.each(cases)('%s', async (name, inputs, loss) => {
    const { terms, grads } = await valuesAndGrads(device, inputs, loss);
    expect(terms.length).toBe(values[name].length);
    values[name].forEach((wanted, i) => {
      expect(Math.abs(terms[i].data[0] - wanted) / wanted).toBeLessThan(1e-6);
    });
    for (const input of Object.keys(inputs)) {
      expect(distance(grads[input], golden.tensors[`${name}/${input}`]), input).toBeLessThan(1e-5);
    }
  });

  it('the targets of Sinkhorn–Knopp and of centring', async () => {
    const step = await compile(
      () => {
        const { targets, center } = centred();
        return {
          state: {},
          outputs: {
            'sinkhorn 0.04': sinkhorn(teacher(), { temperature: 0.04 }),
            'sinkhorn 0.07': sinkhorn(teacher(), { temperature: 0.07 }),
            centering: targets,
            'centering next': center,
          },
        };
      },
      { inputs: {}, device },
    );
    const outputs = await step.run({});
    await step.release();
    for (const [name, found] of Object.entries(outputs))
      expect(distance(found, golden.tensors[name]), name).toBeLessThan(3e-6);
  });

  const head = { norm: 'bn', hidden: 12, output: 6, finalNorm: true } as const;
  const narrow = { ...head, output: 8 };
  const applied: Record<string, (p: NamedTensors, x: Matrix) => tf.Tensor> = {
    'projector bn': (p, x) => projector(p, 'h', x, { head }),
    'projector bn, two views, open': (p, x) => projector(p, 'h', x, { head: { ...head, finalNorm: false }, views: 2 }),
    'projector ln': (p, x) => projector(p, 'h', x, { head: { ...head, norm: 'ln' } }),
    'predictor bn': (p, x) => predictor(p, 'h', x, { head: narrow }),
    'predictor ln': (p, x) => predictor(p, 'h', x, { head: { ...narrow, norm: 'ln' } }),
    prototypes: (p, x) => prototypeHead(p, 'h', x),
  };

  it.each(Object.keys(applied))('the head: %s', async (name) => {
    const { out, x: _, ...own } = withoutPrefix(heads.tensors, `${name}/`);
    const shapes = Object.fromEntries(Object.entries(own).map(([key, { shape }]) => [key, shape]));
    const state = { ...withPrefix(waveParameters(shapes, 0.5), 'h.'), x: wave([12, 8], 0.5) };
    const { terms, grads } = await valuesAndGrads(
      device,
      state,
      (p) => [applied[name](p, p.x as Matrix)],
      (y) => tf.mul(y, constant(wave(out.shape, 0.9))),
    );
    expect(distance(terms[0], out)).toBeLessThan(3e-6);
    for (const key of Object.keys(state)) {
      const wanted = heads.tensors[`${name}/${key.replace(/^h\./, '')}`];
      expect(distance(grads[key], wanted), key).toBeLessThan(1e-5);
    }
  });
});
