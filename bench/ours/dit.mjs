import {
  addNoise,
  flowLoss,
  generatorConfig,
  generatorConstants,
  guessImage,
  initGenerator,
} from '../../lib/dist/diffusion/index.js';
import { hostTensor, tf } from '../../lib/dist/engine/index.js';
import { rng } from '../../lib/dist/random/rng.js';

/** The generator: text encoder and DiT, with the flow loss of lib/diffusion/generatorStep.ts. */
export function ditModel({ config: sizes }, batch) {
  const config = generatorConfig(sizes);
  const draw = rng(0, 'bench');
  const shape = [batch, 3, config.imageSize, config.imageSize];
  const ids = [batch, config.maxTokens];
  const normals = (name) => hostTensor(draw.child(name).normals(shape.reduce((a, b) => a * b)), shape);
  const guess = (p, noisy, sigma, ids) => guessImage(p, { noisy, timestep: tf.mul(sigma, 1000), ids }, config);
  return {
    params: initGenerator(config, 0),
    constants: generatorConstants(config),
    inputs: {
      images: { shape },
      noise: { shape },
      sigma: { shape: [batch] },
      ids: { shape: ids, dtype: 'int32' },
    },
    batch: {
      images: normals('images'),
      noise: normals('noise'),
      sigma: hostTensor(draw.uniforms(batch), [batch]),
      ids: hostTensor(
        Int32Array.from({ length: batch * config.maxTokens }, () => draw.int(config.vocabularySize)),
        ids,
      ),
    },
    loss: (p, { images, noise, sigma, ids }) =>
      flowLoss(guess(p, addNoise(images, noise, sigma), sigma, ids), images, sigma),
    forward: { inputs: ['noise', 'sigma', 'ids'], run: (p, { noise, sigma, ids }) => guess(p, noise, sigma, ids) },
  };
}
