import { compile } from '../engine/compile.js';
import type { DeviceChoice } from '../engine/device.js';
import type { CompiledStep, NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';
import { valueAndGrads } from '../nn/gradients.js';
import { withoutPrefix, withPrefix } from '../nn/names.js';
import { type HostTensor, type HostTensors, hostTensor, mapTensors } from '../runs/hostTensor.js';

/** Gradients of a loss over a whole batch, while the encoder holds the activations of one chunk of it at a time. */
export interface GradCache {
  /**
   * @param given.encoder parameters that `encode` reads; `given.head` those that `loss` reads
   * @param given.chunks the inputs of `encode`, chunk by chunk; they may be of several kinds, with inputs of other names
   * @param given.batch what `loss` reads beside the features
   * @returns the gradient of every parameter
   */
  run(given: {
    encoder: HostTensors;
    head: HostTensors;
    chunks: readonly HostTensors[];
    batch: HostTensors;
  }): Promise<{ loss: number; aux: HostTensors; encoder: HostTensors; head: HostTensors }>;
  release(): Promise<void>;
}

export interface GradCacheOptions {
  /** Features of a chunk by name, one row an example: [rows, …]. No example may depend on another, as BatchNorm would. */
  encode: (encoder: NamedTensors, chunk: NamedTensors) => NamedTensors;
  /** The loss of the whole batch from the features of all chunks, joined by name in their order. */
  loss: (head: NamedTensors, features: NamedTensors, batch: NamedTensors) => { loss: tf.Scalar; aux?: NamedTensors };
  /** how many kinds of chunks there are, see `GradCache.run` */
  kinds?: number;
  name?: string;
  device?: DeviceChoice;
  /** precision of matrix products, see `CompileOptions` */
  products?: 'float32' | 'bfloat16';
}

/**
 * Two-pass gradient caching (GradCache, Gao et al., arXiv 2101.06983), so that a contrastive loss is over a batch whose
 * activations would not fit in memory. First all chunks are encoded, and only their features kept; then the loss over all of
 * them gives the gradient of each feature; then each chunk is encoded again, now with gradients, which are summed. The result
 * is the gradient of the whole, for a third more work. Heads with BatchNorm belong into `loss`, which sees the whole batch.
 */
export async function compileGradCache({
  encode,
  loss,
  kinds = 1,
  name = 'gradient cache',
  device,
  products,
}: GradCacheOptions): Promise<GradCache> {
  const encoding = await compileEncoding({ encode, kinds, name: `${name}, encoding`, device, products });
  const losing = await compile(
    (_, inputs) => {
      const heads = withoutPrefix(inputs, 'head.');
      const {
        loss: value,
        grads,
        aux,
      } = valueAndGrads(
        (p) => loss(withoutPrefix(p, 'head.'), withoutPrefix(p, 'feature.'), withoutPrefix(inputs, 'batch.')),
        { ...withPrefix(heads, 'head.'), ...withPrefix(withoutPrefix(inputs, 'feature.'), 'feature.') },
      );
      return { state: {}, outputs: { loss: value, ...withPrefix(grads, 'grad.'), ...withPrefix(aux, 'aux.') } };
    },
    { finite: ['loss'], name: `${name}, loss`, device, products },
  );
  const pulling = await compile(
    (_, inputs) => {
      const wanted = withoutPrefix(inputs, 'grad.');
      const { grads } = valueAndGrads(
        (p) => {
          const features = encode(p, withoutPrefix(inputs, 'chunk.'));
          // The gradient of Σ feature·constant is the constant pulled back through the encoder.
          const pulled = Object.entries(wanted).map(([key, grad]) => tf.sum(tf.mul(features[key], grad)));
          return { loss: tf.addN(pulled) as tf.Scalar };
        },
        withoutPrefix(inputs, 'encoder.'),
        { unused: 'omit' },
      );
      return { state: {}, outputs: grads };
    },
    { keepShapes: kinds, name: `${name}, gradients`, device, products },
  );

  return {
    async run({ encoder, head, chunks, batch }) {
      const encoded = await encoding.parts(encoder, chunks);
      const { loss: value, ...found } = await losing.run({
        ...withPrefix(head, 'head.'),
        ...withPrefix(joinParts(encoded), 'feature.'),
        ...withPrefix(batch, 'batch.'),
      });
      const grads = withoutPrefix(found, 'grad.');
      const wanted = splitLike(withoutPrefix(grads, 'feature.'), encoded);
      const sums: HostTensors = {};
      for (const [i, chunk] of chunks.entries()) {
        const inputs = { ...withPrefix(encoder, 'encoder.'), ...withPrefix(chunk, 'chunk.') };
        addInto(sums, await pulling.run({ ...inputs, ...withPrefix(wanted[i], 'grad.') }));
      }
      requireAll(name, encoder, sums);
      return {
        loss: value.data[0],
        aux: withoutPrefix(found, 'aux.'),
        encoder: sums,
        head: withoutPrefix(grads, 'head.'),
      };
    },
    async release() {
      await encoding.release();
      await losing.release();
      await pulling.release();
    },
  };
}

/** An encoder without gradients, chunk by chunk. */
export interface ChunkedEncoding {
  /** the features of each chunk */
  parts(encoder: HostTensors, chunks: readonly HostTensors[]): Promise<HostTensors[]>;
  release: CompiledStep['release'];
}

/** Compiles the first pass of `compileGradCache` alone. */
export async function compileEncoding({
  encode,
  kinds = 1,
  name = 'encoding',
  device,
  products,
}: Pick<GradCacheOptions, 'encode' | 'kinds' | 'name' | 'device' | 'products'>): Promise<ChunkedEncoding> {
  const step = await compile(
    (_, inputs) => ({
      state: {},
      outputs: encode(withoutPrefix(inputs, 'encoder.'), withoutPrefix(inputs, 'chunk.')),
    }),
    { keepShapes: kinds, name, device, products },
  );
  return {
    async parts(encoder, chunks) {
      const parts: HostTensors[] = [];
      for (const chunk of chunks) {
        parts.push(await step.run({ ...withPrefix(encoder, 'encoder.'), ...withPrefix(chunk, 'chunk.') }));
      }
      return parts;
    },
    release: () => step.release(),
  };
}

/** Parts joined along their first axis, by name; a part may lack a name. */
export function joinParts(parts: readonly HostTensors[]): HostTensors {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(
    names.map((name) => {
      const pieces = parts.flatMap((part) => part[name] ?? []);
      const rows = pieces.reduce((sum, piece) => sum + piece.shape[0], 0);
      const [, ...rest] = pieces[0].shape;
      const joined = new Float32Array(pieces.reduce((sum, piece) => sum + piece.data.length, 0));
      let at = 0;
      for (const { data } of pieces) {
        joined.set(data, at);
        at += data.length;
      }
      return [name, hostTensor(joined, [rows, ...rest])];
    }),
  );
}

/** Rows `from` … `to` − 1 of the first axis, without a copy. */
export function rowsOf({ data, shape }: HostTensor, from: number, to: number): HostTensor {
  const size = data.length / shape[0];
  return hostTensor(data.subarray(from * size, to * size), [to - from, ...shape.slice(1)]);
}

/** Cuts joined tensors where `joinParts` joined them. */
function splitLike(joined: HostTensors, parts: readonly HostTensors[]): HostTensors[] {
  const at: Record<string, number> = {};
  return parts.map((part) =>
    mapTensors(part, ({ shape }, name) => {
      const from = at[name] ?? 0;
      at[name] = from + shape[0];
      return rowsOf(joined[name], from, at[name]);
    }),
  );
}

function addInto(sums: HostTensors, terms: HostTensors): void {
  for (const [name, { data, shape }] of Object.entries(terms)) {
    const sum = sums[name];
    if (!sum) sums[name] = hostTensor(data, shape);
    else for (let i = 0; i < data.length; i++) sum.data[i] += data[i];
  }
}

function requireAll(name: string, params: HostTensors, grads: HostTensors): void {
  const orphans = Object.keys(params).filter((key) => !(key in grads));
  if (orphans.length === 0) return;
  throw new InputError({
    where: name,
    expected: 'features that depend on every parameter of the encoder',
    found: `no path from the features to ${orphans.join(', ')}`,
    fix: 'leave these parameters out of `encoder`, or use them in `encode`',
  });
}
