import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { type HostTensors, zeros } from '../../runs/hostTensor.js';

/** Zero moments for `adamwUpdate`: `m.<param>` and `v.<param>` for every parameter. */
export function initAdamw(params: HostTensors): HostTensors {
  const moments: HostTensors = {};
  for (const [name, { shape }] of Object.entries(params)) {
    moments[`m.${name}`] = zeros(shape);
    moments[`v.${name}`] = zeros(shape);
  }
  return moments;
}

/** 1 − βᵗ for the t-th update (counted from 1): the bias corrections that `adamwUpdate` takes as inputs. */
export function adamwCorrections(t: number, { betas = [0.9, 0.999] }: { betas?: readonly [number, number] } = {}) {
  return { correction1: 1 - betas[0] ** t, correction2: 1 - betas[1] ** t };
}

/**
 * One AdamW update (Loshchilov & Hutter, 2019), in PyTorch's form:
 * p ← p·(1 − lr·wd) − lr · (m/c₁) / (√v/√c₂ + eps), with m and v the running means of g and g².
 *
 * Everything that changes from step to step (`lr`, `weightDecay`, the corrections 1 − βᵗ) is a scalar tensor, so the
 * traced graph is the same at every step. Only parameters in `grads` are updated; the result holds exactly those.
 *
 * @param decays says whether weight decay applies to a parameter (usually: matrices yes, biases and gains no).
 * @param lrScale the factor on a parameter's learning rate, and so on its weight decay (PyTorch's parameter groups); 1
 *   everywhere by default, see `layerDecay`
 */
export function adamwUpdate(options: {
  params: NamedTensors;
  grads: NamedTensors;
  /** as made by `initAdamw` */
  moments: NamedTensors;
  lr: tf.Scalar;
  weightDecay: tf.Scalar;
  correction1: tf.Scalar;
  correction2: tf.Scalar;
  betas?: readonly [number, number];
  eps?: number;
  decays: (name: string, shape: readonly number[]) => boolean;
  lrScale?: (name: string) => number;
}): { params: NamedTensors; moments: NamedTensors } {
  const { params, grads, moments, lr, weightDecay, correction1, correction2, decays } = options;
  const { betas = [0.9, 0.999], eps = 1e-8, lrScale = () => 1 } = options;
  const rootOfCorrection2 = tf.sqrt(correction2);
  // One pair of scalars for each factor, not for each parameter.
  const groups = new Map<number, { rate: tf.Tensor; keep: tf.Tensor }>();
  const groupOf = (scale: number) => {
    const known = groups.get(scale);
    if (known) return known;
    const own = scale === 1 ? lr : tf.mul(lr, scale);
    const group = { rate: tf.div(own, correction1), keep: tf.sub(1, tf.mul(own, weightDecay)) };
    groups.set(scale, group);
    return group;
  };
  const nextParams: NamedTensors = {};
  const nextMoments: NamedTensors = {};
  for (const [name, grad] of Object.entries(grads)) {
    const m = tf.add(tf.mul(moments[`m.${name}`], betas[0]), tf.mul(grad, 1 - betas[0]));
    const v = tf.add(tf.mul(moments[`v.${name}`], betas[1]), tf.mul(tf.square(grad), 1 - betas[1]));
    const denominator = tf.add(tf.div(tf.sqrt(v), rootOfCorrection2), eps);
    const { rate, keep } = groupOf(lrScale(name));
    const kept = decays(name, grad.shape) ? tf.mul(params[name], keep) : params[name];
    nextParams[name] = tf.sub(kept, tf.mul(tf.div(m, denominator), rate));
    nextMoments[`m.${name}`] = m;
    nextMoments[`v.${name}`] = v;
  }
  return { params: nextParams, moments: nextMoments };
}

/** The usual rule: decay matrices, leave biases, gains and single vectors alone. */
export function decaysMatrices(_name: string, shape: readonly number[]): boolean {
  return shape.length >= 2;
}
