import path from 'node:path';
import { z } from 'zod';
import { compile } from '../../engine/compile.js';
import type { Device } from '../../engine/device.js';
import { withoutPrefix } from '../../nn/names.js';
import { adamwCorrections } from '../../nn/optim/adamw.js';
import { emaDecay } from '../../nn/optim/ema.js';
import { normaliseInto } from '../../pictures/normalise.js';
import { rng } from '../../random/rng.js';
import { type HostTensors, hostTensor, scalar } from '../../runs/hostTensor.js';
import { inRunFolder, keepCheckpoint, newestCheckpoint, type RunForm, resumeRun } from '../../runs/runFolder.js';
import { everySeconds, runSteps } from '../../runs/runSteps.js';
import { openStepLines, type StepLines } from '../../runs/stepLines.js';
import { disturb } from './disturb.js';
import { type JudgeConfig, judgeRate, judgeSteps } from './judgeConfig.js';
import { initJudgeNet } from './judgeNet.js';
import { type JudgePictures, judgePictures } from './judgePictures.js';
import { judgeState, judgeStep, judgeStepInputs } from './judgeStep.js';

export interface TrainedJudge {
  /** the averaged weights: those that judge */
  weights: HostTensors;
  /** steps done; less than `config.steps` when the run was stopped */
  step: number;
  /** seconds of training, over all sessions */
  seconds: number;
}

/** A mean over so many steps is one line of loss.jsonl. */
const LOSS_EVERY = 10;

/** What a checkpoint holds beside the state. */
interface JudgeProgress {
  config: JudgeConfig;
  step: number;
  seconds: number;
  /** steps since the last line of loss.jsonl */
  pending: { loss: number; right: number }[];
}

type JudgeRun = JudgeProgress & { state: HostTensors };

const form: RunForm<{ judge: JudgeProgress }> = {
  writer: 'trainJudge',
  facts: {
    judge: z.looseObject({
      config: z.looseObject({ phases: z.array(z.looseObject({ steps: z.int() })) }),
      step: z.int().nonnegative(),
      seconds: z.number(),
      pending: z.array(z.looseObject({})).default([]),
    }) as unknown as z.ZodType<JudgeProgress>,
  },
  progress: ({ judge: { step, config } }) => ({ step, total: judgeSteps(config) }),
};

/**
 * Trains the judge in the folder `out`, or goes on with the run found there, until all steps are done or `signal` is
 * aborted; both leave checkpoint.safetensors. Beside it loss.jsonl: step, loss, share of right concepts among the
 * disturbed training pictures. An interrupted and resumed run ends with the bits of one that was not interrupted.
 *
 * @throws InputError when the run in `out` has other settings, or when the loss is not finite
 */
export async function trainJudge(config: JudgeConfig, options: JudgeTraining): Promise<TrainedJudge> {
  const { out, signal } = options;
  return inRunFolder(out, async () => {
    const saved = resumeRun(out, form, { identity: ({ judge }) => judge.config, now: config });
    let run: JudgeRun = saved
      ? { ...saved.facts.judge, state: saved.state }
      : {
          config,
          state: judgeState(initJudgeNet(rng(config.seed, 'judge', 'init'), config.net)),
          step: 0,
          seconds: 0,
          pending: [],
        };
    const losses = openStepLines<LossLine>(path.join(out, 'loss.jsonl'), (step) => step <= run.step);
    for (let end = 0, phase = 0; phase < config.phases.length && !signal?.aborted; phase++) {
      const { size, steps } = config.phases[phase];
      end += steps;
      if (run.step < end) run = await runPhase(run, { ...options, config, size, end, losses });
    }
    return { weights: withoutPrefix(run.state, 'ema.'), step: run.step, seconds: run.seconds };
  });
}

export interface JudgeTraining {
  /** the run folder */
  out: string;
  /** what is learnt from, of a size; by default the emoji world's pictures */
  pictures?: (size: number) => Promise<Pick<JudgePictures, 'train'>>;
  device?: Device;
  signal?: AbortSignal;
  checkpointSeconds?: number;
}

