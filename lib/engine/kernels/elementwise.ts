import { broadcastShape, type Dtype, type Graph, sameShape, type Value } from '../graph.js';
import { recordKernel } from '../trace.js';

const binary: Record<string, { op: string; fold?: (a: number, b: number) => number; result?: Dtype }> = {
  Add: { op: 'Add', fold: (a, b) => a + b },
  Sub: { op: 'Sub', fold: (a, b) => a - b },
  Multiply: { op: 'Mul', fold: (a, b) => a * b },
  RealDiv: { op: 'Div', fold: (a, b) => a / b },
  Maximum: { op: 'Max', fold: Math.max },
  Minimum: { op: 'Min', fold: Math.min },
  Pow: { op: 'Pow', fold: (a, b) => a ** b },
  Equal: { op: 'Equal', result: 'bool' },
  Greater: { op: 'Greater', result: 'bool' },
  GreaterEqual: { op: 'GreaterOrEqual', result: 'bool' },
  Less: { op: 'Less', result: 'bool' },
  LessEqual: { op: 'LessOrEqual', result: 'bool' },
  LogicalAnd: { op: 'And', result: 'bool' },
  LogicalOr: { op: 'Or', result: 'bool' },
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

for (const [kernel, { op, fold, result }] of Object.entries(binary)) {
  recordKernel(kernel, (graph, { a, b }) => {
    const shape = broadcastShape([a.shape, b.shape]);
    const plain = withoutNeutral(graph, kernel, a, b, shape);
    if (plain) return plain;
    if (kernel === 'Add') {
      const minus = graph.producer(b, 'Neg');
      if (minus && sameShape(b.shape, shape)) return graph.elementwise('Sub', [a, minus.inputs[0]], shape, a.dtype);
    }
    return graph.elementwise(op, [a, b], shape, result ?? a.dtype, { fold });
  });
}

recordKernel('NotEqual', (graph, { a, b }) => {
  const shape = broadcastShape([a.shape, b.shape]);
  return graph.elementwise('Not', [graph.elementwise('Equal', [a, b], shape, 'bool')], shape, 'bool');
});
recordKernel('SquaredDifference', (graph, { a, b }) => {
  const shape = broadcastShape([a.shape, b.shape]);
  const d = graph.elementwise('Sub', [a, b], shape, a.dtype);
  return graph.elementwise('Mul', [d, d], shape, a.dtype);
});
recordKernel('FloorDiv', (graph, { a, b }) => {
  const shape = broadcastShape([a.shape, b.shape]);
  const cast = (v: Value) => castTo(graph, v, 'float32');
  const quotient = graph.elementwise('Div', [cast(a), cast(b)], shape, 'float32');
  return castTo(graph, graph.elementwise('Floor', [quotient], shape, 'float32'), 'int32');
});

const unary: Record<string, { op: string; fold: (x: number) => number }> = {
  Neg: { op: 'Neg', fold: (x) => -x },
  Abs: { op: 'Abs', fold: Math.abs },
  Sign: { op: 'Sign', fold: Math.sign },
  Exp: { op: 'Exp', fold: Math.exp },
  Log: { op: 'Log', fold: Math.log },
  Sqrt: { op: 'Sqrt', fold: Math.sqrt },
  Reciprocal: { op: 'Reciprocal', fold: (x) => 1 / x },
  Sin: { op: 'Sin', fold: Math.sin },
  Cos: { op: 'Cos', fold: Math.cos },
  Tanh: { op: 'Tanh', fold: Math.tanh },
  Sigmoid: { op: 'Sigmoid', fold: (x) => 1 / (1 + Math.exp(-x)) },
  Softplus: { op: 'Softplus', fold: (x) => Math.log1p(Math.exp(x)) },
  Relu: { op: 'Relu', fold: (x) => Math.max(0, x) },
  Floor: { op: 'Floor', fold: Math.floor },
  Ceil: { op: 'Ceil', fold: Math.ceil },
};
for (const [kernel, { op, fold }] of Object.entries(unary)) {
  recordKernel(kernel, (graph, { x }) => graph.elementwise(op, [x], x.shape, x.dtype, { fold }));
}
recordKernel('Erf', (graph, { x }) => graph.elementwise('Erf', [x], x.shape, x.dtype));
recordKernel('Round', (graph, { x }) => graph.elementwise('Round', [x], x.shape, x.dtype));
recordKernel('LogicalNot', (graph, { x }) => graph.elementwise('Not', [x], x.shape, 'bool'));
recordKernel('Square', (graph, { x }) => graph.elementwise('Mul', [x, x], x.shape, x.dtype, { fold: (a, b) => a * b }));
recordKernel('Rsqrt', (graph, { x }) => {
  const root = graph.elementwise('Sqrt', [x], x.shape, x.dtype, { fold: Math.sqrt });
  return graph.elementwise('Reciprocal', [root], x.shape, x.dtype, { fold: (v) => 1 / v });
});
recordKernel('Expm1', (graph, { x }) => {
  const e = graph.elementwise('Exp', [x], x.shape, x.dtype);
  return graph.elementwise('Sub', [e, graph.uniform(1, [], x.dtype)], x.shape, x.dtype);
});
recordKernel('Log1p', (graph, { x }) => {
  const sum = graph.elementwise('Add', [x, graph.uniform(1, [], x.dtype)], x.shape, x.dtype);
  return graph.elementwise('Log', [sum], x.shape, x.dtype);
});
recordKernel('Step', (graph, { x }, { alpha }) => {
  const positive = graph.elementwise('Greater', [x, graph.uniform(0, [], x.dtype)], x.shape, 'bool');
  const branches = [graph.uniform(1, [], x.dtype), graph.uniform(alpha as number, [], x.dtype)];
  return graph.elementwise('Where', [positive, ...branches], x.shape, x.dtype);
});
recordKernel('ClipByValue', (graph, { x }, { clipValueMin, clipValueMax }) => {
  const bounds = [clipValueMin, clipValueMax].map((v) => graph.uniform(v as number, [], x.dtype));
  return graph.expand(graph.node('Clip', [graph.smallest(x), ...bounds], graph.smallest(x).shape, x.dtype), x.shape);
});
recordKernel('AddN', (graph, { list }) =>
  list.reduce((sum, v) => graph.elementwise('Add', [sum, v], v.shape, v.dtype, { fold: (a, b) => a + b })),
);
recordKernel('Select', (graph, { condition, t, e }) => {
  const shape = broadcastShape([condition.shape, t.shape, e.shape]);
  return graph.elementwise('Where', [condition, t, e], shape, t.dtype);
});

/** ONNX element types of the dtypes that a step can cast to. */
const ELEMENT: Record<string, number> = { float32: 1, int32: 6, bool: 9 };

export function castTo(graph: Graph, x: Value, dtype: Dtype): Value {
  if (x.dtype === dtype) return x;
  if (x.from.kind === 'uniform') {
    const { value } = x.from;
    return graph.uniform(
      dtype === 'bool' ? Number(value !== 0) : dtype === 'int32' ? Math.trunc(value) : value,
      x.shape,
      dtype,
    );
  }
  return graph.elementwise('Cast', [x], x.shape, dtype, { attributes: { to: ELEMENT[dtype] } });
}
recordKernel('Cast', (graph, { x }, { dtype }) => castTo(graph, x, dtype as Dtype));
recordKernel('Identity', (_graph, { x }) => x);
recordKernel('ZerosLike', (graph, { x }) => graph.uniform(0, x.shape, x.dtype));
recordKernel('OnesLike', (graph, { x }) => graph.uniform(1, x.shape, x.dtype));
recordKernel('Fill', (graph, _inputs, { shape, value, dtype }) =>
  graph.uniform(Number(value), shape as number[], (dtype as Dtype) ?? 'float32'),
);
