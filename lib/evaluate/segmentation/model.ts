import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { withoutPrefix, withPrefix } from '../../nn/names.js';
import type { Rng } from '../../random/rng.js';
import type { HostTensors } from '../../runs/hostTensor.js';
import { type VitConfig, vit } from '../../synclr/vit.js';
import type { SegmentationConfig } from './config.js';
import { type ChannelNorm, joinWeights, type Weights } from './convModule.js';
import { fcnHead, initFcnHead } from './fcnHead.js';
import { featurePyramid, initFeaturePyramid, type Levels } from './featurePyramid.js';
import { foldLayerScale, initLayerScale } from './layerScale.js';
import { classifyPixels, initClassifier, initUperHead, uperHead } from './uperNet.js';

/** An encoder up to the last block whose features are used, with the drop path of its fine-tuning. */
export function segmentationModel(model: VitConfig, { head, dropPath }: SegmentationConfig): VitConfig {
  return { ...model, dropPath, depth: head.name === 'upernet' ? head.blocks[3] : model.depth };
}

/**
 * The weights of encoder (`backbone.*`) and heads. UperNet reads the blocks before the last norm, so it has none.
 *
 * @param model as `segmentationModel` gives it
 */
export function initSegmentation(
  rng: Rng,
  backbone: HostTensors,
  { head, model, classes }: { head: SegmentationConfig['head']; model: VitConfig; classes: number },
): { encoder: HostTensors; heads: Weights } {
  const { width, depth } = model;
  const isUsed = (name: string) => {
    const block = /^blocks\.(\d+)\./.exec(name);
    if (block) return Number(block[1]) < depth;
    return name !== 'mask_token' && !(head.name === 'upernet' && name.startsWith('norm.'));
  };
  const kept = Object.fromEntries(Object.entries(backbone).filter(([name]) => isUsed(name)));
  if (head.name === 'linear') {
    const heads = initClassifier(rng.child('head'), 'decode_head.conv_seg', width, classes);
    return { encoder: withPrefix(kept, 'backbone.'), heads };
  }
  const gains = head.layerScale ? initLayerScale(model) : {};
  const { auxiliary } = head;
  const heads = joinWeights(
    initFeaturePyramid(rng.child('neck'), width),
    initUperHead(rng.child('head'), { ...head, width, classes }),
    ...(auxiliary ? [initFcnHead(rng.child('auxiliary'), { ...auxiliary, width, classes })] : []),
  );
  return { encoder: withPrefix({ ...gains, ...kept }, 'backbone.'), heads };
}

export interface SegmentationForward {
  head: SegmentationConfig['head'];
  model: VitConfig;
  norm: ChannelNorm;
  /** drop-path factors, see `dropPathKeep` */
  keep?: tf.Tensor;
  /** channel dropout of the two heads, [B, channels] each */
  drop?: tf.Tensor;
  auxiliaryDrop?: tf.Tensor;
  /** leaves the auxiliary head out, as in use */
  mainOnly?: boolean;
}

/** Logits [B, h, w, classes] of images [B, H, W, 3], at the head's own resolution; `auxiliary` where there is such a head. */
export function segmentationLogits(
  p: NamedTensors,
  images: tf.Tensor4D,
  { head, model, norm, keep, drop, auxiliaryDrop, mainOnly = false }: SegmentationForward,
): { main: tf.Tensor4D; auxiliary?: tf.Tensor4D } {
  const backbone = foldLayerScale(withoutPrefix(p, 'backbone.'));
  const [batch, height, width] = images.shape;
  const [rows, columns] = [height / model.patch, width / model.patch];
  const grid = (tokens: tf.Tensor) => tf.reshape(tokens, [batch, rows, columns, model.width]) as tf.Tensor4D;
  const options = { config: model, keep };
  if (head.name === 'linear') {
    const { patches } = vit(backbone, images, options);
    return { main: classifyPixels(p, 'decode_head.conv_seg', grid(patches)) };
  }
  const { blocks } = vit(backbone, images, { ...options, keepBlocks: true });
  const features = head.blocks.map((block) =>
    grid(tf.slice(blocks[block - 1], [0, 1, 0], [batch, rows * columns, model.width])),
  );
  const levels = featurePyramid(p, norm, features as Levels);
  return {
    main: uperHead(p, norm, levels, { ...head, drop }),
    ...(head.auxiliary && !mainOnly && { auxiliary: fcnHead(p, norm, levels[2], { drop: auxiliaryDrop }) }),
  };
}