/** Steps up to `end` with pictures of one size. */
async function runPhase(
  start: JudgeRun,
  {
    config,
    size,
    end,
    losses,
    out,
    pictures: open = (side) => judgePictures({ count: config.net.concepts, size: side }),
    device,
    signal,
    checkpointSeconds = 60,
  }: JudgeTraining & { config: JudgeConfig; size: number; end: number; losses: StepLines<LossLine> },
): Promise<JudgeRun> {
  const pictures = await open(size);
  const began = Date.now();
  let next = start.step;
  let now = start;
  await runSteps<HostTensors>({
    label: `judge, ${size} px`,
    from: start.step,
    until: end,
    state: start.state,
    batches: { next: async () => judgeBatch(next++, pictures, { config, size }) },
    open: () =>
      compile(judgeStep(config.net, { smoothing: config.smoothing }), {
        state: start.state,
        inputs: judgeStepInputs(size, config.batch),
        finite: ['loss', 'gradNorm'],
        device,
        name: 'judge training',
      }),
    inputs: (batch) => batch,
    report({ done: step, outputs }) {
      const [loss, right] = [outputs.loss.data[0], outputs.right.data[0]];
      const pending = [...now.pending, { loss, right }];
      const isLine = step % LOSS_EVERY === 0 || step === end;
      if (isLine) losses.append(lossLine(step, pending, config.batch));
      now = { ...now, step, pending: isLine ? [] : pending };
      return `loss ${loss.toFixed(3)}`;
    },
    due: everySeconds(checkpointSeconds),
    save(state) {
      now = { ...now, state, seconds: start.seconds + (Date.now() - began) / 1000 };
      const { step, seconds, pending } = now;
      keepCheckpoint(out, { state, facts: { judge: { config, step, seconds, pending } } });
    },
    signal,
    kept: () => newestCheckpoint(out),
  });
  return now;
}

interface LossLine {
  step: number;
  loss: number;
  right: number;
}

/** Means over the steps since the line before. */
function lossLine(step: number, steps: JudgeProgress['pending'], batch: number): LossLine {
  const mean = (key: 'loss' | 'right') => steps.reduce((sum, one) => sum + one[key], 0) / steps.length;
  return { step, loss: Number(mean('loss').toPrecision(5)), right: Number((mean('right') / batch).toPrecision(4)) };
}

/** The inputs of a step: a function of (seed, step) alone. */
function judgeBatch(
  step: number,
  pictures: Pick<JudgePictures, 'train'>,
  { config, size }: { config: JudgeConfig; size: number },
): HostTensors {
  const { batch } = config;
  const bytes = size ** 2 * 3;
  const images = new Float32Array(batch * bytes);
  const concepts = new Int32Array(batch);
  const backgrounds = new Int32Array(batch);
  const keepStyle = new Float32Array(batch);
  for (let i = 0; i < batch; i++) {
    const stream = rng(config.seed, 'judge', step, i);
    const picture = pictures.train(stream.child('picture'));
    normaliseInto(images, i * bytes, disturb(stream.child('disturb'), picture.image, picture.mask));
    concepts[i] = picture.concept;
    backgrounds[i] = picture.background;
    const style = stream.child('style');
    keepStyle[i] = style.bernoulli(config.mixStyles) ? style.uniform() : 1;
  }
  const { correction1, correction2 } = adamwCorrections(step + 1);
  return {
    images: hostTensor(images, [batch, size, size, 3]),
    concepts: hostTensor(concepts, [batch]),
    backgrounds: hostTensor(backgrounds, [batch]),
    keepStyle: hostTensor(keepStyle, [batch, 1, 1, 1]),
    lr: scalar(judgeRate(step, config)),
    weightDecay: scalar(config.weightDecay),
    correction1: scalar(correction1),
    correction2: scalar(correction2),
    emaDecay: scalar(emaDecay(step, { limit: config.emaLimit })),
  };
}
