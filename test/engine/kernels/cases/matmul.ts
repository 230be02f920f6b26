import { tf } from '../../../../lib/engine/index.js';
import { type KernelCase, type KernelCases, kernelCase, LINEAR } from '../case.js';

const flags = [false, true];

/** A product for each combination of transposed operands. */
const transposed = (batch: readonly number[]): [string, KernelCase][] =>
  flags.flatMap((ta) =>
    flags.map((tb): [string, KernelCase] => [
      `${batch.length ? 'batched ' : ''}matmul${ta ? ', first transposed' : ''}${tb ? ', second transposed' : ''}`,
      kernelCase(
        { x: [...batch, ...(ta ? [4, 3] : [3, 4])], y: [...batch, ...(tb ? [5, 4] : [4, 5])] },
        ({ x, y }) => tf.matMul(x, y, ta, tb),
        LINEAR,
      ),
    ]),
  );

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid'] as const;

export const matmul: KernelCases = {
  ...Object.fromEntries([...transposed([]), ...transposed([2])]),
  'matmul that broadcasts': kernelCase({ x: [3, 4], y: [2, 4, 5] }, ({ x, y }) => tf.matMul(x, y), {
    gradients: ['y'],
    linear: true,
  }),
  // More rows than `tallProduct` takes at once, with and without a divisor that makes groups.
  'matmul of tall matrices, first transposed': kernelCase(
    { a: [4608, 3], b: [4608, 2] },
    ({ a, b }) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, true),
    LINEAR,
  ),
  'matmul of tall matrices with a prime number of rows, first transposed': kernelCase(
    { a: [2311, 3], b: [2311, 2] },
    ({ a, b }) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, true),
    LINEAR,
  ),
  'matmul of a transpose': kernelCase(
    { x: [2, 3, 4], y: [2, 3, 5] },
    ({ x, y }) => tf.matMul(tf.transpose(x, [0, 2, 1]), y),
    LINEAR,
  ),
  'dot, outer product': kernelCase({ x: [4], y: [4] }, ({ x, y }) =>
    tf.add(tf.dot(x, y), tf.outerProduct(x as tf.Tensor1D, y as tf.Tensor1D)),
  ),
  ...Object.fromEntries(
    activations.map((activation) => [
      `fused matmul, ${activation}`,
      kernelCase(
        { x: [3, 4], y: [4, 5], bias: [5] },
        ({ x, y, bias }) => tf.fused.matMul({ a: x, b: y, bias, activation }),
        { gradients: activation === 'sigmoid' ? [] : ['x', 'y', 'bias'] },
      ),
    ]),
  ),
  'fused matmul, transposed': kernelCase({ x: [4, 3], y: [5, 4] }, ({ x, y }) =>
    tf.fused.matMul({ a: x, b: y, transposeA: true, transposeB: true, activation: 'relu' }),
  ),
  'einsum: attention': kernelCase(
    { q: [2, 3, 2, 4], k: [2, 5, 2, 4] },
    ({ q, k }) => tf.einsum('bqhd, bkhd -> bhqk', q, k),
    LINEAR,
  ),
  'einsum: matrix and vector': kernelCase({ x: [3, 4], y: [4] }, ({ x, y }) => tf.einsum('ab,b->a', x, y), LINEAR),
  'einsum: one tensor': kernelCase({ x: [3, 4, 2] }, ({ x }) => tf.einsum('abc->ca', x), LINEAR),
};
