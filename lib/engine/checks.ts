import { InputError } from '../errors.js';
import { type HostTensor, type HostTensors, sizeOf } from '../runs/hostTensor.js';
import type { InputSpec, NamedTensors, Step, TensorSpecs } from './step.js';
import { tf } from './tf.js';

/** The dtype of an input: float32 unless it says otherwise. */
export const dtypeOf = (spec: InputSpec) => spec.dtype ?? 'float32';

const describe = (t: { shape: readonly number[]; dtype: string } | undefined) =>
  t ? `${t.dtype} [${t.shape}]` : 'nothing';

/** Also tells of a tensor put together by hand whose numbers are not what it says. */
function describeHost(t: HostTensor | undefined): string {
  if (!t) return 'nothing';
  const kind = t.dtype === 'int32' ? Int32Array : Float32Array;
  if (!(t.data instanceof kind))
    return `${describe(t)} with a ${(t.data as object)?.constructor.name ?? 'missing array'}`;
  return t.data.length === sizeOf(t.shape) ? describe(t) : `${describe(t)} with ${t.data.length} numbers`;
}

/** @throws InputError that names the input which is missing, unknown or of another shape or dtype */
export function checkInputs(name: string, specs: Record<string, InputSpec>, inputs: HostTensors): void {
  for (const [key, spec] of Object.entries(specs)) {
    const expected = describe({ shape: spec.shape, dtype: dtypeOf(spec) });
    const found = describeHost(inputs[key]);
    if (found === expected) continue;
    throw new InputError({
      where: `${name}, input "${key}"`,
      expected,
      found,
      fix: 'give the shape it was compiled for, or compile the step without `inputs` to have it traced for every shape that comes',
    });
  }
  const unknown = Object.keys(inputs).filter((key) => !(key in specs));
  if (unknown.length === 0) return;
  throw new InputError({
    where: `${name}, inputs`,
    expected: Object.keys(specs).join(', ') || 'none',
    found: `also ${unknown.join(', ')}`,
    fix: 'leave these out, or name them when compiling',
  });
}

/** @throws InputError that names the entry which is missing, unknown or of another shape or dtype */
export function checkState(name: string, expected: TensorSpecs, given: HostTensors): void {
  compare(expected, given, describeHost, (key) => ({
    where: `${name}, state "${key}"`,
    fix: 'load the state of the same step, or start anew',
  }));
}

/** @throws InputError unless a step gave back its state, entry by entry, and outputs that are tensors */
export function checkResult(name: string, state: TensorSpecs, result: ReturnType<Step>): void {
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new InputError({
      where: name,
      expected: 'a step that gives back { state, outputs }',
      found: 'a promise',
      fix: 'make it an ordinary function: a step is traced once and cannot wait for values; read outputs after run()',
    });
  }
  for (const part of ['state', 'outputs'] as const) {
    const tensors: unknown = result?.[part];
    const wrong =
      tensors && typeof tensors === 'object'
        ? Object.entries(tensors).find(([, tensor]) => !(tensor instanceof tf.Tensor))
        : ['', tensors];
    if (!wrong) continue;
    throw new InputError({
      where: `${name}, returned ${part}${wrong[0] && ` "${wrong[0]}"`}`,
      expected: wrong[0] ? 'a tensor' : 'tensors by name',
      found: String(wrong[1]),
      fix: 'give back { state, outputs }, each a record of tensors (an empty one where there are none)',
    });
  }
  compare(state, result.state, describe, (key) => ({
    where: `${name}, returned state "${key}"`,
    fix: 'give back every entry of the state, and no other, with the shape and dtype it came with',
  }));
}

function compare<T>(
  expected: TensorSpecs,
  given: Record<string, T>,
  describeGiven: (t: T | undefined) => string,
  problem: (key: string) => { where: string; fix: string },
): void {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(given)])) {
    const [wanted, found] = [describe(expected[key]), describeGiven(given[key])];
    if (wanted !== found) throw new InputError({ ...problem(key), expected: wanted, found });
  }
}

/** @throws InputError when `finite` names something that the step does not put out */
export function checkFiniteNames(name: string, finite: readonly string[], outputs: NamedTensors): void {
  const unknown = finite.filter((key) => !(key in outputs));
  if (unknown.length === 0) return;
  throw new InputError({
    where: `${name}, option finite`,
    expected: `names of outputs: ${Object.keys(outputs).join(', ') || 'there are none'}`,
    found: unknown.join(', '),
    fix: 'give these back in `outputs`, or leave them out of `finite`',
  });
}

/** @throws InputError that names the step when an output that has to be finite is not */
export function checkFinite(name: string, finite: readonly string[], outputs: HostTensors, step: number): void {
  for (const key of finite) {
    if (outputs[key].data.every(Number.isFinite)) continue;
    throw new InputError({
      where: `${name}, step ${step}`,
      expected: `a finite ${key}`,
      found: String(outputs[key].data.find((x) => !Number.isFinite(x))),
      fix: 'the state is still that of the last good step: lower the learning rate, clip gradients or look at this batch',
    });
  }
}
