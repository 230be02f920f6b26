import {
  hostTensor,
  initLinear,
  initVit,
  laptopStableRep,
  linear,
  rng,
  supervisedLoss,
  tf,
  vit,
} from '../../lib/dist/index.js';

/**
 * A ViT with a linear classifier on its class token.
 * @param tokensPerChunk images run through the transformer in groups of about this many tokens; 0: all at once
 */
export function vitModel({ config, classes }, batch, { tokensPerChunk = defaultChunk() } = {}) {
  const draw = rng(0, 'bench');
  const params = { ...initVit(draw, config), ...initLinear(draw, 'head', config.width, classes) };
  const shape = [batch, config.image, config.image, 3];
  const logits = (p, images) => linear(p, 'head', classTokens(p, images, config, tokensPerChunk));
  return {
    params,
    constants: {},
    inputs: { images: { shape }, labels: { shape: [batch], dtype: 'int32' } },
    batch: {
      images: hostTensor(draw.child('images').normals(shape.reduce((a, b) => a * b)), shape),
      labels: hostTensor(
        Int32Array.from({ length: batch }, () => draw.int(classes)),
        [batch],
      ),
    },
    loss: (p, { images, labels }) => supervisedLoss(logits(p, images), labels),
    forward: { inputs: ['images'], run: (p, { images }) => logits(p, images) },
  };
}

/** The library's own, unless SYNCLR_BENCH_CHUNK says otherwise. */
const defaultChunk = () => Number(process.env.SYNCLR_BENCH_CHUNK ?? laptopStableRep.tokensPerChunk);

/** The class tokens [B, D], computed in equal groups of images as lib/synclr/objectives.ts does. */
function classTokens(p, images, config, tokensPerChunk) {
  const batch = images.shape[0];
  const tokens = (config.image / config.patch) ** 2 + 1;
  let chunks = tokensPerChunk > 0 ? Math.min(batch, Math.ceil((batch * tokens) / tokensPerChunk)) : 1;
  while (batch % chunks !== 0) chunks++;
  const parts = chunks === 1 ? [images] : tf.split(images, chunks, 0);
  return tf.concat(parts.map((part) => vit(p, part, { config }).cls));
}
