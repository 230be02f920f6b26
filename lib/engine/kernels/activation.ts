import { broadcastShape, type Graph, type Value } from '../graph.js';
import { tf } from '../tf.js';
import { recordKernel } from '../trace.js';
import { TraceProblem } from '../traceErrors.js';
import { clip } from './unary.js';

const negative = (graph: Graph, x: Value) =>
  graph.elementwise('Less', [x, graph.uniform(0, [], x.dtype)], x.shape, 'bool');

const unary = (graph: Graph, op: string, x: Value, attributes: Record<string, { float: number }> = {}) =>
  graph.elementwise(op, [x], x.shape, x.dtype, { attributes });

const sigmoid = (graph: Graph, x: Value) =>
  graph.elementwise('Sigmoid', [x], x.shape, x.dtype, { fold: (v) => 1 / (1 + Math.exp(-v)) });
const relu = (graph: Graph, x: Value) =>
  graph.elementwise('Relu', [x], x.shape, x.dtype, { fold: (v) => Math.max(0, v) });
const leakyRelu = (graph: Graph, x: Value, alpha: number) => unary(graph, 'LeakyRelu', x, { alpha: { float: alpha } });
const elu = (graph: Graph, x: Value) => unary(graph, 'Elu', x);

/** x where it is positive, alpha·x elsewhere; alpha broadcasts. */
function prelu(graph: Graph, x: Value, alpha: Value): Value {
  const shape = broadcastShape([x.shape, alpha.shape]);
  const scaled = graph.elementwise('Mul', [x, alpha], shape, x.dtype);
  return graph.elementwise('Where', [negative(graph, x), scaled, x], shape, x.dtype);
}

recordKernel('Sigmoid', (graph, { x }) => sigmoid(graph, x));
recordKernel('Relu', (graph, { x }) => relu(graph, x));
recordKernel('Relu6', (graph, { x }) => clip(graph, x, 0, 6));
recordKernel('LeakyRelu', (graph, { x }, { alpha }) => leakyRelu(graph, x, alpha as number));
recordKernel('Elu', (graph, { x }) => elu(graph, x));
recordKernel('Prelu', (graph, { x, alpha }) => prelu(graph, x, alpha));
recordKernel('Softplus', (graph, { x }) => unary(graph, 'Softplus', x));
recordKernel('Selu', (graph, { x }) => {
  const { SELU_SCALE, SELU_SCALEALPHA } = tf.backend_util;
  return unary(graph, 'Selu', x, {
    alpha: { float: SELU_SCALEALPHA / SELU_SCALE },
    gamma: { float: SELU_SCALE },
  });
});

/** The gradient of Elu from its output y: dy where y ≥ 0, dy·(y + 1) elsewhere. */
recordKernel('EluGrad', (graph, { dy, y }) => {
  const op = (name: string, ...inputs: Value[]) => graph.elementwise(name, inputs, y.shape, dy.dtype);
  const scaled = op('Mul', dy, op('Add', y, graph.uniform(1, [], y.dtype)));
  return op('Where', negative(graph, y), scaled, dy);
});

/** 1 where x is positive, alpha elsewhere. */
recordKernel('Step', (graph, { x }, { alpha }) => {
  const positive = graph.elementwise('Greater', [x, graph.uniform(0, [], x.dtype)], x.shape, 'bool');
  const branches = [graph.uniform(1, [], x.dtype), graph.uniform(alpha as number, [], x.dtype)];
  return graph.elementwise('Where', [positive, ...branches], x.shape, x.dtype);
});

/** The activation of a fused kernel, by TensorFlow.js's name for it. */
export function activate(
  graph: Graph,
  x: Value,
  { activation, leakyreluAlpha }: Record<string, unknown>,
  preluWeights?: Value,
): Value {
  switch (activation ?? 'linear') {
    case 'linear':
      return x;
    case 'relu':
      return relu(graph, x);
    case 'relu6':
      return clip(graph, x, 0, 6);
    case 'elu':
      return elu(graph, x);
    case 'sigmoid':
      return sigmoid(graph, x);
    case 'leakyrelu':
      return leakyRelu(graph, x, (leakyreluAlpha as number) ?? 0.2);
    case 'prelu':
      if (preluWeights) return prelu(graph, x, preluWeights);
  }
  throw new TraceProblem({
    expected:
      'an activation of a fused kernel: linear, relu, relu6, elu, sigmoid, leakyrelu, or prelu with its weights',
    found: activation === 'prelu' ? 'prelu without weights' : String(activation),
    fix: 'apply the activation as an operation of its own',
  });
}
