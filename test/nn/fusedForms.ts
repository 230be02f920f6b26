import type { NamedTensors } from '../../lib/engine/step.js';
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
} from '../../lib/nn/index.js';
import { rng } from '../../lib/random/rng.js';
import { type HostTensor, type HostTensors, hostTensor, mapTensors, sizeOf } from '../../lib/runs/hostTensor.js';

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
export const fusedParams: HostTensors = mapTensors(
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

/** A function of `fusedParams`. */
export type Form = (p: NamedTensors) => tf.Tensor;
export interface FusedForm {
  /** What is different from the plain form. */
  readonly how: string;
  /** The parameters, by the first part of their names. */
  readonly uses: readonly string[];
  readonly lean: Form;
  readonly plain: Form;
}

const heads = (p: NamedTensors, apply: typeof attendHead) =>
  apply(p.x as tf.Tensor3D, p.k as tf.Tensor3D, p.v as tf.Tensor3D);
const twoHeads = (p: NamedTensors) => {
  const parts = [p.x, p.k, p.v].map((t) => tf.split<tf.Tensor3D>(t as tf.Tensor3D, 2, 2));
  return tf.concat(
    parts[0].map((q, h) => plainAttention(q, parts[1][h], parts[2][h])),
    2,
  );
};
/** The functions of lib/nn that have a gradient written out, or read folded weights, each beside the textbook's. */
export const fusedForms: Record<string, FusedForm> = {
  normalise: {
    how: "ONNX's LayerNormalization, where the backend has `SynclrStandardise`; gradient written out",
    uses: ['x'],
    lean: (p) => normalise(p.x),
    plain: (p) => plainNorm({}, '', p.x),
  },
  gelu: {
    how: 'without gradients ONNX’s Gelu, where the backend has `SynclrGelu`; else `erfGate`, whose gradient is 1 + erf s + 2/√π·s·exp(−s²), with the factors 1/√2 around it',
    uses: ['x'],
    lean: (p) => gelu(p.x),
    plain: (p) => plainGelu(p.x),
  },
  normLinear: {
    how: 'gain and bias of the norm folded into the layer behind it; one gradient for both',
    uses: ['x', 'norm', 'qkv'],
    lean: (p) => normLinear(p.x, foldNorm(p, 'norm', 'qkv')),
    plain: (p) => tf.reshape(plainLinear(p, 'qkv', plainNorm(p, 'norm', p.x)), [15, 24]),
  },
  'splitColumns of normLinear': {
    how: 'the same layer cut in two, for a last block that reads one token',
    uses: ['x', 'norm', 'qkv'],
    lean: (p) =>
      tf.concat(
        splitColumns(foldNorm(p, 'norm', 'qkv'), [8, 16]).map((part) => normLinear(p.x, part)),
        1,
      ),
    plain: (p) => tf.reshape(plainLinear(p, 'qkv', plainNorm(p, 'norm', p.x)), [15, 24]),
  },
  mlp: {
    how: "GELU's factors folded into the weights around it",
    uses: ['x', 'mlp'],
    lean: (p) => mlp(p.x, foldMlp(p, 'mlp')),
    plain: (p) => plainLinear(p, 'mlp.fc2', plainGelu(plainLinear(p, 'mlp.fc1', p.x))),
  },
  normMlp: {
    how: 'both foldings',
    uses: ['x', 'norm', 'mlp'],
    lean: (p) => normMlp(p.x, foldNormMlp(p, 'norm', 'mlp')),
    plain: (p) => plainLinear(p, 'mlp.fc2', plainGelu(plainLinear(p, 'mlp.fc1', plainNorm(p, 'norm', p.x)))),
  },
  attendHead: {
    how: 'softmax(q·kᵀ)·v with one gradient; heads are columns, not a fifth dimension',
    uses: ['x', 'k', 'v'],
    lean: (p) => heads(p, attendHead),
    plain: (p) => heads(p, plainAttention),
  },
  attendTo: {
    how: 'queries of one sequence, keys and values of another',
    uses: ['x', 'k', 'v'],
    lean: (p) => attendTo(p.x as tf.Tensor3D, tf.concat([p.k, p.v], 2) as tf.Tensor3D, 2),
    plain: twoHeads,
  },
};
