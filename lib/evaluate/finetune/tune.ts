import { z } from 'zod';
import { compile } from '../../engine/compile.js';
import type { DeviceChoice } from '../../engine/device.js';
import type { Step } from '../../engine/step.js';
import { type HostTensors, mapTensors, specOf } from '../../runs/hostTensor.js';
import { inRunFolder, keepCheckpoint, newestCheckpoint, type RunForm, resumeRun } from '../../runs/runFolder.js';
import { runSteps } from '../../runs/runSteps.js';

/** A fine-tuning as `tune` runs it; every part is a function of what it is given and of the step. */
export interface Tuning<Scores> {
  /** what the progress bar and errors call it */
  label: string;
  /** plain data: a run goes on only with an equal config and seed */
  config: object;
  seed: number;
  steps: number;
  init: () => HostTensors;
  step: Step;
  /** tensors that never change, see `compile` */
  constants?: HostTensors;
  inputs: (step: number) => HostTensors | Promise<HostTensors>;
  /** judges a state after every so many steps, and after the last */
  evaluate: (state: HostTensors) => Promise<Scores>;
  evaluateEvery: number;
}

export interface TuneOptions {
  /** the run's folder: with it, the run can be stopped, and goes on when called again */
  out?: string;
  device?: DeviceChoice;
  checkpointEvery?: number;
  /** stops after the running step, with a checkpoint */
  signal?: AbortSignal;
  onStep?: (measured: { step: number; loss: number; gradNorm: number; lr: number }) => void;
}

export interface Point<Scores> {
  /** steps done */
  readonly step: number;
  /** mean of the training loss since the point before */
  readonly loss: number;
  readonly scores: Scores;
}

/** What a checkpoint holds beside the state. */
interface Progress<Scores> {
  step: number;
  points: Point<Scores>[];
  /** losses since the last point */
  losses: number[];
  /** training steps alone, over all starts */
  seconds: number;
}

export interface Tuned<Scores> extends Omit<Progress<Scores>, 'losses'> {
  state: HostTensors;
}

/**
 * Runs a fine-tuning to its end or to the signal. With `out` it keeps a checkpoint there, and ends with the same bits as a
 * run that was never stopped, on the same machine and device.
 *
 * @throws InputError when loss or gradient stop being finite, with the step; the last checkpoint is kept
 */
export async function tune<Scores>(tuning: Tuning<Scores>, options: TuneOptions = {}): Promise<Tuned<Scores>> {
  return inRunFolder(options.out, () => runTuning(tuning, options));
}

async function runTuning<Scores>(
  tuning: Tuning<Scores>,
  { out, device, checkpointEvery = 200, signal, onStep }: TuneOptions,
): Promise<Tuned<Scores>> {
  const { label, steps, evaluateEvery, config, seed } = tuning;
  const form = formOf<Scores>(steps);
  const settings = { seed, config };
  const saved = out ? resumeRun(out, form, { identity: (facts) => facts.settings, now: settings }) : undefined;
  const now: Progress<Scores> = saved?.facts.progress ?? { step: 0, points: [], losses: [], seconds: 0 };
  let next = now.step;
  const start = saved?.state ?? tuning.init();
  const { state } = await runSteps<HostTensors>({
    label,
    from: now.step,
    until: steps,
    state: start,
    batches: { next: async () => tuning.inputs(next++) },
    open: (first) =>
      compile(tuning.step, {
        state: start,
        constants: tuning.constants,
        inputs: mapTensors(first, specOf),
        finite: ['loss', 'gradNorm'],
        name: label,
        device,
      }),
    inputs: (batch) => batch,
    async report({ done, inputs, outputs, seconds, state }) {
      const [loss, gradNorm] = [outputs.loss.data[0], outputs.gradNorm.data[0]];
      now.losses.push(loss);
      now.seconds += seconds;
      now.step = done;
      onStep?.({ step: done - 1, loss, gradNorm, lr: inputs.lr.data[0] });
      if (done % evaluateEvery === 0 || done === steps) {
        const mean = now.losses.reduce((a, b) => a + b, 0) / now.losses.length;
        now.points.push({ step: done, loss: mean, scores: await tuning.evaluate(await state()) });
        now.losses = [];
      }
      return `loss ${loss.toFixed(3)}`;
    },
    due: (done) => done % checkpointEvery === 0,
    save(state) {
      // Everything in one file, so that state and scores never disagree.
      if (out) keepCheckpoint(out, { state, facts: { settings, progress: now } });
    },
    signal,
    kept: out ? () => newestCheckpoint(out) : undefined,
  });
  return { ...now, state };
}

interface TuningFacts<Scores> {
  settings: { seed: number; config: object };
  progress: Progress<Scores>;
}

function formOf<Scores>(total: number): RunForm<TuningFacts<Scores>> {
  const progress = z.looseObject({
    step: z.int().nonnegative(),
    points: z.array(z.looseObject({ step: z.int(), loss: z.number() })),
    losses: z.array(z.number()),
    seconds: z.number(),
  });
  return {
    writer: 'a fine-tuning',
    facts: {
      settings: z.looseObject({ seed: z.number(), config: z.looseObject({}) }),
      progress: progress as unknown as z.ZodType<Progress<Scores>>,
    },
    progress: (facts) => ({ step: facts.progress.step, total }),
  };
}
