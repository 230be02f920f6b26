import { sizeOf } from '../../runs/hostTensor.js';
import { tf } from '../tf.js';
import { alongAxis } from './alongAxis.js';
import { averageMatrix, linearMatrix, type Matrix, nearestPlaces, selectionMatrix, transposed } from './matrices.js';
import { mirrorPlaces } from './pad.js';
import { poolingWindows } from './window.js';

type Attributes = Record<string, unknown>;

/** Kernels whose gradient is wrong in TensorFlow.js 4.22, and how. It is set right here, for every backend. */
export const CORRECTED_GRADIENTS: Record<string, string> = {};

/** Replaces the gradient of a kernel where `applies` says so; elsewhere TensorFlow.js's own is right and stays. */
function correct(
  kernelName: string,
  fault: string,
  applies: (attrs: Attributes, x: tf.Tensor) => boolean,
  right: tf.GradConfig['gradFunc'],
): void {
  const config = tf.getGradient(kernelName);
  CORRECTED_GRADIENTS[kernelName] = fault;
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    ...config,
    gradFunc: (dy, saved, attrs) =>
      (applies(attrs as Attributes, saved[0]) ? right : config.gradFunc)(dy, saved, attrs),
  });
}

/** Sums a gradient over the axes along which an input was broadcast. */
function unbroadcast(gradient: tf.Tensor, input: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(input.shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, input.shape);
}
for (const kernel of ['Maximum', 'Minimum', 'SquaredDifference']) {
  const { gradFunc } = tf.getGradient(kernel);
  correct(
    kernel,
    'inputs that broadcast fail',
    () => true,
    (dy, [a, b], attrs) => {
      const whole = gradFunc(dy, [a, b], attrs);
      return { a: () => unbroadcast(whole.a(), a), b: () => unbroadcast(whole.b(), b) };
    },
  );
}

correct(
  'Cumsum',
  'the gradient is transposed unless the axis is the last',
  ({ axis }, x) => (axis as number) !== x.rank - 1,
  (dy, _saved, attrs) => {
    const { axis, exclusive, reverse } = attrs as unknown as { axis: number; exclusive: boolean; reverse: boolean };
    return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
  },
);

correct(
  'GatherV2',
  'more than one batch axis fails, and with one the examples are taken one by one',
  ({ batchDims }) => Boolean(batchDims),
  (dy, [x, indices], attrs) => {
    const { axis, batchDims } = attrs as unknown as { axis: number; batchDims: number };
    const at = tf.util.parseAxisParam(axis, x.shape)[0];
    const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, at, batchDims);
    const { batchSize: batch, outerSize: outer, dimSize: depth, sliceSize: inner } = info;
    const count = sizeOf(indices.shape) / batch;
    const dx = () => {
      const chosen = tf.oneHot(tf.reshape(indices, [batch, count]), depth, 1, 0, 'float32');
      const rows = tf.transpose(tf.reshape(dy as tf.Tensor, [batch, outer, count, inner]), [0, 2, 1, 3]);
      const sums = tf.matMul(chosen, tf.reshape(rows, [batch, count, outer * inner]), true);
      const apart = tf.reshape(sums, [batch, depth, outer, inner]);
      return tf.reshape(tf.transpose(apart, [0, 2, 1, 3]), x.shape);
    };
    return { x: dx, indices: () => indices };
  },
);

/** Faults of the kernels of TensorFlow.js's own backend, which others do not share. */
const onCpu = () => tf.getBackend() === 'cpu';

/** Both matrices' transposes, applied to the height and width of dy. */
const backThrough = (dy: tf.Tensor, rows: Matrix, columns: Matrix) =>
  alongAxis(alongAxis(dy, transposed(rows), 1), transposed(columns), 2);

correct(
  'MirrorPad',
  'the mirrored elements are left out',
  () => true,
  (dy, [x], attrs) => {
    const { paddings, mode } = attrs as unknown as { paddings: [number, number][]; mode: 'reflect' | 'symmetric' };
    const unmirror = (gradient: tf.Tensor, pad: [number, number], axis: number) => {
      if (pad[0] === 0 && pad[1] === 0) return gradient;
      const places = mirrorPlaces(x.shape[axis], pad, mode);
      return alongAxis(gradient, transposed(selectionMatrix(places, x.shape[axis])), axis);
    };
    return { x: () => paddings.reduce(unmirror, dy as tf.Tensor) };
  },
);

correct(
  'AvgPool',
  'on the backend `cpu` the sums are divided by the whole window, also where part of it lies on the padding',
  onCpu,
  (dy, [x], attrs) => {
    const [h, w] = poolingWindows(x.shape, attrs as unknown as Attributes);
    return { x: () => backThrough(dy as tf.Tensor, averageMatrix(h), averageMatrix(w)) };
  },
);

const alignmentOf = (attrs: unknown) => {
  const { alignCorners, halfPixelCenters } = attrs as Attributes;
  return { alignCorners: Boolean(alignCorners), halfPixelCenters: Boolean(halfPixelCenters) };
};

const squareOnly = 'on the backend `cpu` halfPixelCenters has no effect on the gradient, and images must be square';
correct('ResizeBilinear', squareOnly, onCpu, (gradient, [images], attrs) => {
  const dy = gradient as tf.Tensor;
  const matrix = (axis: number) => linearMatrix(images.shape[axis], dy.shape[axis], alignmentOf(attrs));
  return { images: () => backThrough(dy, matrix(1), matrix(2)) };
});
const firstOnly =
  'on the backend `cpu` halfPixelCenters has no effect on the gradient, and all but the first image get a wrong one';
correct('ResizeNearestNeighbor', firstOnly, onCpu, (gradient, [images], attrs) => {
  const dy = gradient as tf.Tensor;
  const matrix = (axis: number) =>
    selectionMatrix(nearestPlaces(images.shape[axis], dy.shape[axis], alignmentOf(attrs)), images.shape[axis]);
  return { images: () => backThrough(dy, matrix(1), matrix(2)) };
});
