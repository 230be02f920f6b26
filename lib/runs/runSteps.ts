import { InputError } from '../errors.js';
import { stopSignal, throwIfInterrupted } from './cell.js';
import type { HostTensors } from './hostTensor.js';
import { progress } from './progress.js';

/** What the loop needs of a compiled step. */
export interface RunningStep {
  run(inputs: HostTensors): Promise<HostTensors>;
  state(): Promise<HostTensors>;
  release(): Promise<void>;
}

/** A step that is done. */
export interface StepDone<Batch> {
  /** steps done, this one included */
  done: number;
  batch: Batch;
  inputs: HostTensors;
  outputs: HostTensors;
  /** spent on the step, waiting for its batch included */
  seconds: number;
  /** the state after it */
  state: () => Promise<HostTensors>;
}

export interface Steps<Batch> {
  /** what the progress bar is called */
  label: string;
  /** steps done already, and steps in all */
  from: number;
  until: number;
  /** what the run starts from, or goes on from */
  state: HostTensors;
  /** the batches from step `from` on */
  batches: { next(): Promise<Batch>; giveBack?(batch: Batch): void };
  /** compiles the step; the first batch also tells the shapes of all inputs */
  open(first: Batch): Promise<RunningStep>;
  /** what the step of number `step`, from 0, is given */
  inputs(batch: Batch, step: number): HostTensors;
  /** Takes down what a step gave. @returns what is shown behind the bar */
  report(step: StepDone<Batch>): string | Promise<string>;
  /** whether a checkpoint is due after so many steps; one is also written after the last step, and when `signal` stops */
  due(done: number): boolean;
  save(state: HostTensors, done: number): void | Promise<void>;
  /** stops after the running step */
  signal?: AbortSignal;
  /** where the last checkpoint is, for errors */
  kept?: () => string | undefined;
}

/**
 * Runs the steps of a training to its end or to the signal. Nothing is carried from step to step but the state, so a run
 * that goes on from a checkpoint ends with the same bits as one that was never stopped, if its batches and inputs are
 * functions of the step.
 *
 * @returns the state, and the steps done in all
 * @throws InputError of a step, with the step's number in the run and the last checkpoint
 */
export async function runSteps<Batch>(steps: Steps<Batch>): Promise<{ state: HostTensors; step: number }> {
  const { label, from, until, batches, open, inputs, report, due, save } = steps;
  const signal = stopSignal(steps.signal);
  if (from < until) throwIfInterrupted(signal);
  if (from >= until || signal?.aborted) return { state: steps.state, step: from };
  let batch = await batches.next();
  const compiled = await open(batch);
  const bar = progress({ label, total: until, start: from });
  let step = from;
  try {
    do {
      const began = performance.now();
      if (step > from) batch = await batches.next();
      const given = inputs(batch, step);
      const outputs = await runNamed(compiled, given, { step, kept: steps.kept });
      const seconds = (performance.now() - began) / 1000;
      step++;
      let copy: Promise<HostTensors> | undefined;
      const state = () => {
        copy ??= compiled.state();
        return copy;
      };
      bar.tick(1, await report({ done: step, batch, inputs: given, outputs, seconds, state }));
      batches.giveBack?.(batch);
      if (due(step) || step === until || signal?.aborted) await save(await state(), step);
    } while (step < until && !signal?.aborted);
    // The cell was stopped: its next line must not take half a training for a whole.
    throwIfInterrupted(signal);
    return { state: await compiled.state(), step };
  } finally {
    bar.done();
    await compiled.release();
  }
}

/** A compiled step counts from the last start; the reader wants the step of the run. */
async function runNamed(
  compiled: RunningStep,
  inputs: HostTensors,
  { step, kept }: { step: number; kept?: () => string | undefined },
): Promise<HostTensors> {
  try {
    return await compiled.run(inputs);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { expected, found, fix } = error;
    const where = `${error.where.replace(/, step \d+$/, '')}, step ${step}`;
    const last = kept?.();
    const advice = kept ? `${fix}; ${last ? `the last checkpoint is ${last}` : 'no checkpoint was written yet'}` : fix;
    throw new InputError({ where, expected, found, fix: advice });
  }
}

/** For `Steps.due`: so many seconds after the last time. */
export function everySeconds(seconds: number, now: () => number = () => performance.now() / 1000): () => boolean {
  let last = now();
  return () => {
    if (now() - last <= seconds) return false;
    last = now();
    return true;
  };
}
