import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { InputError } from '../../errors.js';
import { type Rng, rng } from '../../random/rng.js';
import { type HostTensor, type HostTensors, hostTensor } from '../../runs/hostTensor.js';
import { dropPathKeep, type VitConfig } from '../../synclr/vit.js';
import { fingerprint } from '../finetune/fingerprint.js';
import { polynomialRateAt } from '../finetune/schedule.js';
import { setsOf } from '../finetune/setsOf.js';
import { type TuneOptions, tune } from '../finetune/tune.js';
import { initTuning, trainedPart, tuningInputs, tuningStep } from '../finetune/tuningStep.js';
import { checkSegmentationConfig, type SegmentationConfig } from './config.js';
import { trainingNorm } from './convModule.js';
import { trainingCrop } from './crops.js';
import type { MaskedImages } from './maskedImages.js';
import { type SegmentationScores, scoreRegions } from './meanIou.js';
import { initSegmentation, segmentationLogits, segmentationModel } from './model.js';
import { pixelCrossEntropy } from './pixelCrossEntropy.js';
import { judgeSegmenter, openSegmenter } from './segmenter.js';

export interface SegmentationPoint extends SegmentationScores {
  /** training steps done */
  readonly step: number;
  /** mean training loss since the point before */
  readonly loss: number;
}

export interface SegmentationResult {
  readonly curve: readonly SegmentationPoint[];
  /** null where the run was stopped before it was judged once */
  readonly last: SegmentationPoint | null;
  /** Chosen on the test set, so optimistic: the paper's numbers are of the best checkpoint (spec §5.4). */
  readonly best: SegmentationPoint | null;
  readonly steps: number;
  readonly finished: boolean;
  readonly secondsPerStep: number;
  /** encoder (`backbone.*`), heads and their running statistics: what `openSegmenter` takes */
  readonly weights: HostTensors;
}

/**
 * Trains a segmentation head on an encoder, frozen or fine-tuned with it, and judges it on a test set by mIoU (Table 7,
 * Table 15, spec §5.4).
 *
 * @param backbone as `readBackbone` gives it; its drop path is the config's here
 */
export async function segment(
  backbone: { params: HostTensors; config: VitConfig },
  { train, test }: { train: MaskedImages; test: MaskedImages },
  config: SegmentationConfig,
  { seed, ...options }: TuneOptions & { seed: number },
): Promise<SegmentationResult> {
  checkSegmentationConfig(config, backbone.config);
  requireSameClasses(train, test);
  const { head, frozen, optimiser, steps, warmup, peakLearningRate: peak, power } = config;
  const model = segmentationModel(backbone.config, config);
  const classes = train.classes.length;
  const stream = rng(seed, 'segment');
  const { encoder, heads } = initSegmentation(stream.child('init'), backbone.params, { head, model, classes });
  const [fixed, trained] = frozen ? [encoder, heads.params] : [{}, { ...encoder, ...heads.params }];
  const firstPictures = await Promise.all([train, test].map(async (set) => (await set.read(0)).image.data));
  const start = fingerprint(backbone.params, ...firstPictures);
  const judge = await openSegmenter({ ...fixed, ...trained, ...heads.stats }, config, {
    model,
    classes,
    device: options.device,
  });
  try {
    const { state, step, points, seconds } = await tune<SegmentationScores>(
      {
        label: 'segmentation',
        config: { ...config, model, ...setsOf({ train, test }), start },
        seed,
        steps,
        init: () => initTuning(trained, { stats: heads.stats }),
        constants: fixed,
        step: tuningStep((p, inputs, all) => lossOf({ ...all, ...p }, inputs, { head, model }), {
          depth: model.depth,
          optimiser,
        }),
        inputs: async (at) => ({
          ...(await batchAt(stream, at, train, { config, model })),
          ...tuningInputs(at, { lr: polynomialRateAt(at, { total: steps, warmup, peak, power }), optimiser }),
        }),
        evaluate: async (now) => {
          judge.load({ ...fixed, ...trainedPart(now) });
          return scoreRegions(await judgeSegmenter(judge, test), { rng: stream.child('bootstrap') });
        },
        evaluateEvery: config.evaluateEvery,
      },
      options,
    );
    const curve = points.map(({ step: at, loss, scores }) => ({ step: at, loss, ...scores }));
    return {
      curve,
      last: curve[curve.length - 1] ?? null,
      best: curve.length > 0 ? curve.reduce((a, b) => (b.meanIou > a.meanIou ? b : a)) : null,
      steps: step,
      finished: step >= steps,
      secondsPerStep: seconds / Math.max(1, step),
      weights: { ...fixed, ...trainedPart(state) },
    };
  } finally {
    await judge.release();
  }
}

