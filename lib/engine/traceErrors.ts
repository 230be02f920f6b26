import { InputError } from '../errors.js';
import type { GradientOrigin } from './gradientOrigin.js';
import { userLine } from './userLine.js';

/** What a step did that cannot be traced; `explain` adds where. */
export class TraceProblem extends Error {
  readonly expected: string;
  readonly fix: string;

  constructor({ expected, found, fix }: { expected: string; found: string; fix: string }) {
    super(found);
    this.expected = expected;
    this.fix = fix;
  }
}

const NO_VALUES = {
  expected:
    'a step whose operations do not depend on the numbers in its tensors: it is traced once, before there are any',
  fix: 'return the tensor as an output and read it after run(); for a choice that depends on data use tf.where(condition, a, b), for a number that changes from step to step an input',
};

/** A value was asked for that does not exist while tracing. */
export const valueRead = (shape: readonly number[] | undefined) =>
  new TraceProblem({
    ...NO_VALUES,
    found: `a traced tensor${shape ? ` [${shape}]` : ''} was read: by data(), dataSync(), array(), arraySync(), print() or an operation that looks at values (tf.booleanMaskAsync, tf.whereAsync)`,
  });

export const foreignTensor = (shape: readonly number[]) =>
  new TraceProblem({
    expected: 'tensors of this step: its state, its inputs and what is computed from them',
    found: `a tensor [${shape}] made outside the step`,
    fix: 'make it inside the step, or pass its numbers as an input, a constant or an entry of the state',
  });

const NOISE = {
  expected: 'no random operations: a step is traced once, so that what is drawn would be the same in every run',
  fix: 'draw the numbers outside with rng(seed, …) and give them as an input: noise, or a mask of 0 and 1/(1 − rate) for dropout',
};

export const randomOperation = (name: string) => new TraceProblem({ ...NOISE, found: `tf.${name}` });

/** Kernels that draw; those without one are found by the name of their scope (see `randomScope`). */
const RANDOM_KERNELS = new Set([
  'Multinomial',
  'RandomGamma',
  'RandomStandardNormal',
  'RandomUniform',
  'TruncatedNormal',
]);

/** An error of a recording rule, as one that names the kernel. */
export function ruleProblem(kernel: string, error: Error): Error {
  if (error instanceof TraceProblem || error instanceof InputError) return error;
  return new TraceProblem({
    expected: `arguments that the engine can record for TensorFlow.js kernel '${kernel}'`,
    found: error.message,
    fix: 'change the shapes or options of this operation, or write it with other operations',
  });
}

/** Errors of TensorFlow.js itself that are worth more words. */
function recognise(error: Error): TraceProblem | undefined {
  const kernel = /^Kernel '(\w+)' not registered/.exec(error.message)?.[1];
  if (kernel && RANDOM_KERNELS.has(kernel)) return new TraceProblem({ ...NOISE, found: `random kernel '${kernel}'` });
  if (kernel) {
    return new TraceProblem({
      expected: 'operations that the tracing engine can record',
      found: `TensorFlow.js kernel '${kernel}', which it cannot`,
      fix: 'write it with other operations, run the step with device "cpu", or add a rule in lib/engine/kernels',
    });
  }
  const missing = /^Argument '(\w+)' passed to '(\w+)' must be a Tensor or TensorLike, but got '(?:undefined|null)'/;
  const [, argument, operation] = missing.exec(error.message) ?? [];
  if (argument) {
    return new TraceProblem({
      expected: `a tensor as argument '${argument}' of tf.${operation}`,
      found: 'nothing',
      fix: 'check the names that the step reads from its state and its inputs',
    });
  }
  return undefined;
}

/** An error thrown while tracing, as one that names the step, the user's line and the gradient it was met in. */
export function explain(error: unknown, name: string, origin?: GradientOrigin): unknown {
  if (!(error instanceof Error) || error instanceof InputError) return error;
  const problem = error instanceof TraceProblem ? error : (recognise(error) ?? (origin && inGradient(error)));
  if (!problem) return error;
  const where = origin
    ? `${name}, ${userLine(origin.at)}, in the gradient of ${origin.kernel ? `kernel '${origin.kernel}'` : 'a custom operation'}`
    : `${name}, ${userLine(error)}`;
  const { expected, message: found, fix } = problem;
  return Object.assign(new InputError({ where, expected, found, fix }), { cause: error });
}

const inGradient = (error: Error) =>
  new TraceProblem({
    expected: 'an operation that can be differentiated here',
    found: error.message,
    fix: 'use another operation, or give it a gradient with tf.customGrad',
  });
