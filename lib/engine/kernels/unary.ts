import type { Graph, Value } from '../graph.js';
import { recordKernel } from '../trace.js';
import { castTo } from './cast.js';

/** Kernels that keep the dtype, integers included. */
const anyDtype: Record<string, { op: string; fold: (x: number) => number }> = {
  Neg: { op: 'Neg', fold: (x) => -x },
  Abs: { op: 'Abs', fold: Math.abs },
  Sign: { op: 'Sign', fold: Math.sign },
};
for (const [kernel, { op, fold }] of Object.entries(anyDtype)) {
  recordKernel(kernel, (graph, { x }) => graph.elementwise(op, [x], x.shape, x.dtype, { fold }));
}

/** Kernels that leave integers as they are. */
for (const op of ['Floor', 'Ceil', 'Round']) {
  recordKernel(op, (graph, { x }) => (x.dtype === 'float32' ? graph.elementwise(op, [x], x.shape, x.dtype) : x));
}

/** Kernels of real functions: the result is float32. Those with a fold are used on uniforms by optimisers. */
const real: Record<string, { op: string; fold?: (x: number) => number }> = {
  Exp: { op: 'Exp', fold: Math.exp },
  Log: { op: 'Log', fold: Math.log },
  Sqrt: { op: 'Sqrt', fold: Math.sqrt },
  Reciprocal: { op: 'Reciprocal', fold: (x) => 1 / x },
  Sin: { op: 'Sin', fold: Math.sin },
  Cos: { op: 'Cos', fold: Math.cos },
  Tan: { op: 'Tan' },
  Asin: { op: 'Asin' },
  Acos: { op: 'Acos' },
  Atan: { op: 'Atan' },
  Sinh: { op: 'Sinh' },
  Cosh: { op: 'Cosh' },
  Tanh: { op: 'Tanh', fold: Math.tanh },
  Asinh: { op: 'Asinh' },
  Acosh: { op: 'Acosh' },
  Atanh: { op: 'Atanh' },
  Erf: { op: 'Erf' },
};
for (const [kernel, { op, fold }] of Object.entries(real)) {
  recordKernel(kernel, (graph, { x }) =>
    graph.elementwise(op, [castTo(graph, x, 'float32')], x.shape, 'float32', { fold }),
  );
}

recordKernel('Square', (graph, { x }) => graph.elementwise('Mul', [x, x], x.shape, x.dtype, { fold: (a, b) => a * b }));

recordKernel('Rsqrt', (graph, { x }) => {
  const root = graph.elementwise('Sqrt', [castTo(graph, x, 'float32')], x.shape, 'float32', { fold: Math.sqrt });
  return graph.elementwise('Reciprocal', [root], x.shape, 'float32', { fold: (v) => 1 / v });
});

/** e^x − 1; near zero by 2t/(1−t), t = tanh(x/2), where the subtraction would lose all digits. */
export function expm1(graph: Graph, x: Value): Value {
  const op = (name: string, ...inputs: Value[]) => graph.elementwise(name, inputs, x.shape, 'float32');
  const number = (value: number) => graph.uniform(value, [], 'float32');
  const t = op('Tanh', op('Mul', x, number(0.5)));
  const precise = op('Div', op('Mul', number(2), t), op('Sub', number(1), t));
  const near = graph.elementwise('Less', [op('Abs', x), number(0.5)], x.shape, 'bool');
  return op('Where', near, precise, op('Sub', op('Exp', x), number(1)));
}
recordKernel('Expm1', (graph, { x }) => expm1(graph, castTo(graph, x, 'float32')));

/** log(1 + x); near zero by 2·atanh(x/(2+x)), where the addition would lose all digits. */
recordKernel('Log1p', (graph, inputs) => {
  const x = castTo(graph, inputs.x, 'float32');
  const op = (name: string, ...values: Value[]) => graph.elementwise(name, values, x.shape, 'float32');
  const number = (value: number) => graph.uniform(value, [], 'float32');
  const near = graph.elementwise('Less', [op('Abs', x), number(0.5)], x.shape, 'bool');
  const precise = op('Mul', number(2), op('Atanh', op('Div', x, op('Add', number(2), x))));
  return op('Where', near, precise, op('Log', op('Add', number(1), x)));
});

recordKernel('ClipByValue', (graph, { x }, { clipValueMin, clipValueMax }) =>
  clip(graph, x, clipValueMin as number, clipValueMax as number),
);

/** x between two numbers. */
export function clip(graph: Graph, x: Value, low: number, high: number): Value {
  const bounds = [low, high].map((v) => graph.uniform(v, [], x.dtype));
  const small = graph.smallest(x);
  return graph.expand(graph.node('Clip', [small, ...bounds], small.shape, x.dtype), x.shape);
}
