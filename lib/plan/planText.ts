import { ASSUMPTIONS } from './assumptions.js';
import { fitsOn, type PlanOptions, planCaptions, planEncoder, planImages, type StagePlan } from './stages.js';

const DAY = 86_400;

/** The plan of all three stages in words, with all that it assumes. */
export function planText(options: PlanOptions): string {
  const { gpu, gpus, slow, preemptedEvery, restart, encoder, checkpointEvery, gpusOfNode, shardCaptions } = options;
  const captions = planCaptions(options);
  const images = planImages(options);
  const training = planEncoder(options);
  const { one, eight } = images.played;
  const batch = encoder.captions * encoder.imagesPerCaption;
  const troubles =
    `${percent(slow.share)} of the GPUs ${slow.factor} times as slow, ` +
    (preemptedEvery === Number.POSITIVE_INFINITY
      ? 'no preemption'
      : `each preempted every ${round(preemptedEvery / 3600)} h in the mean, back after ${round(restart / 60)} min`);
  const least = training.leastGpus;
  return [
    `Captions: ${stage(captions, 'captions')}`,
    `   memory of a GPU ${bytes(captions.memory)} of ${bytes(gpu.memory)} (${captions.memoryIs})`,
    `Images: ${stage(images, 'images')}`,
    `   memory of a GPU ${bytes(images.memory)} of ${bytes(gpu.memory)} (${images.memoryIs})`,
    `   ${troubles}:`,
    `   ${days(one.seconds)} in ${whole(gpus)} parts, ${days(eight.seconds)} in ${whole(8 * gpus)}; ` +
      `${whole(eight.preemptions)} preemptions lose ${round(eight.lost / 3600)} GPU-hours (shards of ${whole(shardCaptions)} captions)`,
    `Encoder (${encoder.objective}, ${whole(encoder.steps)} steps of ${whole(batch)} images): ${stage(training, 'images')}`,
    `   ${round(training.stepSeconds)} s a step; ${Math.ceil(training.coresOfGpu)} processor cores a GPU, were its crops made on the host; by default the GPU makes them`,
    `   memory of a GPU ${bytes(training.memory)} of ${bytes(gpu.memory)} (${training.memoryIs})` +
      (fitsOn(encoder, gpu, gpus)
        ? ''
        : `; THIS BATCH NEEDS ${least ? `AT LEAST ${whole(least)} OF THEM` : 'LARGER GPUS'}, in even parts`),
    `   ${days(training.withPreemptions)} with preemptions of nodes of ${gpusOfNode} GPUs, a checkpoint every ${whole(checkpointEvery)} steps`,
    '',
    'Assumed:',
    `- a GPU: ${round(gpu.operations / 1e12)} TFLOP/s in 16 bits, ${bytes(gpu.memory)}, ${round(gpu.bandwidth / 1e12)} TB/s (NVIDIA’s data sheet)`,
    ...Object.values(ASSUMPTIONS).map(({ value, means, where }) => `- ${round(value)} ${means} (${where})`),
    '- preemptions and slow GPUs as the options say, at random times (exponential)',
    '- pictures stored as large as they are sampled (the published code stores 256 px); no reading of files, no waiting for a queue',
    '- training keeps the activations of every block; the processor keeps up',
  ].join('\n');
}

const stage = ({ items, perSecond, seconds, stored }: StagePlan, name: string) =>
  `${whole(items)} ${name}, ${round(perSecond)} a second, ${days(seconds)}, ${bytes(stored)} stored`;

const whole = (value: number) => Math.round(value).toLocaleString('en').replaceAll(',', ' ');
/** Three digits, without an exponent where a reader would not want one. */
function round(value: number): string {
  if (value >= 100) return whole(Number(value.toPrecision(3)));
  return value >= 0.01 || value === 0 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}
const percent = (share: number) => `${round(100 * share)} %`;
const days = (seconds: number) => `${round(seconds / DAY)} days`;

/** 13 480 000 000 → `13.5 GB`, in powers of 1000 */
function bytes(value: number): string {
  const step = Math.min(4, Math.max(0, Math.floor(Math.log10(value) / 3)));
  return `${round(value / 1000 ** step)} ${['B', 'kB', 'MB', 'GB', 'TB'][step]}`;
}
