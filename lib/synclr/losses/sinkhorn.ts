import { tf } from '../../engine/tf.js';

/**
 * Sinkhorn–Knopp: teacher logits to balanced soft assignments (spec §4.4). Q = exp(logits/T), then `iterations` times:
 * prototypes share the mass equally, then tokens do.
 *
 * logits: [B tokens, K prototypes] → targets [B, K], each row sums to 1. `temperature` may be a scalar tensor, since it
 * changes during training. Paper: 3 iterations, T 0.04 → 0.07.
 */
export function sinkhorn(
  logits: tf.Tensor2D,
  { temperature, iterations = 3 }: { temperature: tf.Scalar | number; iterations?: number },
): tf.Tensor2D {
  const [tokens, prototypes] = logits.shape;
  // Taking the maximum away changes nothing after the first normalisation, and keeps exp finite.
  let q = tf.exp(tf.div(tf.sub(logits, tf.max(logits)), temperature)) as tf.Tensor2D;
  q = tf.div(q, tf.sum(q));
  for (let i = 0; i < iterations; i++) {
    q = tf.div(q, tf.mul(tf.sum(q, 0, true), prototypes));
    q = tf.div(q, tf.mul(tf.sum(q, 1, true), tokens));
  }
  return tf.mul(q, tokens);
}
