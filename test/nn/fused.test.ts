import { describe, expect, it } from 'vitest';
import { compile, type NamedTensors } from '../../lib/engine/compile.js';
import { type HostTensor, type HostTensors, hostTensor, mapTensors, sizeOf } from '../../lib/engine/host.js';
import { tf } from '../../lib/engine/tf.js';
import {
  attendHead,
  attendTo,
  foldMlp,
  foldNorm,
  foldNormMlp,
  gelu,
  initLayerNorm,
  initLinear,
  mlp,
  normalise,
  normLinear,
  normMlp,
  splitColumns,
  valueAndGrads,
} from '../../lib/nn/index.js';
import { rng } from '../../lib/random/rng.js';

/** The same functions as a textbook writes them; their gradients are TensorFlow.js's own. */
const plainNorm = (p: NamedTensors, name: string, x: tf.Tensor) => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const normal = tf.div(centred, tf.sqrt(tf.add(variance, 1e-6)));
  return name in p || `${name}.weight` in p ? tf.add(tf.mul(normal, p[`${name}.weight`]), p[`${name}.bias`]) : normal;
};
const plainLinear = (p: NamedTensors, name: string, x: tf.Tensor) => {
  const [input, output] = p[`${name}.weight`].shape;
  const product = tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, input]), p[`${name}.weight`] as tf.Tensor2D);
  return tf.reshape(tf.add(product, p[`${name}.bias`]), [...x.shape.slice(0, -1), output]);
};
const plainGelu = (x: tf.Tensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
const plainAttention = (q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D) =>
  tf.matMul(tf.softmax(tf.div(tf.matMul(q, k, false, true), Math.sqrt(q.shape[2]))) as tf.Tensor3D, v) as tf.Tensor3D;

const draw = rng(7);
const random = (name: string, shape: number[], scale = 1): HostTensor =>
  hostTensor(
    draw
      .child(name)
      .normals(sizeOf(shape))
      .map((z) => z * scale),
    shape,
  );
/** Far from where training starts, so that every term of a gradient shows. */
const params: HostTensors = mapTensors(
  {
    ...initLayerNorm('norm', 12),
    ...initLinear(draw, 'qkv', 12, 24),
    ...initLinear(draw, 'mlp.fc1', 12, 20),
    ...initLinear(draw, 'mlp.fc2', 20, 12),
    x: random('x', [3, 5, 12]),
    k: random('k', [3, 7, 12]),
    v: random('v', [3, 7, 12]),
  },
  (t, name) => random(name, [...t.shape], name.length > 1 ? 0.5 : 1),
);

type Form = (p: NamedTensors) => tf.Tensor;
const heads = (p: NamedTensors, apply: typeof attendHead) =>
  apply(p.x as tf.Tensor3D, p.k as tf.Tensor3D, p.v as tf.Tensor3D);
const twoHeads = (p: NamedTensors) => {
  const parts = [p.x, p.k, p.v].map((t) => tf.split<tf.Tensor3D>(t as tf.Tensor3D, 2, 2));
  return tf.concat(
    parts[0].map((q, h) => plainAttention(q, parts[1][h], parts[2][h])),
    2,
  );
};
const pairs: Record<string, { uses: string[]; lean: Form; plain: Form }> = {
  normalise: { uses: ['x'], lean: (p) => normalise(p.x), plain: (p) => plainNorm({}, '', p.x) },
  gelu: { uses: ['x'], lean: (p) => gelu(p.x), plain: (p) => plainGelu(p.x) },
  normLinear: {
    uses: ['x', 'norm', 'qkv'],
    lean: (p) => normLinear(p.x, foldNorm(p, 'norm', 'qkv')),
    plain: (p) => tf.reshape(plainLinear(p, 'qkv', plainNorm(p, 'norm', p.x)), [15, 24]),
  },
  'splitColumns of normLinear': {
    uses: ['x', 'norm', 'qkv'],
    lean: (p) =>
      tf.concat(
        splitColumns(foldNorm(p, 'norm', 'qkv'), [8, 16]).map((part) => normLinear(p.x, part)),
        1,
      ),
    plain: (p) => tf.reshape(plainLinear(p, 'qkv', plainNorm(p, 'norm', p.x)), [15, 24]),
  },
  mlp: {
    uses: ['x', 'mlp'],
    lean: (p) => mlp(p.x, foldMlp(p, 'mlp')),
    plain: (p) => plainLinear(p, 'mlp.fc2', plainGelu(plainLinear(p, 'mlp.fc1', p.x))),
  },
  normMlp: {
    uses: ['x', 'norm', 'mlp'],
    lean: (p) => normMlp(p.x, foldNormMlp(p, 'norm', 'mlp')),
    plain: (p) => plainLinear(p, 'mlp.fc2', plainGelu(plainLinear(p, 'mlp.fc1', plainNorm(p, 'norm', p.x)))),
  },
  attendHead: { uses: ['x', 'k', 'v'], lean: (p) => heads(p, attendHead), plain: (p) => heads(p, plainAttention) },
  attendTo: {
    uses: ['x', 'k', 'v'],
    lean: (p) => attendTo(p.x as tf.Tensor3D, tf.concat([p.k, p.v], 2) as tf.Tensor3D, 2),
    plain: twoHeads,
  },
};

/** The value of a form and the gradients of a weighted sum of it, on a device. */
async function evaluate(form: Form, uses: string[], device: 'onnx' | 'cpu'): Promise<HostTensors> {
  const used = Object.fromEntries(Object.entries(params).filter(([name]) => uses.includes(name.split('.')[0])));
  const step = await compile(
    (p) => {
      const { loss, grads, aux } = valueAndGrads((q) => {
        const y = form(q);
        // Weights of every size, so that no error can hide in a sum.
        const weights = tf.reshape(tf.cos(tf.range(0, y.size, 1)), y.shape);
        return { loss: tf.sum(tf.mul(y, weights)) as tf.Scalar, aux: { y } };
      }, p);
      return {
        state: p,
        outputs: { loss, ...aux, ...Object.fromEntries(Object.entries(grads).map(([n, g]) => [`d ${n}`, g])) },
      };
    },
    { state: used, inputs: {}, device },
  );
  const outputs = await step.run({});
  await step.release();
  return outputs;
}

function distance(a: HostTensor, b: HostTensor): number {
  const norm = (values: number[]) => Math.hypot(...values);
  return norm(Array.from(a.data, (x, i) => x - b.data[i])) / norm(Array.from(b.data));
}

describe.each(Object.entries(pairs))('%s', (_name, { uses, lean, plain }) => {
  it.each(['onnx', 'cpu'] as const)('on %s: value and gradients are those of the plain form on cpu', async (device) => {
    const [found, wanted] = [await evaluate(lean, uses, device), await evaluate(plain, uses, 'cpu')];
    expect(Object.keys(found)).toEqual(Object.keys(wanted));
    for (const [name, tensor] of Object.entries(wanted)) expect(distance(found[name], tensor), name).toBeLessThan(1e-5);
  });
});

it('gelu far from zero: no NaN where exp overflows', async () => {
  const x = tf.tensor1d([-1e4, -20, -0, 0, 20, 1e4]);
  const grad = tf.grad((t) => tf.sum(gelu(t)))(x);
  expect([...gelu(x).dataSync()].map((v) => v + 0)).toEqual([0, 0, 0, 0, 20, 1e4].map((v) => expect.closeTo(v, 4)));
  expect([...grad.dataSync()]).toEqual([0, 0, 0.5, 0.5, 1, 1].map((v) => expect.closeTo(v, 6)));
});
