import { compile } from '../engine/compile.js';
import type { Device } from '../engine/device.js';
import { type HostTensors, hostTensor } from '../engine/host.js';
import type { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';
import { type Normalisation, normalisations, normaliseInto } from './augment/normalise.js';
import { type VitConfig, vit } from './vit.js';

export interface EncodeOptions {
  /** images per run; the last run is filled up */
  batch?: number;
  /** as in training */
  normalisation?: Normalisation;
  device?: Device;
}

/**
 * Features of images: the class token of the last block after the final LayerNorm, which every frozen evaluation of the
 * paper uses (§5). images: RGB bytes of `config.image` pixels a side → [N, width], row by row.
 */
export async function encode(
  params: HostTensors,
  config: VitConfig,
  images: readonly Uint8Array[],
  options: EncodeOptions = {},
): Promise<Float32Array> {
  return forward(params, config, images, options, 'cls');
}

/** Patch features after the final LayerNorm: [N, (image/patch)², width], row by row. */
export async function encodePatches(
  params: HostTensors,
  config: VitConfig,
  images: readonly Uint8Array[],
  options: EncodeOptions = {},
): Promise<Float32Array> {
  return forward(params, config, images, options, 'patches');
}

async function forward(
  params: HostTensors,
  config: VitConfig,
  images: readonly Uint8Array[],
  { batch = 64, normalisation = normalisations.clip, device }: EncodeOptions,
  output: 'cls' | 'patches',
): Promise<Float32Array> {
  const bytes = config.image ** 2 * 3;
  const wrong = images.findIndex((image) => image.length !== bytes);
  if (wrong >= 0) {
    throw new InputError({
      where: `encode, image ${wrong}`,
      expected: `${config.image} × ${config.image} × 3 = ${bytes} bytes of RGB`,
      found: `${images[wrong].length} bytes`,
      fix: 'resize images to the size of the model first',
    });
  }
  const size = Math.max(1, Math.min(batch, images.length));
  const each = config.width * (output === 'cls' ? 1 : (config.image / config.patch) ** 2);
  const features = new Float32Array(images.length * each);
  const shape = [size, config.image, config.image, 3];
  const step = await compile(
    (p, inputs) => ({ state: {}, outputs: { features: vit(p, inputs.images as tf.Tensor4D, { config })[output] } }),
    { constants: params, inputs: { images: { shape } }, device, name: 'encode' },
  );
  try {
    for (let first = 0; first < images.length; first += size) {
      const pixels = new Float32Array(size * bytes);
      const count = Math.min(size, images.length - first);
      for (let i = 0; i < count; i++) normaliseInto(pixels, i * bytes, images[first + i], normalisation);
      const { features: rows } = await step.run({ images: hostTensor(pixels, shape) });
      features.set((rows.data as Float32Array).subarray(0, count * each), first * each);
    }
  } finally {
    await step.release();
  }
  return features;
}
