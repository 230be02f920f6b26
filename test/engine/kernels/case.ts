import {
  type HostTensor,
  type HostTensors,
  hostTensor,
  type NamedTensors,
  sizeOf,
  type tf,
} from '../../../lib/engine/index.js';
import { rng } from '../../../lib/random/rng.js';

/** A small function of tensors: traced, it must give what it gives on TensorFlow.js's `cpu` backend. */
export interface KernelCase {
  readonly inputs: HostTensors;
  readonly of: (inputs: NamedTensors) => tf.Tensor;
  /** The same in other operations, where the `cpu` backend is known to be wrong. */
  readonly oracle?: KernelCase['of'];
  /** The inputs to differentiate with respect to. */
  readonly gradients: readonly string[];
  /** Whether the function is linear in each of `gradients` (for fixed others), so that ⟨gradient, input⟩ = loss. */
  readonly linear: boolean;
}

export type KernelCases = Readonly<Record<string, KernelCase>>;

/**
 * @param inputs tensors, or shapes to be filled with normal numbers
 * @param gradients by default all float inputs
 */
export function kernelCase(
  inputs: Record<string, readonly number[] | HostTensor>,
  of: KernelCase['of'],
  {
    gradients,
    linear = false,
    oracle,
  }: { gradients?: readonly string[]; linear?: boolean; oracle?: KernelCase['of'] } = {},
): KernelCase {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, given]) => [name, 'data' in given ? given : normal(given, name)]),
  );
  const floats = Object.keys(tensors).filter((name) => tensors[name].dtype === 'float32');
  return { inputs: tensors, of, oracle, gradients: gradients ?? floats, linear };
}

/** Options of a function that is linear in each of its float inputs. */
export const LINEAR = { linear: true };
/** Options of a function without gradients. */
export const VALUE_ONLY = { gradients: [] };

export const normal = (shape: readonly number[], name = 'x'): HostTensor =>
  hostTensor(rng(1, name).normals(sizeOf(shape)), shape);

/** Numbers spread evenly between two bounds, neither included. */
export function between(low: number, high: number, shape: readonly number[]): HostTensor {
  const count = sizeOf(shape);
  // A step that shares no divisor with the count visits every place once, in no order.
  const step = 7919;
  const place = (i: number) => ((i * step) % count) + 0.5;
  return hostTensor(
    Float32Array.from({ length: count }, (_, i) => low + ((high - low) * place(i)) / count),
    shape,
  );
}

/** Normal numbers rounded to whole ones: many are equal. */
export const withTies = (shape: readonly number[]): HostTensor => {
  const { data } = normal(shape);
  return hostTensor(Float32Array.from(data, Math.round), shape);
};

export const integers = (values: readonly number[], shape: readonly number[] = [values.length]): HostTensor =>
  hostTensor(Int32Array.from(values), shape);

export const floats = (values: readonly number[], shape: readonly number[] = [values.length]): HostTensor =>
  hostTensor(Float32Array.from(values), shape);
