import { hostTensor } from '../../lib/dist/engine/index.js';
import { initLinear, linear } from '../../lib/dist/nn/index.js';
import { rng } from '../../lib/dist/random/rng.js';
import { initVit, laptopStableRep, supervisedLoss, vit, vitClass } from '../../lib/dist/synclr/index.js';

const defaultGroup = Number(process.env.SYNCLR_BENCH_GROUP ?? laptopStableRep.tokensPerGroup);

/**
 * A ViT with a linear classifier on its class token. With `classOnly` the last block computes nothing else (`vitClass`).
 * @param tokensPerGroup see `vit`; the library's own unless SYNCLR_BENCH_GROUP says otherwise
 */
export function vitModel({ config, classes, classOnly }, batch, { tokensPerGroup = defaultGroup } = {}) {
  const draw = rng(0, 'bench');
  const params = { ...initVit(draw, config), ...initLinear(draw, 'head', config.width, classes) };
  const shape = [batch, config.image, config.image, 3];
  const options = { config, tokensPerGroup };
  const classToken = (p, images) => (classOnly ? vitClass(p, images, options) : vit(p, images, options).cls);
  const logits = (p, images) => linear(p, 'head', classToken(p, images));
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
