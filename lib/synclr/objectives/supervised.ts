import type { tf } from '../../engine/tf.js';
import { linear } from '../../nn/layers.js';
import { supervisedLoss } from '../losses/supervised.js';
import { backboneOf, type Objective } from './objective.js';

/** Supervised cross-entropy on the classes of the captions. */
export const supervised: Objective = {
  encode: (backbone, { crops, keep }, config) => ({ cls: backboneOf(backbone, config).cls(crops, { keep }) }),

  loss(heads, { features, inputs }) {
    const logits = linear(heads, 'classifier', features.cls) as tf.Tensor2D;
    const loss = supervisedLoss(logits, inputs.labels as tf.Tensor1D);
    return { loss, aux: { classification: loss } };
  },
};
