import path from 'node:path';
import { tf } from '../../engine/tf.js';
import { type Normalisation, normalisations } from '../../pictures/normalise.js';
import { writeJson, writeWhole } from '../../runs/files.js';
import { type ExportEncoderOptions, type ExportedBackbone, encoderModel } from './exportEncoder.js';

/** Hugging Face's number for a bicubic resize. */
const BICUBIC = 3;

/**
 * Writes a backbone as a folder that `@huggingface/transformers` loads from its path, as a ViT for feature extraction:
 * config.json, preprocessor_config.json, the ONNX file in 32 bits and with matrices stored in 8, and a card.
 * `pixel_values` [batch, 3, H, W] → `last_hidden_state` [batch, 1 + patches, D], the class token first.
 *
 * @param card the README.md
 */
export function exportTransformers(
  folder: string,
  backbone: ExportedBackbone,
  {
    imageSize = [backbone.config.image, backbone.config.image],
    normalisation = normalisations[backbone.normalisation ?? 'clip'],
    card,
    ...options
  }: Omit<ExportEncoderOptions, 'stored'> & { card: string },
): void {
  const { config } = backbone;
  for (const [stored, name] of [
    ['float32', 'model'],
    ['int8', 'model_quantized'],
  ] as const) {
    const model = encoderModel(
      backbone,
      { ...options, imageSize, normalisation, stored },
      {
        input: 'pixel_values',
        outputs: ({ cls, patches }) => ({ last_hidden_state: tf.concat([tf.expandDims(cls, 1), patches], 1) }),
      },
    );
    writeWhole(path.join(folder, 'onnx', `${name}.onnx`), model);
  }
  writeJson(path.join(folder, 'preprocessor_config.json'), preprocessor(imageSize, normalisation));
  writeWhole(path.join(folder, 'README.md'), card);
  // Last: a folder with this file is whole.
  writeJson(path.join(folder, 'config.json'), {
    architectures: ['ViTModel'],
    model_type: 'vit',
    hidden_act: 'gelu',
    hidden_size: config.width,
    image_size: imageSize[0] === imageSize[1] ? imageSize[0] : imageSize,
    intermediate_size: config.width * config.mlpRatio,
    layer_norm_eps: 1e-6,
    num_attention_heads: config.heads,
    num_channels: 3,
    num_hidden_layers: config.depth,
    patch_size: config.patch,
    qkv_bias: true,
  });
}

function preprocessor([height, width]: readonly [number, number], { mean, std }: Normalisation) {
  return {
    image_processor_type: 'ViTImageProcessor',
    do_convert_rgb: true,
    do_resize: true,
    size: { height, width },
    resample: BICUBIC,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
}