/** The main head's loss and the auxiliary's; `p` has the running statistics under `stat.`. */
function lossOf(
  p: NamedTensors,
  { images, mask, keep, drop, auxiliaryDrop }: NamedTensors,
  { head, model }: Pick<SegmentationConfig, 'head'> & { model: VitConfig },
): { loss: tf.Scalar; stats: NamedTensors } {
  const before = Object.fromEntries(
    Object.entries(p).flatMap(([name, value]) => (name.startsWith('stat.') ? [[name.slice(5), value]] : [])),
  );
  const stats: NamedTensors = {};
  const norm = trainingNorm(p, before, stats);
  const forward = { head, model, norm, keep, drop, auxiliaryDrop };
  const { main, auxiliary } = segmentationLogits(p, images as tf.Tensor4D, forward);
  const cost = (logits: tf.Tensor4D) => pixelCrossEntropy(logits, mask as tf.Tensor3D);
  if (head.name === 'linear' || !auxiliary || !head.auxiliary) return { loss: cost(main), stats };
  return { loss: tf.add(cost(main), tf.mul(cost(auxiliary), head.auxiliary.weight)), stats };
}

/** The batch of a step; epochs run on from one to the next, so that no picture is left out. */
async function batchAt(
  stream: Rng,
  step: number,
  train: MaskedImages,
  { config, model }: { config: SegmentationConfig; model: VitConfig },
): Promise<HostTensors> {
  const { batch, crop, head } = config;
  const orders = new Map<number, number[]>();
  const pictureAt = (position: number) => {
    const epoch = Math.floor(position / train.length);
    const order =
      orders.get(epoch) ?? stream.child('epoch', epoch).shuffle(Array.from({ length: train.length }, (_, i) => i));
    orders.set(epoch, order);
    return order[position % train.length];
  };
  const images = new Float32Array(batch * crop * crop * 3);
  const mask = new Int32Array(batch * crop * crop);
  for (let i = 0; i < batch; i++) {
    const position = step * batch + i;
    const cropped = trainingCrop(stream.child('crop', position), await train.read(pictureAt(position)), config);
    images.set(cropped.pixels, i * cropped.pixels.length);
    mask.set(cropped.mask, i * cropped.mask.length);
  }
  const own = stream.child('step', step);
  const dropout = head.name === 'upernet' ? head.dropout : 0;
  return {
    images: hostTensor(images, [batch, crop, crop, 3]),
    mask: hostTensor(mask, [batch, crop, crop]),
    ...(model.dropPath > 0 && { keep: dropPathKeep(own.child('drop path'), model, batch) }),
    ...(head.name === 'upernet' &&
      dropout > 0 && { drop: channelDropout(own.child('drop'), dropout, batch, head.channels) }),
    ...(head.name === 'upernet' &&
      head.auxiliary &&
      dropout > 0 && {
        auxiliaryDrop: channelDropout(own.child('auxiliary'), dropout, batch, head.auxiliary.channels),
      }),
  };
}

/** 0 with the rate, else 1/(1 − rate), for every channel of every picture. [batch, channels] */
function channelDropout(rng: Rng, rate: number, batch: number, channels: number): HostTensor {
  const factors = Float32Array.from({ length: batch * channels }, () => (rng.bernoulli(rate) ? 0 : 1 / (1 - rate)));
  return hostTensor(factors, [batch, channels]);
}

function requireSameClasses(train: MaskedImages, test: MaskedImages): void {
  const [expected, found] = [train, test].map(({ classes }) => classes.join(', '));
  if (expected === found && train.classes.length > 1 && train.classes.length < 256) return;
  throw new InputError({
    where: 'segmentation: test set',
    expected: `2 to 255 classes, those of the training set: ${expected.slice(0, 200)}`,
    found: found.slice(0, 200),
    fix: 'open both sets with the same classes in the same order',
  });
}
