import { exportOnnx } from '../../engine/exportOnnx.js';
import type { StoredWeights } from '../../engine/onnx.js';
import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { type Normalisation, normalisations } from '../../pictures/normalise.js';
import { writeWhole } from '../../runs/files.js';
import type { PositionResize } from '../positions.js';
import { type VitOutput, vit } from '../vit.js';
import type { Backbone } from './mapBackbone.js';

/** What is exported; without a normalisation of its own it is CLIP's. */
export type ExportedBackbone = Pick<Backbone, 'params' | 'config'> & Partial<Pick<Backbone, 'normalisation'>>;

export interface ExportEncoderOptions {
  /** height and width of the images it will take; the trained size by default, other sizes resize the positions */
  imageSize?: readonly [height: number, width: number];
  positions?: PositionResize;
  /** told in the metadata: what images must be normalised with; what the backbone says by default */
  normalisation?: Normalisation;
  /** in 16 bits features are right to three digits, in 8 to one or two */
  stored?: StoredWeights;
}

/**
 * Writes a backbone as one ONNX file, weights inside, for any number of images: `images` [batch, 3, H, W], normalised →
 * `cls` [batch, D], the class token after the last LayerNorm, and `patches` [batch, N, D]. How to normalise, the patch
 * size and the architecture are in its metadata.
 *
 * @throws InputError for a size that is no whole number of patches
 */
export function exportEncoder(file: string, backbone: ExportedBackbone, options: ExportEncoderOptions = {}): void {
  writeWhole(
    file,
    encoderModel(backbone, options, { input: 'images', outputs: ({ cls, patches }) => ({ cls, patches }) }),
  );
}

/** The bytes of a backbone's ONNX file. @param as what its input is called, and what it gives of class token and patches */
export function encoderModel(
  { params, config, normalisation: own = 'clip' }: ExportedBackbone,
  {
    imageSize = [config.image, config.image],
    positions = 'dino',
    normalisation = normalisations[own],
    stored = 'float32',
  }: ExportEncoderOptions,
  { input, outputs }: { input: string; outputs: (features: Pick<VitOutput, 'cls' | 'patches'>) => NamedTensors },
): Uint8Array {
  const { mask_token: _, ...constants } = params;
  return exportOnnx(
    (p, inputs) => outputs(vit(p, tf.transpose(inputs[input] as tf.Tensor4D, [0, 2, 3, 1]), { config, positions })),
    {
      constants,
      inputs: { [input]: { shape: [1, 3, ...imageSize] } },
      anyBatch: true,
      stored,
      metadata: {
        mean: JSON.stringify(normalisation.mean),
        std: JSON.stringify(normalisation.std),
        vit: JSON.stringify(config),
      },
    },
  );
}
