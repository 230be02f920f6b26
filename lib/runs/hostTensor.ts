/** Tensors that live outside any backend: plain arrays with a shape. They are what steps take in and give back. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly data: Float32Array | Int32Array;
}

/** Tensors by name; parameters are called as in timm, e.g. `blocks.0.attn.qkv.weight`. */
export type HostTensors = Record<string, HostTensor>;

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Wraps a typed array; throws when its length does not match the shape. */
export function hostTensor(data: Float32Array | Int32Array, shape: readonly number[]): HostTensor {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`hostTensor: shape [${shape}] holds ${sizeOf(shape)} numbers, found ${data.length}`);
  }
  return { shape: [...shape], dtype: data instanceof Int32Array ? 'int32' : 'float32', data };
}

/** A float32 tensor of zeros. */
export function zeros(shape: readonly number[]): HostTensor {
  return hostTensor(new Float32Array(sizeOf(shape)), shape);
}

/** A float32 scalar, shape []. */
export function scalar(value: number): HostTensor {
  return hostTensor(new Float32Array([value]), []);
}

/** The same names with other values. */
export function mapTensors<T, U>(
  tensors: Readonly<Record<string, T>>,
  f: (tensor: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, f(tensor, name)]));
}

/** A tensor with numbers of its own. */
export function copyTensor({ shape, dtype, data }: HostTensor): HostTensor {
  return { shape: [...shape], dtype, data: data.slice() };
}

/** The shape and dtype of a tensor, without its numbers. */
export function specOf({ shape, dtype }: HostTensor): { shape: readonly number[]; dtype: HostTensor['dtype'] } {
  return { shape: [...shape], dtype };
}
