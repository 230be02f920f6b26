import { appendFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { compile } from '../../engine/compile.js';
import type { Device } from '../../engine/device.js';
import { InputError } from '../../errors.js';
import { withoutPrefix } from '../../nn/names.js';
import { adamwCorrections } from '../../nn/optim/adamw.js';
import { emaDecay } from '../../nn/optim/ema.js';
import { normaliseInto } from '../../pictures/normalise.js';
import { rng } from '../../random/rng.js';
import { readJsonLines, writeWhole } from '../../runs/files.js';
import { type HostTensors, hostTensor, scalar } from '../../runs/hostTensor.js';
import { type Progress, progress } from '../../runs/progress.js';
import { hashOfConfig } from '../../runs/record.js';
import { readSafetensors, writeSafetensors } from '../../runs/safetensors.js';
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

interface Checkpoint {
  state: HostTensors;
  step: number;
  seconds: number;
}

/** A mean over so many steps is one line of loss.jsonl. */
const LOSS_EVERY = 10;

/**
 * Trains the judge in the folder `out`, or goes on with the run found there, until all steps are done or `signal` is
 * aborted; both leave checkpoint.safetensors. Beside it loss.jsonl: step, loss, share of right concepts among the
 * disturbed training pictures. An interrupted and resumed run ends with the bits of one that was not interrupted.
 *
 * @throws InputError when the run in `out` has other settings, or when the loss is not finite
 */
export async function trainJudge(config: JudgeConfig, options: JudgeTraining): Promise<TrainedJudge> {
  const { out, signal } = options;
  let run = openRun(out, config);
  const total = judgeSteps(config);
  const bar = progress({ label: 'judge', total, start: run.step });
  try {
    for (let end = 0, phase = 0; phase < config.phases.length && !signal?.aborted; phase++) {
      const { size, steps } = config.phases[phase];
      end += steps;
      if (run.step < end) run = await runPhase(run, { ...options, config, size, end, bar });
    }
  } finally {
    bar.done();
  }
  return { weights: withoutPrefix(run.state, 'ema.'), step: run.step, seconds: run.seconds };
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
  start: Checkpoint,
  {
    config,
    size,
    end,
    bar,
    out,
    pictures: open = (side) => judgePictures({ count: config.net.concepts, size: side }),
    device,
    signal,
    checkpointSeconds = 60,
  }: JudgeTraining & { config: JudgeConfig; size: number; end: number; bar: Progress },
): Promise<Checkpoint> {
  const pictures = await open(size);
  const compiled = await compile(judgeStep(config.net, { smoothing: config.smoothing }), {
    state: start.state,
    inputs: judgeStepInputs(size, config.batch),
    finite: ['loss', 'gradNorm'],
    device,
    name: 'judge training',
  });
  const began = Date.now();
  let { step } = start;
  let saved = began;
  let sum = { loss: 0, right: 0, steps: 0 };
  const save = async () => {
    saved = Date.now();
    const now = { state: await compiled.state(), step, seconds: start.seconds + (saved - began) / 1000 };
    writeCheckpoint(out, config, now);
    return now;
  };
  try {
    while (step < end && !signal?.aborted) {
      const { loss, right } = await compiled.run(judgeBatch(step, pictures, { config, size }));
      step++;
      sum = { loss: sum.loss + loss.data[0], right: sum.right + right.data[0], steps: sum.steps + 1 };
      if (step % LOSS_EVERY === 0 || step === end) {
        appendLoss(out, { step, loss: sum.loss / sum.steps, right: sum.right / sum.steps / config.batch });
        sum = { loss: 0, right: 0, steps: 0 };
      }
      bar.tick(1, `loss ${loss.data[0].toFixed(3)}`);
      if (Date.now() - saved > 1000 * checkpointSeconds) await save();
    }
    return await save();
  } finally {
    await compiled.release();
  }
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

const checkpointFile = (out: string) => path.join(out, 'checkpoint.safetensors');
const lossFile = (out: string) => path.join(out, 'loss.jsonl');

function openRun(out: string, config: JudgeConfig): Checkpoint {
  if (!existsSync(checkpointFile(out))) {
    writeWhole(lossFile(out), '');
    const params = initJudgeNet(rng(config.seed, 'judge', 'init'), config.net);
    return { state: judgeState(params), step: 0, seconds: 0 };
  }
  const found = readJudgeCheckpoint(out);
  if (hashOf(found.config) !== hashOf(config)) {
    throw new InputError({
      where: checkpointFile(out),
      expected: `a run with the settings ${JSON.stringify(config)}`,
      found: JSON.stringify(found.config),
      fix: 'go on with the settings of the run, or start in another folder',
    });
  }
  const kept = readJsonLines<{ step: number }>(lossFile(out)).filter(({ step }) => step <= found.step);
  writeWhole(lossFile(out), kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return found;
}

const hashOf = (config: JudgeConfig) => hashOfConfig(JSON.parse(JSON.stringify(config)));

/** What a run in a folder has come to. @throws InputError where there is none */
export function readJudgeCheckpoint(out: string): Checkpoint & { config: JudgeConfig } {
  const { tensors, metadata } = readSafetensors(checkpointFile(out));
  if (!metadata.judge) {
    throw new InputError({
      where: checkpointFile(out),
      expected: 'a checkpoint of trainJudge',
      found: 'a safetensors file without its settings',
      fix: 'name the folder of a training run of the judge',
    });
  }
  return { state: tensors, ...JSON.parse(metadata.judge) };
}

function writeCheckpoint(out: string, config: JudgeConfig, { state, step, seconds }: Checkpoint): void {
  writeSafetensors(checkpointFile(out), state, { judge: JSON.stringify({ config, step, seconds }) });
}

function appendLoss(out: string, { step, loss, right }: { step: number; loss: number; right: number }): void {
  const line = { step, loss: Number(loss.toPrecision(5)), right: Number(right.toPrecision(4)) };
  appendFileSync(lossFile(out), `${JSON.stringify(line)}\n`);
}
