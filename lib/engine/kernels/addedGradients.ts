import { sizeOf } from '../../runs/hostTensor.js';
import { tf } from '../tf.js';
import { sliceInfo } from './stride.js';

/** Kernels whose gradient TensorFlow.js 4.22 does not have. They are registered here, for every backend. */
export const ADDED_GRADIENTS: string[] = [];

/** Registers the gradient of a kernel with one output. */
function add<Attributes>(
  kernelName: string,
  inputsToSave: string[],
  gradient: (dy: tf.Tensor, saved: tf.Tensor[], attrs: Attributes) => Record<string, () => tf.Tensor>,
): void {
  ADDED_GRADIENTS.push(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave,
    gradFunc: (dy, saved, attrs) => gradient(dy as tf.Tensor, saved, attrs as Attributes),
  });
}

/** Truths are constant between jumps, so that a choice by them can be differentiated. */
for (const kernel of ['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'LogicalAnd', 'LogicalOr']) {
  add(kernel, ['a', 'b'], (_dy, [a, b]) => ({ a: () => zeros(a), b: () => zeros(b) }));
}
add('LogicalNot', ['x'], (_dy, [x]) => ({ x: () => zeros(x) }));
const zeros = (x: tf.Tensor) => tf.zeros(x.shape);

add('GatherNd', ['params', 'indices'], (dy, [params, indices]) => ({
  params: () => tf.scatterND(indices as never, dy, params.shape as never),
  indices: () => tf.zerosLike(indices),
}));

add('ScatterNd', ['indices'], (dy, [indices]) => ({
  updates: () => tf.gatherND(dy, indices),
  indices: () => tf.zerosLike(indices),
}));

/** dy goes back to the elements that were read, with zeros between them. */
add<Record<string, unknown>>('StridedSlice', ['x'], (dy, [x], attrs) => {
  const info = sliceInfo(x.shape, attrs);
  const dx = () =>
    info.strides.reduce(
      (gradient: tf.Tensor, stride, axis) => unstride(gradient, axis, info.begin[axis], stride, x.shape[axis]),
      tf.reshape(dy, tf.slice_util.computeOutShape(info.begin, info.end, info.strides)),
    );
  return { x: dx };
});

/** Spreads one axis: element i goes to begin + i·stride of an axis of `size` zeros. */
function unstride(x: tf.Tensor, axis: number, begin: number, stride: number, size: number): tf.Tensor {
  const count = x.shape[axis];
  const step = Math.abs(stride);
  const reach = (count - 1) * step + 1;
  const first = stride > 0 ? begin : begin + (count - 1) * stride;
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const ordered = stride > 0 ? x : tf.reverse(x, axis);
  const apart = tf.reshape(ordered, [sizeOf(before), count, 1, sizeOf(after)]);
  const spread = tf.reshape(padAxis(apart, 2, 0, step - 1), [sizeOf(before), count * step, sizeOf(after)]);
  const used = tf.slice(spread, [0, 0, 0], [sizeOf(before), reach, sizeOf(after)]);
  return tf.reshape(padAxis(used, 1, first, size - first - reach), [...before, size, ...after]);
}

const padAxis = (x: tf.Tensor, axis: number, before: number, after: number) =>
  tf.pad(
    x,
    x.shape.map((_, i): [number, number] => (i === axis ? [before, after] : [0, 0])),
  );

/** Blocks of pixels become channels again. */
add<{ blockSize: number }>('DepthToSpace', ['x'], (dy, [x], { blockSize: block }) => {
  const [batch, height, width, depth] = x.shape;
  const channels = depth / (block * block);
  const grouped = () => tf.reshape(dy, [batch, height, block, width, block, channels]);
  return { x: () => tf.reshape(tf.transpose(grouped(), [0, 1, 3, 2, 4, 5]), x.shape) };
});

/** An operand's gradient is the einsum of dy and the other operand; letters that only it has are spread out again. */
ADDED_GRADIENTS.push('Einsum');
tf.registerGradient({
  kernelName: 'Einsum',
  saveAllInputs: true,
  gradFunc: (dy, operands, attrs) => {
    const [left, result] = (attrs as unknown as { equation: string }).equation.replace(/\s/g, '').split('->');
    const terms = left.split(',');
    const gradientOf = (i: number) => {
      const others = terms.filter((_, j) => j !== i);
      const known = [...terms[i]].filter((letter) => [result, ...others].some((term) => term.includes(letter)));
      const tensors = [dy as tf.Tensor, ...operands.filter((_, j) => j !== i)];
      const partial = tf.einsum(`${[result, ...others].join()}->${known.join('')}`, ...tensors);
      const { shape } = operands[i];
      const ones = shape.map((n, axis) => (known.includes(terms[i][axis]) ? n : 1));
      return tf.broadcastTo(tf.reshape(partial, ones), shape);
    };
    return Object.fromEntries(terms.map((_, i) => [i, () => gradientOf(i)]));
  },
});
