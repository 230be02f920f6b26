import { InputError } from '../errors.js';
import { mapTensors, specOf } from '../runs/hostTensor.js';
import { checkFinite, checkInputs, checkState } from './checks.js';
import type { Runner } from './runner.js';
import type { CompiledStep, CompileOptions } from './step.js';

/** A runner that keeps order: runs take turns, what does not fit is refused, and after release() nothing is answered. */
export function lifeCycle(
  runner: Runner,
  { name, state = {}, inputs: specs, finite = [] }: CompileOptions & { name: string },
): CompiledStep {
  const template = mapTensors(state, specOf);
  let steps = 0;
  let waiting = 0;
  let released = false;
  let turn: Promise<unknown> = Promise.resolve();

  const requireAlive = (call: string) => {
    if (!released) return;
    throw new InputError({
      where: name,
      expected: 'a step that holds its session',
      found: `${call} after release()`,
      fix: 'take state() before release(), or compile the step again and load the state',
    });
  };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    waiting++;
    const result = turn.then(work).finally(() => waiting--);
    turn = result.catch(() => {});
    return result;
  };

  return {
    device: runner.device,
    async run(inputs) {
      requireAlive('run()');
      checkInputs(name, specs ?? mapTensors(inputs, specOf), inputs);
      return inTurn(async () => {
        const { outputs, keep } = await runner.run(inputs);
        checkFinite(name, finite, outputs, steps);
        keep();
        steps++;
        return outputs;
      });
    },
    async state() {
      requireAlive('state()');
      return inTurn(() => runner.state());
    },
    load(given) {
      requireAlive('load()');
      checkState(name, template, given);
      if (waiting > 0) {
        throw new InputError({
          where: `${name}, load()`,
          expected: 'no run() under way',
          found: `${waiting}`,
          fix: 'await every run() first: which state they would start from is not defined otherwise',
        });
      }
      runner.load(given);
    },
    async release() {
      requireAlive('release()');
      released = true;
      await inTurn(() => runner.release());
    },
  };
}
