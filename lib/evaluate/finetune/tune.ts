import { existsSync } from 'node:fs';
import path from 'node:path';
import { compile } from '../../engine/compile.js';
import type { DeviceChoice } from '../../engine/device.js';
import type { CompiledStep, Step } from '../../engine/step.js';
import { InputError } from '../../errors.js';
import { type HostTensors, mapTensors, specOf } from '../../runs/hostTensor.js';
import { progress } from '../../runs/progress.js';
import { readSafetensors, writeSafetensors } from '../../runs/safetensors.js';

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

/** What a checkpoint holds. */
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

const CHECKPOINT = 'checkpoint.safetensors';

/**
 * Runs a fine-tuning to its end or to the signal. With `out` it keeps a checkpoint there, and ends with the same bits as a
 * run that was never stopped, on the same machine and device.
 *
 * @throws InputError when loss or gradient stop being finite, with the step; the last checkpoint is kept
 */
export async function tune<Scores>(
  tuning: Tuning<Scores>,
  { out, device, checkpointEvery = 200, signal, onStep }: TuneOptions = {},
): Promise<Tuned<Scores>> {
  const { label, steps, evaluateEvery } = tuning;
  const saved = out ? readProgress(out, tuning) : undefined;
  const now: Progress<Scores> = saved?.progress ?? { step: 0, points: [], losses: [], seconds: 0 };
  if (saved && now.step >= steps) return { ...now, state: saved.state };

  let inputs = await tuning.inputs(now.step);
  const compiled = await compile(tuning.step, {
    state: saved?.state ?? tuning.init(),
    constants: tuning.constants,
    inputs: mapTensors(inputs, specOf),
    finite: ['loss', 'gradNorm'],
    name: label,
    device,
  });
  const save = (state: HostTensors) => out && writeProgress(out, state, now, tuning);
  const bar = progress({ label, total: steps, start: now.step });
  try {
    for (let first = true; now.step < steps && !signal?.aborted; first = false) {
      const began = performance.now();
      if (!first) inputs = await tuning.inputs(now.step);
      const { loss, gradNorm } = await runStep(compiled, inputs, { step: now.step, label, out });
      now.losses.push(loss);
      now.seconds += (performance.now() - began) / 1000;
      onStep?.({ step: now.step, loss, gradNorm, lr: inputs.lr.data[0] });
      now.step++;
      bar.tick(1, `loss ${loss.toFixed(3)}`);
      if (now.step % evaluateEvery === 0 || now.step === steps) {
        const mean = now.losses.reduce((a, b) => a + b, 0) / now.losses.length;
        now.points.push({ step: now.step, loss: mean, scores: await tuning.evaluate(await compiled.state()) });
        now.losses = [];
      }
      if (now.step % checkpointEvery === 0 && now.step < steps) save(await compiled.state());
    }
    const state = await compiled.state();
    save(state);
    bar.done();
    return { ...now, state };
  } finally {
    await compiled.release();
  }
}

async function runStep(
  compiled: CompiledStep,
  inputs: HostTensors,
  { step, label, out }: { step: number; label: string; out?: string },
): Promise<{ loss: number; gradNorm: number }> {
  try {
    const { loss, gradNorm } = await compiled.run(inputs);
    return { loss: loss.data[0], gradNorm: gradNorm.data[0] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // The compiled step counts from the last start; the reader wants the step of the run.
    const { expected, found, fix } = error;
    const kept = out ? `; the last checkpoint is ${path.join(out, CHECKPOINT)}` : '';
    throw new InputError({ where: `${label}, step ${step}`, expected, found, fix: `${fix}${kept}` });
  }
}

/** Everything in one file, so that state and scores never disagree. */
function writeProgress<Scores>(
  out: string,
  state: HostTensors,
  progress: Progress<Scores>,
  { config, seed }: Tuning<Scores>,
): void {
  writeSafetensors(path.join(out, CHECKPOINT), state, {
    settings: JSON.stringify({ seed, config }),
    progress: JSON.stringify(progress),
  });
}

function readProgress<Scores>(
  out: string,
  { config, seed }: Tuning<Scores>,
): { state: HostTensors; progress: Progress<Scores> } | undefined {
  const file = path.join(out, CHECKPOINT);
  if (!existsSync(file)) return undefined;
  const { tensors, metadata } = readSafetensors(file);
  const settings = JSON.stringify({ seed, config });
  if (metadata.settings !== settings) {
    throw new InputError({
      where: file,
      expected: `a checkpoint of the same settings, ${settings}`,
      found: metadata.settings,
      fix: 'go on with the old settings, or choose another folder for the new run',
    });
  }
  return { state: tensors, progress: JSON.parse(metadata.progress) };
}
