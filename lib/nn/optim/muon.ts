import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { type HostTensors, zeros } from '../../runs/hostTensor.js';

/** Jordan's quintic: x → a·x + b·x³ + c·x⁵ drives every singular value in (0, 1] to about 1 in five applications. */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/** Zero momentum for `muonUpdate`: `momentum.<param>` for every parameter. */
export function initMuon(params: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(params).map(([name, { shape }]) => [`momentum.${name}`, zeros(shape)]));
}

/**
 * Replaces a matrix UΣVᵀ by about UVᵀ (singular values between 0.7 and 1.2) with Newton–Schulz iterations.
 * @param matrix [n, m]
 */
export function orthogonalise(matrix: tf.Tensor2D, { iterations = 5 }: { iterations?: number } = {}): tf.Tensor2D {
  const tall = matrix.shape[0] > matrix.shape[1];
  // The Gram matrix is taken on the shorter side.
  let x = (tall ? tf.transpose(matrix) : matrix) as tf.Tensor2D;
  x = tf.div(x, tf.add(tf.sqrt(tf.sum(tf.square(x))), 1e-7));
  for (let i = 0; i < iterations; i++) {
    const gram = tf.matMul(x, x, false, true);
    const polynomial = tf.add(tf.mul(gram, B), tf.mul(tf.matMul(gram, gram), C)) as tf.Tensor2D;
    x = tf.add(tf.mul(x, A), tf.matMul(polynomial, x));
  }
  return (tall ? tf.transpose(x) : x) as tf.Tensor2D;
}

/**
 * One Muon update (Jordan et al., 2024) for 2-D weights: Nesterov momentum, orthogonalised by Newton–Schulz, scaled by
 * 0.2·√max(n, m) so that its root mean square equals that of a typical AdamW update (Liu et al., 2025, "Muon is
 * scalable", Eq. 4): Muon and AdamW then share a learning rate. Weight decay is decoupled.
 *
 * @param splits in how many equal blocks of columns a weight is orthogonalised separately: 3 for a fused q, k, v.
 */
export function muonUpdate(options: {
  params: NamedTensors;
  grads: NamedTensors;
  /** as made by `initMuon` */
  moments: NamedTensors;
  lr: tf.Scalar;
  weightDecay: tf.Scalar;
  momentum?: number;
  iterations?: number;
  splits?: (name: string) => number;
}): { params: NamedTensors; moments: NamedTensors } {
  const { params, grads, moments, lr, weightDecay } = options;
  const { momentum = 0.95, iterations = 5, splits = () => 1 } = options;
  const keep = tf.sub(1, tf.mul(lr, weightDecay));
  const nextParams: NamedTensors = {};
  const nextMoments: NamedTensors = {};
  for (const [name, grad] of Object.entries(grads)) {
    const buffer = tf.add(tf.mul(moments[`momentum.${name}`], momentum), grad);
    const nesterov = tf.add(grad, tf.mul(buffer, momentum)) as tf.Tensor2D;
    const parts = splits(name) === 1 ? [nesterov] : tf.split(nesterov, splits(name), 1);
    const [rows, columns] = parts[0].shape;
    const scale = 0.2 * Math.sqrt(Math.max(rows, columns));
    const orthogonal = parts.map((part) => orthogonalise(part as tf.Tensor2D, { iterations }));
    const update = orthogonal.length === 1 ? orthogonal[0] : tf.concat(orthogonal, 1);
    nextParams[name] = tf.sub(tf.mul(params[name], keep), tf.mul(update, tf.mul(lr, scale)));
    nextMoments[`momentum.${name}`] = buffer;
  }
  return { params: nextParams, moments: nextMoments };
}
