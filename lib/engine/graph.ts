import { sizeOf } from '../runs/hostTensor.js';

/**
 * A graph of ONNX operators while it is being recorded. Values are immutable and have static shapes; equal nodes are
 * recorded once. Two kinds of value are kept symbolic so that they never cost memory traffic:
 *  - *uniform*: a tensor all of whose elements are one number (tf.zeros, tf.scalar, tf.onesLike);
 *  - *expand*: a value seen through a larger shape. ONNX element-wise operators broadcast by themselves, so an expand is
 *    only turned into an operator when something else than arithmetic reads it.
 */
export type Dtype = 'float32' | 'int32' | 'bool' | 'int64' | 'int8' | 'uint8';
export type ConstantData = Float32Array | Int32Array | BigInt64Array | Int8Array | Uint8Array;
export type Attribute = number | readonly number[] | string | { float: number };

export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly from:
    | { kind: 'input'; name: string }
    | { kind: 'constant'; data: ConstantData; name?: string }
    | { kind: 'uniform'; value: number }
    | { kind: 'expand'; source: Value }
    | { kind: 'node'; node: Node; output: number };
}

export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  outputs: Value[];
}

export const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** The shape that NumPy's broadcasting gives. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const axis = rank - shape.length + i;
      if (shape[i] === 1) continue;
      if (out[axis] !== 1 && out[axis] !== shape[i]) {
        throw new RangeError(`shapes ${shapes.map((s) => `[${s}]`).join(' and ')} do not broadcast`);
      }
      out[axis] = shape[i];
    }
  }
  return out;
}

