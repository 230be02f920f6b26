import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { initLayerNorm, initLinear, truncatedNormal } from '../../nn/init.js';
import { layerNorm, linear } from '../../nn/layers.js';
import type { Rng } from '../../random/rng.js';
import { type HostTensors, zeros } from '../../runs/hostTensor.js';

/** The shape of the judge: a small convolutional network that looks at one picture and answers two questions. */
export interface JudgeNetConfig {
  /** side of the picture in pixels */
  imageSize: number;
  /** channels of each stage; a stage has half the resolution of the one before, the first half the picture's */
  widths: readonly number[];
  /** residual blocks of each stage */
  blocks: readonly number[];
  /** concepts it knows; one answer more is 'none of these' */
  concepts: number;
  backgrounds: number;
}

export interface JudgeNetOutput {
  /** [B, widths.at(-1)]: what both answers are read from */
  features: tf.Tensor2D;
  /** [B, concepts + 1]; the last is 'none of these' */
  concepts: tf.Tensor2D;
  /** [B, backgrounds] */
  backgrounds: tf.Tensor2D;
}

/** Taps of the 3×3 filters in blocks. */
const TAPS = 9;

/**
 * Parameters. A filter is a matrix [9·in, out], as Muon takes it; the second of a block starts at zero, so that a block
 * starts as the identity.
 */
export function initJudgeNet(rng: Rng, { widths, blocks, concepts, backgrounds }: JudgeNetConfig): HostTensors {
  const params: HostTensors = {};
  let before = 3;
  widths.forEach((width, stage) => {
    const name = `stages.${stage}`;
    if (stage > 0) Object.assign(params, initLayerNorm(`${name}.norm`, before));
    Object.assign(params, initLinear(rng, `${name}.down`, 4 * before, width, { std: 1 / Math.sqrt(4 * before) }));
    for (let i = 0; i < blocks[stage]; i++) {
      const block = `${name}.blocks.${i}`;
      const shape = [TAPS * width, width];
      Object.assign(params, initLayerNorm(`${block}.norm`, width), {
        [`${block}.conv1.weight`]: truncatedNormal(rng.child(block), shape, { std: Math.sqrt(2 / (TAPS * width)) }),
        [`${block}.conv1.bias`]: zeros([width]),
        [`${block}.conv2.weight`]: zeros(shape),
      });
    }
    before = width;
  });
  return {
    ...params,
    ...initLayerNorm('norm', before),
    ...initLinear(rng, 'concepts', before, concepts + 1),
    ...initLinear(rng, 'backgrounds', before, backgrounds),
  };
}

/** The filters in blocks, which Muon moves; AdamW moves the rest. */
export function isFilter(name: string): boolean {
  return /\.conv[12]\.weight$/.test(name);
}

/** Stages whose output can take on another picture's style: the early ones, which see colours and strokes. */
const STYLED_STAGES = 2;

/**
 * The forward pass. images: [B, S, S, 3], normalised.
 * @param keepStyle [B, 1, 1, 1], in training: how much of its own style each picture keeps, see `mixStyles`
 */
export function judgeNet(
  p: NamedTensors,
  images: tf.Tensor4D,
  { widths, blocks }: JudgeNetConfig,
  { keepStyle }: { keepStyle?: tf.Tensor } = {},
): JudgeNetOutput {
  let x = images;
  widths.forEach((_, stage) => {
    const name = `stages.${stage}`;
    x = halve(p, `${name}.down`, stage > 0 ? layerNorm(p, `${name}.norm`, x) : x);
    for (let i = 0; i < blocks[stage]; i++) x = residual(p, `${name}.blocks.${i}`, x);
    if (keepStyle && stage < STYLED_STAGES) x = mixStyles(x, keepStyle);
  });
  const features = layerNorm(p, 'norm', tf.mean(x, [1, 2])) as tf.Tensor2D;
  return {
    features,
    concepts: linear(p, 'concepts', features) as tf.Tensor2D,
    backgrounds: linear(p, 'backgrounds', features) as tf.Tensor2D,
  };
}

/** Every 2×2 pixels become one: [B, H, W, C] → [B, H/2, W/2, O]. */
function halve(p: NamedTensors, name: string, x: tf.Tensor): tf.Tensor4D {
  const weight = p[`${name}.weight`];
  const filter = tf.reshape(weight, [2, 2, x.shape[3] as number, weight.shape[1] as number]) as tf.Tensor4D;
  return tf.add(tf.conv2d(x as tf.Tensor4D, filter, 2, 'valid'), p[`${name}.bias`]) as tf.Tensor4D;
}

/** x + conv(relu(conv(norm x))), both 3×3. */
function residual(p: NamedTensors, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const width = x.shape[3];
  const convolve = (y: tf.Tensor, filter: string) =>
    tf.conv2d(y as tf.Tensor4D, tf.reshape(p[filter], [3, 3, width, width]) as tf.Tensor4D, 1, 'same');
  const inner = tf.add(convolve(layerNorm(p, `${name}.norm`, x), `${name}.conv1.weight`), p[`${name}.conv1.bias`]);
  return tf.add(x, convolve(tf.relu(inner), `${name}.conv2.weight`)) as tf.Tensor4D;
}

/**
 * MixStyle (Zhou et al., 2021): mean and deviation of each channel over the picture, its style, are mixed with those of the
 * picture at the mirrored place of the batch: λ·own + (1 − λ)·other. The judge must know things in styles it never saw.
 */
function mixStyles(x: tf.Tensor4D, keep: tf.Tensor): tf.Tensor4D {
  const mean = tf.mean(x, [1, 2], true);
  const centred = tf.sub(x, mean);
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), [1, 2], true), 1e-6));
  const mix = (own: tf.Tensor) => tf.add(tf.mul(own, keep), tf.mul(tf.reverse(own, 0), tf.sub(1, keep)));
  return tf.add(tf.mul(tf.div(centred, deviation), mix(deviation)), mix(mean)) as tf.Tensor4D;
}
