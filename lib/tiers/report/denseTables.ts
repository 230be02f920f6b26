import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import type { Told } from '../../evaluate/interval.js';
import type { MaskedImage, MaskedImages } from '../../evaluate/segmentation/maskedImages.js';
import { pictureUri } from '../../figures/pictures.js';
import type { ScorePanelsData } from '../../figures/scorePanels.js';
import { classColours, type SegmentationMasksData } from '../../figures/segmentationMasks.js';
import { inPercent, written } from '../../runs/measured.js';
import { paperNumbers } from '../../runs/published.js';
import { readEvaluations } from '../judging/evaluateAll.js';
import { decodeMask } from '../judging/protocols/segmentation.js';
import { judgedBy, type RecordsFrom } from './evaluationScores.js';

/** Table 7: mIoU (%) of ours beside the paper's ADE20k, ViT-B. */
export function segmentationTable(from: RecordsFrom = {}): Record<string, unknown>[] {
  const paper = new Map(paperNumbers().table7.rows.map(([method, , , base]) => [method, base]));
  const heads = { 'linear head, frozen': judgedBy('segment-linear', from), UperNet: judgedBy('segment-upernet', from) };
  return readEvaluations('segment-upernet', from)
    .filter(({ key }) => key !== 'pixels')
    .map(({ name: method }) => ({
      method,
      ...Object.fromEntries(
        Object.entries(heads).map(([head, rows]) => {
          const last = rows.find((row) => row.method === method)?.metrics.last;
          return [head, last ? written(inPercent(last.meanIou, last.interval)) : 'not run'];
        }),
      ),
      'paper, ADE20k': paper.get(method) ?? null,
    }));
}

/** Table 8: accuracy (%) after fine-tuning of ours beside the paper's ImageNet, ViT-B. Both are of the average of weights. */
export function finetuneTable(from: RecordsFrom = {}): Record<string, unknown>[] {
  const paper = new Map(paperNumbers().table8.rows.map(([method, , base]) => [method, base]));
  const done = judgedBy('finetune', from);
  return readEvaluations('finetune', from)
    .filter(({ key }) => key !== 'pixels')
    .map(({ name: method }) => {
      const metrics = done.find((row) => row.method === method)?.metrics;
      const cell = (one?: Told) => (one ? written(inPercent(one.accuracy, one.interval)) : 'not run');
      return {
        method,
        'last epoch': cell(metrics?.ema?.last),
        'best epoch': cell(metrics?.ema?.best),
        'last, weights themselves': cell(metrics?.raw?.last),
        'paper, ImageNet': paper.get(method) ?? null,
      };
    });
}

/** The three measures side by side, for `scorePanels`. */
export function densePanels(from: RecordsFrom = {}): ScorePanelsData {
  const linear = judgedBy('segment-linear', from);
  const uperNet = judgedBy('segment-upernet', from);
  const tuned = judgedBy('finetune', from);
  const methods = [...new Set([...linear, ...uperNet, ...tuned].map(({ method }) => method))];
  const segmented = (rows: typeof linear) =>
    methods.map((name) => {
      const last = rows.find(({ method }) => method === name)?.metrics.last;
      return last ? inPercent(last.meanIou, last.interval) : null;
    });
  return {
    methods,
    panels: [
      { title: 'segmentation, linear head', quantity: 'mIoU (%), encoder frozen', values: segmented(linear) },
      { title: 'segmentation, UperNet', quantity: 'mIoU (%), all trained', values: segmented(uperNet) },
      {
        title: 'classification, fine-tuned',
        quantity: 'accuracy (%), all trained',
        values: methods.map((name) => {
          const last = tuned.find(({ method }) => method === name)?.metrics.ema?.last;
          return last ? inPercent(last.accuracy, last.interval) : null;
        }),
      },
    ],
  };
}

/** Masks that a method predicts for the first test scenes. */
export interface PredictedMasks {
  method: string;
  masks: readonly Uint8Array[];
}

/** What the records kept of the predictions of every encoder with a linear head, and then of those with UperNet. */
export function recordedMasks(from: RecordsFrom = {}): PredictedMasks[] {
  const heads = { linear: 'segment-linear', UperNet: 'segment-upernet' } as const;
  return Object.entries(heads).flatMap(([head, protocol]) =>
    judgedBy(protocol, from).map(({ method, metrics }) => ({
      method: `${method}\n${head}`,
      masks: metrics.examples.map(decodeMask),
    })),
  );
}

/** What a method says where it is wrong, and not about a class that the scene has: a thing, or a place. */
const WRONG = {
  'another thing': [70, 70, 70],
  'another place': [225, 225, 225],
} as const;

/**
 * Test scenes, their exact masks and the predicted ones in colours, for `segmentationMasks`. Only what a scene holds has a
 * colour; all else that is predicted for it is grey, so that one sees at once what is right.
 */
export async function maskPictures(
  test: MaskedImages,
  predictions: readonly PredictedMasks[],
  { scenes = 4 }: { scenes?: number } = {},
): Promise<SegmentationMasksData> {
  const places = new Set(BACKGROUNDS.map(({ name }) => name));
  const isPlace = (label: number) => places.has(test.classes[label]);
  const shown: MaskedImage[] = [];
  for (let i = 0; i < Math.min(scenes, test.length); i++) shown.push(await test.read(i));
  // Places come first, as in the classes.
  const seen = [...new Set(shown.flatMap(({ mask }) => [...mask]))].sort((a, b) => a - b);
  const drawn = classColours(seen.length, { pale: seen.filter(isPlace).length });
  const colours = new Map(seen.map((label, i) => [label, drawn[i]]));
  const draw = (mask: Uint8Array, exact: ReadonlySet<number>, width: number) => {
    const data = new Uint8Array(mask.length * 3);
    mask.forEach((label, i) => {
      const wrong = WRONG[isPlace(label) ? 'another place' : 'another thing'];
      data.set(exact.has(label) ? colours.get(label)! : wrong, 3 * i);
    });
    return pictureUri({ width, height: mask.length / width, data }, { upscale: Math.max(1, Math.floor(192 / width)) });
  };
  const rows = await Promise.all(
    shown.map(async ({ image, mask }, i) => {
      const exact = new Set(mask);
      const masks = [mask, ...predictions.map((one) => one.masks[i])];
      return [
        await pictureUri(image, { upscale: Math.max(1, Math.floor(192 / image.width)) }),
        ...(await Promise.all(masks.map((one) => draw(one, exact, image.width)))),
      ];
    }),
  );
  const entry = (name: string, rgb: readonly number[]) => ({ name, color: `rgb(${rgb.join(',')})` });
  return {
    columns: ['scene', 'exact', ...predictions.map(({ method }) => method)],
    rows,
    legend: [
      ...seen.map((label, i) => entry(test.classes[label], drawn[i])),
      ...Object.entries(WRONG).map(([name, rgb]) => entry(name, rgb)),
    ],
  };
}
