import { compile } from '../engine/compile.js';
import type { Device } from '../engine/device.js';
import type { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';
import { linear } from '../nn/layers.js';
import { withoutPrefix } from '../nn/names.js';
import { unitRows } from '../nn/unitRows.js';
import { type HostTensors, hostTensor } from '../runs/hostTensor.js';
import type { ClipConfig } from './config.js';
import { type EncodeOptions, type Encoder, openEncoder } from './encode.js';
import { checkTokens, textTower } from './textTower.js';
import type { VitConfig } from './vit.js';

/** A frozen text tower with its projection, compiled. Holds a session until it is released. */
export interface TextEncoder {
  /** width of the space that images and texts share */
  readonly size: number;
  /** token ids of texts, [context] each → unit vectors [N, size], row by row */
  encode(texts: readonly Int32Array[]): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Compiles the text tower of a model trained with the objective `clip`.
 * @param clip what it trained beside the backbone: `TrainedEncoder.clip`, or `clip` of `readEncoder`
 */
export async function openTextEncoder(
  clip: HostTensors,
  { text, output }: ClipConfig,
  { batch = 64, device }: { batch?: number; device?: Device } = {},
): Promise<TextEncoder> {
  const { context } = text;
  const constants = withoutPrefix(clip, 'text.');
  const step = await compile(
    (p, { ids }) => {
      const features = textTower(p, ids as tf.Tensor2D, text);
      return { state: {}, outputs: { rows: unitRows(linear(p, 'text_projection', features)) } };
    },
    {
      constants: { ...constants, 'text_projection.weight': projectionOf(clip, 'text_projection') },
      inputs: { ids: { shape: [batch, context], dtype: 'int32' } },
      device,
      name: 'encode texts',
    },
  );
  return {
    size: output,
    async encode(texts) {
      texts.forEach((ids, i) => {
        checkTokens(ids, text, `encode, text ${i}`);
      });
      const embeddings = new Float32Array(texts.length * output);
      for (let first = 0; first < texts.length; first += batch) {
        const part = texts.slice(first, first + batch);
        const ids = new Int32Array(batch * context);
        part.forEach((own, i) => {
          ids.set(own, i * context);
        });
        const { rows } = await step.run({ ids: hostTensor(ids, [batch, context]) });
        embeddings.set((rows.data as Float32Array).subarray(0, part.length * output), first * output);
      }
      return embeddings;
    },
    release: () => step.release(),
  };
}

/** An `Encoder` whose features are CLIP's: the class token of `student`, projected, of unit length. */
export async function openClipEncoder(
  { student, clip }: { student: HostTensors; clip: HostTensors },
  model: VitConfig,
  options: EncodeOptions = {},
): Promise<Encoder> {
  const projection = projectionOf(clip, 'image_projection');
  const encoder = await openEncoder(student, model, { ...options, output: 'cls' });
  return {
    size: projection.shape[1],
    encode: async (images) => projectRows(await encoder.encode(images), projection),
    release: () => encoder.release(),
  };
}

/** features [N, width] · weight [width, D], rows then scaled to unit length. */
function projectRows(features: Float32Array, { data, shape: [width, size] }: HostTensors[string]): Float32Array {
  const rows = new Float32Array((features.length / width) * size);
  for (let from = 0, to = 0; to < rows.length; from += width, to += size) {
    const row = new Float64Array(size);
    for (let i = 0; i < width; i++) for (let j = 0; j < size; j++) row[j] += features[from + i] * data[i * size + j];
    const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    rows.set(
      row.map((v) => v / Math.max(norm, 1e-12)),
      to,
    );
  }
  return rows;
}

function projectionOf(clip: HostTensors, name: 'image_projection' | 'text_projection') {
  const weight = clip[`${name}.weight`];
  if (weight) return weight;
  throw new InputError({
    where: 'CLIP',
    expected: `a model trained with the objective clip, with \`${name}.weight\``,
    found: Object.keys(clip).slice(0, 3).join(', ') || 'nothing',
    fix: 'give the part `clip` of `trainEncoder` or `readEncoder`',
  });
}
