import { broadcastShape, type Graph, sameShape, type Value } from '../graph.js';
import { recordKernel } from '../trace.js';
import { castTo } from './cast.js';

/** Kernels of two tensors that broadcast, which are one ONNX operator each. */
const binary: Record<string, { op: string; fold: (a: number, b: number) => number }> = {
  Add: { op: 'Add', fold: (a, b) => a + b },
  Sub: { op: 'Sub', fold: (a, b) => a - b },
  Multiply: { op: 'Mul', fold: (a, b) => a * b },
  Maximum: { op: 'Max', fold: Math.max },
  Minimum: { op: 'Min', fold: Math.min },
  Pow: { op: 'Pow', fold: (a, b) => a ** b },
};

const isUniform = (v: Value, value: number) => v.from.kind === 'uniform' && v.from.value === value;

/** x·1, x/1, x^1, x+0, x−0 are x, seen through the result's shape. */
function withoutNeutral(graph: Graph, kernel: string, a: Value, b: Value, shape: readonly number[]): Value | undefined {
  const seen = (v: Value) => graph.expand(v, shape);
  if (kernel === 'Multiply') return isUniform(b, 1) ? seen(a) : isUniform(a, 1) ? seen(b) : undefined;
  if (kernel === 'Add') return isUniform(b, 0) ? seen(a) : isUniform(a, 0) ? seen(b) : undefined;
  if (kernel === 'RealDiv' || kernel === 'Pow') return isUniform(b, 1) ? seen(a) : undefined;
  if (kernel === 'Sub') return isUniform(b, 0) ? seen(a) : undefined;
  return undefined;
}

for (const [kernel, { op, fold }] of Object.entries(binary)) {
  recordKernel(kernel, (graph, { a, b }) => {
    const shape = broadcastShape([a.shape, b.shape]);
    const plain = withoutNeutral(graph, kernel, a, b, shape);
    if (plain) return plain;
    if (kernel === 'Add') {
      const minus = graph.producer(b, 'Neg');
      if (minus && sameShape(b.shape, shape)) return graph.elementwise('Sub', [a, minus.inputs[0]], shape, a.dtype);
    }
    return graph.elementwise(op, [a, b], shape, a.dtype, { fold });
  });
}

/** TensorFlow.js divides integers by FloorDiv; its RealDiv always sees floats, except when called on the kernel. */
recordKernel('RealDiv', (graph, { a, b }) => {
  const shape = broadcastShape([a.shape, b.shape]);
  const plain = withoutNeutral(graph, 'RealDiv', a, b, shape);
  return plain ?? graph.elementwise('Div', [a, b], shape, a.dtype, { fold: (x, y) => x / y });
});

/** The remainder with the sign of the divisor. */
function remainder(graph: Graph, a: Value, b: Value): Value {
  const shape = broadcastShape([a.shape, b.shape]);
  if (a.dtype !== 'float32') return graph.elementwise('Mod', [a, b], shape, a.dtype, { attributes: { fmod: 0 } });
  const rest = graph.elementwise('Mod', [a, b], shape, a.dtype, { attributes: { fmod: 1 } });
  const signs = graph.elementwise('Mul', [rest, b], shape, a.dtype);
  const opposite = graph.elementwise('Less', [signs, graph.uniform(0, [], a.dtype)], shape, 'bool');
  const moved = graph.elementwise('Add', [rest, b], shape, a.dtype);
  return graph.elementwise('Where', [opposite, moved, rest], shape, a.dtype);
}
recordKernel('Mod', (graph, { a, b }) => remainder(graph, a, b));

recordKernel('FloorDiv', (graph, { a, b }) => {
  const shape = broadcastShape([a.shape, b.shape]);
  if (a.dtype === 'int32') {
    // ONNX's integer division drops the fraction: it is exact once the remainder is taken away.
    const multiple = graph.elementwise('Sub', [a, remainder(graph, a, b)], shape, a.dtype);
    return graph.elementwise('Div', [multiple, b], shape, a.dtype);
  }
  const quotient = graph.elementwise('Div', [a, b], shape, a.dtype);
  return castTo(graph, graph.elementwise('Floor', [quotient], shape, a.dtype), 'int32');
});

recordKernel('SquaredDifference', (graph, { a, b }) => {
  const shape = broadcastShape([a.shape, b.shape]);
  const d = graph.elementwise('Sub', [a, b], shape, a.dtype);
  return graph.elementwise('Mul', [d, d], shape, a.dtype);
});

recordKernel('AddN', (graph, { list }) =>
  list.reduce((sum, v) => graph.elementwise('Add', [sum, v], v.shape, v.dtype, { fold: (a, b) => a + b })),
);

/** The angle of the point (b, a), in (−π, π]. */
recordKernel('Atan2', (graph, { a, b }) => {
  const shape = broadcastShape([a.shape, b.shape]);
  const number = (value: number) => graph.uniform(value, [], a.dtype);
  const zero = number(0);
  const op = (name: string, ...inputs: Value[]) => graph.elementwise(name, inputs, shape, a.dtype);
  const test = (name: string, ...inputs: Value[]) => graph.elementwise(name, inputs, shape, 'bool');
  const angle = op('Atan', op('Div', a, b));
  const halfTurn = op('Where', test('Less', a, zero), number(-Math.PI), number(Math.PI));
  const turned = op('Where', test('Less', b, zero), op('Add', angle, halfTurn), angle);
  const atOrigin = test('And', test('Equal', a, zero), test('Equal', b, zero));
  return op('Where', atOrigin, zero, turned);
});

recordKernel('BitwiseAnd', (graph, { a, b }) =>
  graph.elementwise('BitwiseAnd', [a, b], broadcastShape([a.shape, b.shape]), a.dtype),
);
