import { compile } from '../../engine/compile.js';
import type { DeviceChoice } from '../../engine/device.js';
import { tf } from '../../engine/tf.js';
import { InputError } from '../../errors.js';
import { initLinear } from '../../nn/init.js';
import { linear } from '../../nn/layers.js';
import { emaDecay } from '../../nn/optim/ema.js';
import { type Rng, rng } from '../../random/rng.js';
import { type HostTensors, hostTensor } from '../../runs/hostTensor.js';
import type { Interval } from '../../runs/measured.js';
import { dropPathKeep, type VitConfig, vitClass } from '../../synclr/vit.js';
import type { LabelledImages } from '../features.js';
import { wilsonInterval } from '../interval.js';
import { correctFlags } from '../metrics.js';
import { checkFinetuneConfig, type FinetuneConfig } from './config.js';
import { fingerprint } from './fingerprint.js';
import { drawMix, mixImages, mixTargets } from './mix.js';
import { testPicture, trainingPicture } from './pictures.js';
import { cosineRateAt } from './schedule.js';
import { setsOf } from './setsOf.js';
import { softCrossEntropy } from './softCrossEntropy.js';
import { type TuneOptions, tune } from './tune.js';
import { initTuning, trainedPart, tuningInputs, tuningStep } from './tuningStep.js';

/** Accuracies on the test set, 0 … 1: of the weights, and of their moving average where there is one. */
export interface FinetuneScores {
  readonly raw: number;
  readonly ema?: number;
}

export interface FinetunePoint extends FinetuneScores {
  readonly epoch: number;
  /** mean training loss since the point before */
  readonly loss: number;
}

export interface FinetuneAccuracy {
  readonly epoch: number;
  readonly accuracy: number;
  /** Wilson's 95 % interval: it holds the run fixed, so it says nothing about other seeds */
  readonly interval: Interval;
}

/** `best` is chosen on the test set and so is optimistic. The paper reports the best epoch of the average (spec §5.3). */
export interface LastAndBest {
  readonly last: FinetuneAccuracy;
  readonly best: FinetuneAccuracy;
}

export interface FinetuneResult {
  readonly curve: readonly FinetunePoint[];
  /** of the weights themselves; null where the run was stopped before it was judged once */
  readonly raw: LastAndBest | null;
  /** of their moving average; null also where there is none */
  readonly ema: LastAndBest | null;
  /** less than the config's where the run was stopped */
  readonly steps: number;
  readonly finished: boolean;
  readonly secondsPerStep: number;
  /** backbone and head (`head.weight`, `head.bias`), and their average */
  readonly params: { readonly raw: HostTensors; readonly ema?: HostTensors };
}

/**
 * Fine-tunes all of an encoder with a linear head on its class token, and judges it on a test set (Table 8, Table 14, spec §5.3).
 * Scene sets and image folders are such sets; the pictures are brought to the size that the encoder was trained for. They are
 * square: of a photograph in a folder it is the middle, where the paper's crops may come from all of it.
 *
 * @param backbone as `readBackbone` gives it; its drop path is the config's here
 */
export async function finetune(
  backbone: { params: HostTensors; config: VitConfig },
  { train, test }: { train: LabelledImages; test: LabelledImages },
  config: FinetuneConfig,
  { seed, ...options }: TuneOptions & { seed: number },
): Promise<FinetuneResult> {
  const classes = train.classes.length;
  checkFinetuneConfig(config, { train: train.length, classes });
  requireSameClasses(train, test);
  const { params } = backbone;
  const model: VitConfig = { ...backbone.config, dropPath: config.dropPath };
  const stepsPerEpoch = Math.floor(train.length / config.batch);
  const steps = config.epochs * stepsPerEpoch;
  const stream = rng(seed, 'finetune');
  const schedule = {
    total: steps,
    warmup: config.warmupEpochs * stepsPerEpoch,
    peak: (config.baseLearningRate * config.batch) / 256,
    least: config.leastLearningRate,
  };
  const { optimiser, ema } = config;
  const fresh = () => {
    const { mask_token: _, ...kept } = params;
    return { ...kept, ...initLinear(stream.child('head'), 'head', model.width, classes, { std: config.headStd }) };
  };
  const firstPictures = await Promise.all([train, test].map(async (set) => (await readAll(set, [0])).images));
  const start = fingerprint(params, ...firstPictures);
  const judge = await openClassifier(fresh(), model, { batch: Math.min(64, test.length), device: options.device });
  try {
    const { state, step, points, seconds } = await tune<FinetuneScores>(
      {
        label: 'fine-tuning',
        config: { ...config, model, ...setsOf({ train, test }), start },
        seed,
        steps,
        init: () => initTuning(fresh(), { ema: ema !== null }),
        step: tuningStep(
          (p, { images, targets, keep }) => {
            const logits = linear(p, 'head', vitClass(p, images as tf.Tensor4D, { config: model, keep }));
            return { loss: softCrossEntropy(logits as tf.Tensor2D, targets as tf.Tensor2D) };
          },
          { depth: model.depth, optimiser },
        ),
        inputs: async (at) => ({
          ...(await batchAt(stream, at, train, { config, model, stepsPerEpoch })),
          ...tuningInputs(at, {
            lr: cosineRateAt(at, schedule),
            emaDecay: ema ? (ema.warm ? emaDecay(at, { limit: ema.decay }) : ema.decay) : undefined,
            optimiser,
          }),
        }),
        evaluate: async (now) => ({
          raw: await judge.accuracy(trainedPart(now), test, config),
          ...(ema && { ema: await judge.accuracy(trainedPart(now, 'ema'), test, config) }),
        }),
        evaluateEvery: config.evaluateEvery * stepsPerEpoch,
      },
      options,
    );
    const curve = points.map(({ step: at, loss, scores }) => ({ epoch: at / stepsPerEpoch, loss, ...scores }));
    return {
      curve,
      raw: lastAndBest(curve, 'raw', test.length),
      ema: lastAndBest(curve, 'ema', test.length),
      steps: step,
      finished: step >= steps,
      secondsPerStep: seconds / Math.max(1, step),
      params: { raw: trainedPart(state), ...(ema && { ema: trainedPart(state, 'ema') }) },
    };
  } finally {
    await judge.release();
  }
}

