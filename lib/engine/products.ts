import { type ConstantData, Graph, type Value } from './graph.js';
import { toInt8 } from './toInt8.js';

/** Least and greatest number on the left of a product, by the name of the learnt matrix on its right. */
export type Ranges = ReadonlyMap<string, readonly [low: number, high: number]>;

/** The matrix [K, N] of a product x·W, where it is a named constant. */
function learntMatrix(op: string, [, right]: readonly Value[]): { name: string; data: ConstantData } | undefined {
  if (op !== 'MatMul' || right.from.kind !== 'constant' || right.shape.length !== 2) return undefined;
  const { name, data } = right.from;
  return name === undefined ? undefined : { name, data };
}

/** A graph that also finds the least and greatest number on the left of every product with a learnt matrix. */
export class RangeGraph extends Graph {
  /** `low NAME` and `high NAME`, scalars */
  readonly ranges: Record<string, Value> = {};

  override node(...recorded: Parameters<Graph['node']>): Value {
    const [op, inputs, , dtype] = recorded;
    const matrix = learntMatrix(op, inputs);
    if (matrix) {
      this.ranges[`low ${matrix.name}`] = super.node('ReduceMin', [inputs[0]], [], dtype, { keepdims: 0 });
      this.ranges[`high ${matrix.name}`] = super.node('ReduceMax', [inputs[0]], [], dtype, { keepdims: 0 });
    }
    return super.node(...recorded);
  }
}

/**
 * A graph whose products x·W with certain learnt matrices, and the biases added to them, are computed in 8 bits.
 *
 * x becomes round(x/s) + z, 0 to 255, with s and z from the range that it was seen in: what lies outside is cut off. They
 * are constants, so that a row's result does not depend on the other rows. Every column of W becomes round(w/t), −127 to
 * 127, with a t of its own. The sums are exact integers, and s·t times them is the result, in 32 bits.
 */
export class Int8Graph extends Graph {
  constructor(private readonly given: Ranges) {
    super();
  }

  override node(...recorded: Parameters<Graph['node']>): Value {
    const [op, inputs, shape, dtype] = recorded;
    const matrix = learntMatrix(op, inputs);
    const range = matrix && this.given.get(matrix.name);
    if (range) return this.product(inputs[0], matrix, range, shape);
    const product = op === 'Add' ? this.producer(inputs[0], PRODUCT) : undefined;
    const isBias = inputs[1]?.from.kind === 'constant' && inputs[1].shape.length === 1;
    if (product?.inputs.length === 6 && isBias) {
      return super.node(PRODUCT, [...product.inputs, inputs[1]], shape, dtype, {}, 'com.microsoft');
    }
    return super.node(...recorded);
  }

  private product(
    x: Value,
    { name, data }: { name: string; data: ConstantData },
    [low, high]: readonly [number, number],
    shape: readonly number[],
  ): Value {
    const columns = shape[shape.length - 1];
    const { values, scales } = toInt8(data as Float32Array, columns);
    const { scale, zero } = byteScale(low, high);
    const step = this.uniform(scale, [], 'float32');
    const middle = this.uniform(zero, [], 'uint8');
    const bytes = super.node('QuantizeLinear', [x, step, middle], x.shape, 'uint8');
    const weight = this.constant(values, [data.length / columns, columns], 'int8', `${name}.int8`);
    const steps = this.constant(scales, [columns], 'float32');
    const operands = [bytes, weight, step, steps, middle, this.uniform(0, [], 'int8')];
    return super.node(PRODUCT, operands, shape, 'float32', {}, 'com.microsoft');
  }
}

const PRODUCT = 'MatMulIntegerToFloat';

/** Scale and zero point that map a range, widened to hold 0, to 0 … 255. */
function byteScale(low: number, high: number): { scale: number; zero: number } {
  const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
  const scale = Math.fround((to - from) / 255) || 1;
  return { scale, zero: Math.round(-from / scale) };
}
