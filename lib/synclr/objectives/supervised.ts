import type { tf } from '../../engine/tf.js';
import { InputError } from '../../errors.js';
import { initLinear } from '../../nn/init.js';
import { linear } from '../../nn/layers.js';
import { supervisedLoss } from '../losses/supervised.js';
import { classTokens, type Objective } from './objective.js';

/** Supervised cross-entropy on the classes of the captions. */
export const supervised: Objective = {
  cropsPerImage: 1,
  hasTeacher: false,
  parts: () => ['classification'],
  init: (rng, { model, classes = 0 }) => initLinear(rng.child('classifier'), 'classifier', model.width, classes),
  problems: ({ classes = 0 }) => (classes > 1 ? [] : [`${classes || 'no number of'} classes`]),

  labels: (rows, source, { classes = 0 }) =>
    rows.map(({ caption }) => {
      const label = source.classOf?.(caption);
      if (label !== undefined && Number.isInteger(label) && label >= 0 && label < classes) return label;
      throw new InputError({
        where: `class of caption ${caption}`,
        expected: `an integer in 0 … ${classes - 1}`,
        found: String(label),
        fix: 'give the image source a `classOf`, and the config the number of its `classes`',
      });
    }),
  encode: classTokens,

  loss(heads, { features, inputs }) {
    const logits = linear(heads, 'classifier', features.cls) as tf.Tensor2D;
    const loss = supervisedLoss(logits, inputs.labels as tf.Tensor1D);
    return { loss, aux: { classification: loss } };
  },
};
