import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { filled, initLayerNorm, initLinear } from '../nn/init.js';
import { gelu, layerNorm, linear } from '../nn/layers.js';
import { unitRows } from '../nn/unitRows.js';
import type { Rng } from '../random/rng.js';
import type { HostTensors } from '../runs/hostTensor.js';

/**
 * How the contrastive heads normalise (spec §4.2).
 * `bn`: BatchNorm and ReLU after hidden layers, no biases, BatchNorm without affine at the end (MoCo v3, the paper).
 * `ln`: biases, LayerNorm and GELU after hidden layers, LayerNorm without affine at the end (the released code).
 */
export type HeadNorm = 'bn' | 'ln';

export interface ContrastiveHead {
  norm: HeadNorm;
  /** 4096 in spec §4.2 */
  hidden: number;
  /** width of the embedding, 256 in spec §4.2 */
  output: number;
  /** normalise the output too; StableRep's projector does not (spec §6) */
  finalNorm: boolean;
}

/** spec §4.2: the paper's projector and predictor. */
export const paperHead: ContrastiveHead = { norm: 'bn', hidden: 4096, output: 256, finalNorm: true };

/** An MLP head of `widths.length − 1` linear layers under `name`: `fc1`, `norm1`, `fc2`, … */
function initLayers(rng: Rng, name: string, widths: readonly number[], norm: HeadNorm): HostTensors {
  const params: HostTensors = {};
  for (let i = 1; i < widths.length; i++) {
    const last = i === widths.length - 1;
    const bias = norm === 'ln' && !last;
    Object.assign(params, initLinear(rng, `${name}.fc${i}`, widths[i - 1], widths[i], { bias }));
    if (!last) Object.assign(params, initLayerNorm(`${name}.norm${i}`, widths[i]));
  }
  return params;
}

/** `layers` linear layers, normalised as the head says. @param options.views see `projector` */
function headLayers(
  p: NamedTensors,
  name: string,
  x: tf.Tensor2D,
  {
    layers,
    head: { norm, finalNorm } = paperHead,
    views = 1,
  }: { layers: number; head?: ContrastiveHead; views?: number },
): tf.Tensor2D {
  const normalise = (y: tf.Tensor, at: string) =>
    norm === 'bn' ? batchNorm(p, at, y, { views }) : layerNorm(p, at, y);
  let y: tf.Tensor = x;
  for (let i = 1; i < layers; i++) {
    y = normalise(linear(p, `${name}.fc${i}`, y), `${name}.norm${i}`);
    y = norm === 'bn' ? tf.relu(y) : gelu(y);
  }
  y = linear(p, `${name}.fc${layers}`, y);
  // No parameter is called `norm<layers>`, so that the last normalisation has no affine part.
  return (finalNorm ? normalise(y, `${name}.norm${layers}`) : y) as tf.Tensor2D;
}

/** Parameters of `projector`: three linear layers, width → hidden → hidden → output. */
export function initProjector(rng: Rng, name: string, width: number, head: ContrastiveHead = paperHead): HostTensors {
  return initLayers(rng, name, [width, head.hidden, head.hidden, head.output], head.norm);
}

/**
 * x: [B, width] → [B, output], not yet of unit length.
 * `views`: with `bn`, rows are `views` blocks of B/views, each normalised by its own statistics (StableRep, spec §6).
 */
export function projector(
  p: NamedTensors,
  name: string,
  x: tf.Tensor2D,
  options: { head?: ContrastiveHead; views?: number } = {},
): tf.Tensor2D {
  return headLayers(p, name, x, { layers: 3, ...options });
}

/** Parameters of `predictor`: two linear layers, output → hidden → output. */
export function initPredictor(rng: Rng, name: string, head: ContrastiveHead = paperHead): HostTensors {
  return initLayers(rng, name, [head.output, head.hidden, head.output], head.norm);
}

/** x: [B, output] → [B, output]; the student only (spec §4.2). */
export function predictor(
  p: NamedTensors,
  name: string,
  x: tf.Tensor2D,
  options: { head?: ContrastiveHead; views?: number } = {},
): tf.Tensor2D {
  return headLayers(p, name, x, { layers: 2, ...options });
}

/**
 * BatchNorm with the statistics of the batch itself: heads are thrown away after training, so no running averages are
 * kept. Affine when `${name}.weight` exists. x: [B, D], rows in `views` equal blocks with statistics of their own.
 */
export function batchNorm(
  p: NamedTensors,
  name: string,
  x: tf.Tensor,
  { eps = 1e-5, views = 1 }: { eps?: number; views?: number } = {},
): tf.Tensor {
  const [batch, width] = x.shape;
  const grouped = tf.reshape(x, [views, batch / views, width]);
  const centred = tf.sub(grouped, tf.mean(grouped, 1, true));
  const variance = tf.mean(tf.square(centred), 1, true);
  const normal = tf.reshape(tf.mul(centred, tf.rsqrt(tf.add(variance, eps))), [batch, width]);
  const weight = p[`${name}.weight`];
  return weight ? tf.add(tf.mul(normal, weight), p[`${name}.bias`]) : normal;
}

export interface PrototypeHead {
  /** 2048 in spec §4.2 */
  hidden: number;
  /** width of the unit vector before the prototypes, 256 in spec §4.2 */
  bottleneck: number;
  /** K, 65536 in the paper (spec §4.2), 8192 in the example of its code */
  prototypes: number;
}

/** spec §4.2: the iBOT head of the paper. */
export const paperPrototypeHead: PrototypeHead = { hidden: 2048, bottleneck: 256, prototypes: 65536 };

/** Parameters of `prototypeHead`; the gains are [1, K], so that they are decayed as the released code does. */
export function initPrototypeHead(
  rng: Rng,
  name: string,
  width: number,
  { hidden, bottleneck, prototypes }: PrototypeHead = paperPrototypeHead,
): HostTensors {
  return {
    ...initLinear(rng, `${name}.fc1`, width, hidden),
    ...initLinear(rng, `${name}.fc2`, hidden, hidden),
    ...initLinear(rng, `${name}.fc3`, hidden, bottleneck),
    ...initLinear(rng, `${name}.prototypes`, bottleneck, prototypes, { bias: false }),
    [`${name}.prototypes.gain`]: filled([1, prototypes], 1),
  };
}

/** DINO's head: MLP with GELU, unit vector, weight-normalised linear. x: [B, width] → logits [B, K] in [−gain, gain]. */
export function prototypeHead(p: NamedTensors, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const hidden = gelu(linear(p, `${name}.fc2`, gelu(linear(p, `${name}.fc1`, x))));
  const direction = unitRows(linear(p, `${name}.fc3`, hidden)) as tf.Tensor2D;
  const weight = p[`${name}.prototypes.weight`] as tf.Tensor2D;
  const norm = tf.rsqrt(tf.sum(tf.square(weight), 0, true));
  // Scaling K columns of the product costs less than normalising the matrix, and is the same.
  return tf.mul(tf.matMul(direction, weight), tf.mul(norm, p[`${name}.prototypes.gain`])) as tf.Tensor2D;
}