export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  private count = 0;
  private readonly seen = new Map<string, Node | Value>();

  private value(shape: readonly number[], dtype: Dtype, from: Value['from']): Value {
    return { id: this.count++, shape: [...shape], dtype, from };
  }

  private once(key: string, make: () => Value): Value {
    const known = this.seen.get(key) as Value | undefined;
    if (known) return known;
    const made = make();
    this.seen.set(key, made);
    return made;
  }

  input(name: string, shape: readonly number[], dtype: Dtype): Value {
    const value = this.value(shape, dtype, { kind: 'input', name });
    this.inputs.push(value);
    return value;
  }

  /** A tensor known while tracing. One repeated number becomes a uniform; short lists are shared. */
  constant(data: ConstantData, shape: readonly number[], dtype: Dtype, name?: string): Value {
    if (dtype !== 'int64' && data.length > 0 && !name) {
      const first = data[0];
      if (Object.is(first, first) && data.every((x) => Object.is(x, first))) {
        return this.uniform(Number(first), shape, dtype);
      }
    }
    const make = () => this.value(shape, dtype, { kind: 'constant', data, name });
    return data.length <= 64 && !name ? this.once(`constant ${dtype} [${shape}] ${data.join()}`, make) : make();
  }

  /** An int64 list: shapes, axes and pads are inputs of ONNX operators. */
  int64(list: readonly number[]): Value {
    return this.constant(BigInt64Array.from(list, BigInt), [list.length], 'int64');
  }

  uniform(value: number, shape: readonly number[], dtype: Dtype): Value {
    const key = `uniform ${dtype} [${shape}] ${Object.is(value, -0) ? '-0' : value}`;
    return this.once(key, () => this.value(shape, dtype, { kind: 'uniform', value }));
  }

  /** `source` seen through `shape`, which it must broadcast to. */
  expand(source: Value, shape: readonly number[]): Value {
    if (sameShape(source.shape, shape)) return source;
    if (source.from.kind === 'uniform') return this.uniform(source.from.value, shape, source.dtype);
    const root = source.from.kind === 'expand' ? source.from.source : source;
    return this.once(`expand ${root.id} [${shape}]`, () =>
      this.value(shape, root.dtype, { kind: 'expand', source: root }),
    );
  }

  /** Records an operator with one output, reading `inputs` at their full shapes. */
  node(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    dtype: Dtype,
    attributes: Record<string, Attribute> = {},
    domain = '',
  ): Value {
    return this.outputsOf(op, inputs, [shape], [dtype], attributes, domain)[0];
  }

  /** Records an operator with several outputs. */
  outputsOf(
    op: string,
    inputs: readonly Value[],
    shapes: readonly (readonly number[])[],
    dtypes: readonly Dtype[],
    attributes: Record<string, Attribute> = {},
    domain = '',
  ): Value[] {
    const real = inputs.map((v) => this.materialise(v));
    const key = `${domain}.${op} ${real.map((v) => v.id)} ${JSON.stringify(attributes)} ${JSON.stringify(shapes)} ${dtypes}`;
    const known = this.seen.get(key) as Node | undefined;
    if (known) return known.outputs;
    const node: Node = { op, domain, inputs: real, attributes, outputs: [] };
    node.outputs = shapes.map((shape, output) => this.value(shape, dtypes[output], { kind: 'node', node, output }));
    this.nodes.push(node);
    this.seen.set(key, node);
    return node.outputs;
  }

  /**
   * Records an element-wise operator: inputs are read at their smallest shapes, a result smaller than `shape` is seen
   * through it, and arithmetic on uniforms is done here by `fold`.
   */
  elementwise(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    dtype: Dtype,
    { fold, attributes = {} }: { fold?: (...x: number[]) => number; attributes?: Record<string, Attribute> } = {},
  ): Value {
    if (fold && inputs.every((v) => v.from.kind === 'uniform')) {
      const value = fold(...inputs.map((v) => (v.from as { value: number }).value));
      return this.uniform(dtype === 'float32' ? Math.fround(value) : value, shape, dtype);
    }
    const small = inputs.map((v) => this.smallest(v));
    const inner = broadcastShape(small.map((v) => v.shape));
    return this.expand(this.node(op, small, inner, dtype, attributes), shape);
  }

  /** The value without its expansion: a uniform becomes a scalar, an expand its source. */
  smallest(v: Value): Value {
    if (v.from.kind === 'uniform') return this.uniform(v.from.value, [], v.dtype);
    return v.from.kind === 'expand' ? v.from.source : v;
  }

  /** Turns an expand or a non-scalar uniform into an operator; anything else is itself. */
  materialise(v: Value): Value {
    const lazy = v.from.kind === 'expand' || (v.from.kind === 'uniform' && v.shape.length > 0);
    if (!lazy) return v;
    return this.node('Expand', [this.smallest(v), this.int64(v.shape)], v.shape, v.dtype);
  }

  /** The node that made this value, if it is one of this kind. */
  producer(v: Value, op: string): Node | undefined {
    return v.from.kind === 'node' && v.from.node.op === op ? v.from.node : undefined;
  }

  reshape(x: Value, shape: readonly number[]): Value {
    if (sameShape(x.shape, shape)) return x;
    if (sizeOf(x.shape) !== sizeOf(shape)) throw new RangeError(`cannot reshape [${x.shape}] to [${shape}]`);
    if (x.from.kind === 'uniform') return this.uniform(x.from.value, shape, x.dtype);
    const before = this.producer(x, 'Reshape');
    if (before) return this.reshape(before.inputs[0], shape);
    return this.node('Reshape', [x, this.int64(shape)], shape, x.dtype, { allowzero: 1 });
  }

  transpose(x: Value, perm: readonly number[]): Value {
    const shape = perm.map((axis) => x.shape[axis]);
    if (x.from.kind === 'uniform') return this.uniform(x.from.value, shape, x.dtype);
    const moved = perm.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || axis > moved[i - 1])) return this.reshape(x, shape);
    const before = this.producer(x, 'Transpose');
    if (before) {
      const first = before.attributes.perm as readonly number[];
      return this.transpose(
        before.inputs[0],
        perm.map((axis) => first[axis]),
      );
    }
    return this.node('Transpose', [x], shape, x.dtype, { perm });
  }
}
