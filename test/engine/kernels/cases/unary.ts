import { tf } from '../../../../lib/engine/index.js';
import { between, floats, integers, type KernelCases, kernelCase, normal, VALUE_ONLY } from '../case.js';

type Unary = (x: tf.Tensor) => tf.Tensor;
const shape = [3, 4];
const anywhere = normal(shape);
const positive = between(0.05, 3, shape);
const inside = between(-0.95, 0.95, shape);

/** Each function with numbers that it is defined for. */
const functions: [string, Unary, typeof anywhere][] = [
  ['neg', tf.neg, anywhere],
  ['abs', tf.abs, anywhere],
  ['exp', tf.exp, anywhere],
  ['expm1', tf.expm1, anywhere],
  ['log', tf.log, positive],
  ['log1p', tf.log1p, between(-0.95, 3, shape)],
  ['sqrt', tf.sqrt, positive],
  ['rsqrt', tf.rsqrt, positive],
  ['square', tf.square, anywhere],
  ['reciprocal', tf.reciprocal, positive],
  ['sin', tf.sin, anywhere],
  ['cos', tf.cos, anywhere],
  ['tan', tf.tan, between(-1.4, 1.4, shape)],
  ['asin', tf.asin, inside],
  ['acos', tf.acos, inside],
  ['atan', tf.atan, anywhere],
  ['sinh', tf.sinh, anywhere],
  ['cosh', tf.cosh, anywhere],
  ['tanh', tf.tanh, anywhere],
  ['asinh', tf.asinh, anywhere],
  ['acosh', tf.acosh, between(1.05, 4, shape)],
  ['atanh', tf.atanh, inside],
  ['erf', tf.erf, anywhere],
];

/** Functions that are constant between jumps: their gradient is zero, so they are multiplied by x. */
const steps: [string, Unary][] = [
  ['sign', tf.sign],
  ['floor', tf.floor],
  ['ceil', tf.ceil],
  ['round', tf.round],
  ['step', (x) => tf.step(x, 0.2)],
];

const halves = floats([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]);

export const unary: KernelCases = {
  ...Object.fromEntries(functions.map(([name, fn, x]) => [name, kernelCase({ x }, (t) => fn(t.x))])),
  ...Object.fromEntries(
    steps.map(([name, fn]) => [`${name} times x`, kernelCase({ x: shape }, ({ x }) => tf.mul(x, fn(x)))]),
  ),
  'round halves to even': kernelCase({ x: halves }, ({ x }) => tf.round(x), VALUE_ONLY),
  'expm1 and log1p of tiny numbers': kernelCase({ x: floats([1e-7, -1e-7, 1e-5, -1e-5, 3e-4, 0]) }, ({ x }) =>
    tf.concat([tf.expm1(x), tf.log1p(x)]),
  ),
  'expm1 and log1p of large numbers': kernelCase({ x: floats([20, 30, 60]) }, ({ x }) =>
    tf.concat([tf.div(tf.expm1(x), tf.exp(x)), tf.log1p(x)]),
  ),
  'clip by value': kernelCase({ x: shape }, ({ x }) => tf.clipByValue(x, -0.5, 0.5)),
  'clip of an expanded value': kernelCase({ x: [2, 3, 1] }, ({ x }) =>
    tf.clipByValue(tf.broadcastTo(x, [2, 3, 4]), -0.5, 0.5),
  ),
  'exponentials of integers': kernelCase({ i: integers([1, 4, 9]) }, ({ i }) => tf.exp(i)),
  'whole functions of integers': kernelCase({ i: integers([-2, 0, 3]) }, ({ i }) =>
    tf.add(tf.abs(i), tf.add(tf.neg(tf.square(i)), tf.sign(i))),
  ),
};
