import { compile } from '../engine/compile.js';
import type { Device } from '../engine/device.js';
import type { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';
import { type Normalisation, normalisations, normaliseInto } from '../pictures/normalise.js';
import { type HostTensors, hostTensor } from '../runs/hostTensor.js';
import type { PositionResize } from './positions.js';
import { type VitConfig, vit, vitClass } from './vit.js';

export interface EncodeOptions {
  /** images per run; the last run is filled up */
  batch?: number;
  /** as in training */
  normalisation?: Normalisation;
  /** height and width of the images; the trained size by default. For others, positions are resized */
  imageSize?: readonly [height: number, width: number];
  positions?: PositionResize;
  device?: Device;
}

/** A frozen backbone, compiled. Holds a session until it is released. */
export interface Encoder {
  /** numbers per image: width for the class token, width times the number of patches for patches */
  readonly size: number;
  /** RGB bytes of images of one size, one after the other in one array or in a list → [N, size], row by row. */
  encode(images: Uint8Array | readonly Uint8Array[]): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Compiles a frozen backbone. `cls`: the class token of the last block after the final LayerNorm, the feature of every
 * frozen evaluation of the paper (spec §5). `patches`: the patch tokens after the final LayerNorm.
 */
export async function openEncoder(
  params: HostTensors,
  config: VitConfig,
  {
    output = 'cls',
    batch = 64,
    normalisation = normalisations.clip,
    imageSize: [height, width] = [config.image, config.image],
    positions,
    device,
  }: EncodeOptions & { output?: 'cls' | 'patches' } = {},
): Promise<Encoder> {
  const bytes = height * width * 3;
  const size = config.width * (output === 'cls' ? 1 : (height * width) / config.patch ** 2);
  const shape = [batch, height, width, 3];
  const step = await compile(
    (p, inputs) => {
      const pixels = inputs.images as tf.Tensor4D;
      const options = { config, positions };
      const features = output === 'cls' ? vitClass(p, pixels, options) : vit(p, pixels, options).patches;
      return { state: {}, outputs: { features } };
    },
    { constants: params, inputs: { images: { shape } }, device, name: 'encode' },
  );
  return {
    size,
    async encode(given) {
      const images = separate(given, height, width);
      const features = new Float32Array(images.length * size);
      for (let first = 0; first < images.length; first += batch) {
        const pixels = new Float32Array(batch * bytes);
        const count = Math.min(batch, images.length - first);
        for (let i = 0; i < count; i++) normaliseInto(pixels, i * bytes, images[first + i], normalisation);
        const { features: rows } = await step.run({ images: hostTensor(pixels, shape) });
        features.set((rows.data as Float32Array).subarray(0, count * size), first * size);
      }
      return features;
    },
    release: () => step.release(),
  };
}

/** Class-token features of images, [N, width]: `openEncoder`, once. */
export async function encode(
  params: HostTensors,
  config: VitConfig,
  images: Uint8Array | readonly Uint8Array[],
  options: EncodeOptions = {},
): Promise<Float32Array> {
  return once(params, config, images, { ...options, output: 'cls' });
}

/** Patch features of images, [N, patches, width]: `openEncoder`, once. */
export async function encodePatches(
  params: HostTensors,
  config: VitConfig,
  images: Uint8Array | readonly Uint8Array[],
  options: EncodeOptions = {},
): Promise<Float32Array> {
  return once(params, config, images, { ...options, output: 'patches' });
}

async function once(
  params: HostTensors,
  config: VitConfig,
  images: Uint8Array | readonly Uint8Array[],
  options: EncodeOptions & { output: 'cls' | 'patches' },
): Promise<Float32Array> {
  const [height, width] = options.imageSize ?? [config.image, config.image];
  const list = separate(images, height, width);
  const encoder = await openEncoder(params, config, {
    ...options,
    batch: Math.max(1, Math.min(options.batch ?? 64, list.length)),
  });
  try {
    return await encoder.encode(list);
  } finally {
    await encoder.release();
  }
}

/** One array an image, each checked for its length. */
function separate(images: Uint8Array | readonly Uint8Array[], height: number, width: number): readonly Uint8Array[] {
  const bytes = height * width * 3;
  const whole = images instanceof Uint8Array;
  const wrong = whole ? (images.length % bytes === 0 ? -1 : 0) : images.findIndex((image) => image.length !== bytes);
  if (wrong >= 0) {
    throw new InputError({
      where: whole ? 'encode' : `encode, image ${wrong}`,
      expected: `${height} × ${width} × 3 = ${bytes} bytes of RGB${whole ? ' an image' : ''}`,
      found: `${whole ? images.length : images[wrong].length} bytes`,
      fix: 'resize images to the size of the model first, or say which with `imageSize`',
    });
  }
  if (!whole) return images;
  return Array.from({ length: images.length / bytes }, (_, i) => images.subarray(i * bytes, (i + 1) * bytes));
}