function lastAndBest(curve: readonly FinetunePoint[], part: 'raw' | 'ema', count: number): LastAndBest | null {
  const points = curve.flatMap(({ epoch, [part]: accuracy }) => (accuracy === undefined ? [] : [{ epoch, accuracy }]));
  if (points.length === 0) return null;
  const describe = (point: { epoch: number; accuracy: number }) => ({
    ...point,
    interval: wilsonInterval(Math.round(point.accuracy * count), count),
  });
  const best = points.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return { last: describe(points[points.length - 1]), best: describe(best) };
}

/** The batch of a step: a permutation of the set for each epoch; each picture's augmentation has a stream of its own. */
async function batchAt(
  stream: Rng,
  step: number,
  train: LabelledImages,
  { config, model, stepsPerEpoch }: { config: FinetuneConfig; model: VitConfig; stepsPerEpoch: number },
): Promise<HostTensors> {
  const { batch, labelSmoothing: smoothing, mix: settings } = config;
  const { image: size } = model;
  const epoch = Math.floor(step / stepsPerEpoch);
  const order = stream.child('epoch', epoch).shuffle(Array.from({ length: train.length }, (_, i) => i));
  const first = (step % stepsPerEpoch) * batch;
  const rows = order.slice(first, first + batch);
  const { images: bytes, labels } = await readAll(train, rows);
  const images = hostTensor(new Float32Array(batch * size * size * 3), [batch, size, size, 3]);
  rows.forEach((row, i) => {
    const image = picture(bytes, i, train.size);
    const augmented = trainingPicture(stream.child('picture', epoch, row), image, size, config);
    (images.data as Float32Array).set(augmented, i * augmented.length);
  });
  const mix = drawMix(stream.child('mix', step), settings, size);
  mixImages(images, mix);
  return {
    images,
    targets: mixTargets(labels, { classes: train.classes.length, smoothing, share: mix.share }),
    ...(model.dropPath > 0 && { keep: dropPathKeep(stream.child('drop path', step), model, batch) }),
  };
}

const picture = (bytes: Uint8Array, i: number, size: number) => ({
  width: size,
  height: size,
  data: bytes.subarray(i * size * size * 3, (i + 1) * size * size * 3),
});

async function readAll(set: LabelledImages, rows: readonly number[]) {
  const batch = await set.batch(rows);
  if (batch.labels.length === rows.length) return batch;
  throw new InputError({
    where: 'fine-tuning pictures',
    expected: `${rows.length} pictures, all of a batch`,
    found: `${batch.labels.length}`,
    fix: "remove what cannot be read, or open the folder with onBadImage: 'fail' to hear what that is",
  });
}

/** A classifier whose weights can be exchanged, compiled once. */
async function openClassifier(
  params: HostTensors,
  model: VitConfig,
  { batch, device }: { batch: number; device?: DeviceChoice },
) {
  const { image: size } = model;
  const pixels = size * size * 3;
  const shape = [batch, size, size, 3];
  const compiled = await compile(
    (state, { images }) => {
      const logits = linear(state, 'head', vitClass(state, images as tf.Tensor4D, { config: model }));
      return { state, outputs: { classes: tf.argMax(logits, -1) } };
    },
    { state: params, inputs: { images: { shape } }, device, name: 'classifier' },
  );
  return {
    /** Share of right answers, 0 … 1. */
    async accuracy(
      weights: HostTensors,
      set: LabelledImages,
      config: Pick<FinetuneConfig, 'testCropRatio' | 'normalisation'>,
    ): Promise<number> {
      compiled.load(weights);
      let right = 0;
      for (let first = 0; first < set.length; first += batch) {
        const rows = Array.from({ length: Math.min(batch, set.length - first) }, (_, i) => first + i);
        const { images: bytes, labels } = await readAll(set, rows);
        const images = new Float32Array(batch * pixels);
        rows.forEach((_, i) => {
          images.set(testPicture(picture(bytes, i, set.size), size, config), i * pixels);
        });
        const { classes } = await compiled.run({ images: hostTensor(images, shape) });
        const flags = correctFlags((classes.data as Int32Array).slice(0, rows.length), labels);
        right += flags.reduce((sum, flag) => sum + flag, 0);
      }
      return right / set.length;
    },
    release: () => compiled.release(),
  };
}

function requireSameClasses(train: LabelledImages, test: LabelledImages): void {
  const [expected, found] = [train, test].map(({ classes }) => classes.join(', '));
  if (expected === found) return;
  throw new InputError({
    where: 'fine-tuning: test set',
    expected: `the classes of the training set: ${expected.slice(0, 200)}`,
    found: found.slice(0, 200),
    fix: 'open both sets with the same classes in the same order',
  });
}
