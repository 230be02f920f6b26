import type { Scene } from '../../../data/compose.js';
import { realScenes } from '../../../data/scenes.js';
import { foregroundIou, maskToGrid, middleBox } from '../../../evaluate/foregroundIou.js';
import { bootstrapInterval } from '../../../evaluate/interval.js';
import { type PcaThreshold, patchForeground } from '../../../evaluate/patchPca.js';
import { rng } from '../../../random/rng.js';
import type { Interval } from '../../../runs/measured.js';
import { tierConcepts } from '../../world/captions.js';
import { type Tier, tierSettings } from '../../world/settings.js';
import { backboneOf, type Judged, type OpenedJudged, openJudged } from '../judged.js';
import type { Protocol } from './protocol.js';

export interface PcaPoint {
  split: 'val' | 'test';
  /** side of the pictures; patches stay as they are, so larger pictures have more of them */
  size: number;
  threshold: PcaThreshold;
  /** foreground against the exact masks on the patch grid: mean over pictures, 0 … 1 */
  iou: number;
  /** 95 %, of resamples of the sets */
  interval: Interval;
}

export interface PcaMetrics {
  points: PcaPoint[];
  /** IoU of a box in the middle of every picture, by split, at the largest size: what knows nothing. */
  box: Record<'val' | 'test', number>;
}

const SPLITS = ['val', 'test'] as const;
const ENLARGED: Record<Tier, number[]> = { smoke: [1, 2], laptop: [1, 1.5, 2] };

/**
 * Figure 5 in numbers: for each concept a set of four real scenes, the two-step PCA, and the IoU of its foreground with the
 * exact masks. Choices are made on `val` scenes; `test` scenes are the result. The paper shows pictures of 1.5 × 2 times the
 * trained side, so that there are more patches: 128 px here.
 */
export const patchPcaProtocol: Protocol<PcaMetrics> = {
  name: 'patch-pca',
  mirrors: 'Figure 5',
  needsBackbone: true,
  at(tier) {
    const { size, concepts } = tierSettings(tier);
    const config = {
      // Of concepts drawn at random: enough for an interval of ± 0.03.
      sets: Math.min(60, concepts),
      concepts,
      images: 4,
      sizes: ENLARGED[tier].map((times) => times * size),
      thresholds: [0, 'otsu'] as PcaThreshold[],
    };
    return { config, run: (judged, { seed, signal }) => measure(judged, { tier, ...config, seed, signal }) };
  },
};

interface Measuring {
  tier: Tier;
  sets: number;
  images: number;
  sizes: number[];
  thresholds: PcaThreshold[];
  seed: number;
  signal?: AbortSignal;
}

async function measure(
  judged: Judged,
  { tier, sets, images, sizes, thresholds, seed, signal }: Measuring,
): Promise<PcaMetrics> {
  const { model } = backboneOf(judged);
  const concepts = rng(seed, 'patch-pca sets').sample(tierConcepts(tier), sets);
  const points: PcaPoint[] = [];
  const box = { val: 0, test: 0 };
  for (const size of sizes) {
    const encoder = await openJudged(judged, { output: 'patches', batch: images, size });
    try {
      for (const split of SPLITS) {
        // A result needs the size one would choose and the trained one.
        if (split === 'test' && size !== sizes[0] && size !== sizes[sizes.length - 1]) continue;
        const scenes = await realScenes({ split, concepts, count: images * concepts.length, seed, size });
        const ious = thresholds.map((): number[] => []);
        const boxes: number[] = [];
        for (let set = 0; set < concepts.length; set++) {
          signal?.throwIfAborted();
          const shown = Array.from({ length: images }, (_, i) => scenes.render(i * concepts.length + set));
          const found = await foregroundOf(encoder, shown, { side: size / model.patch, thresholds });
          boxes.push(found.box);
          for (const [t, iou] of found.ious.entries()) ious[t].push(iou);
        }
        box[split] = meanOf(boxes);
        thresholds.forEach((threshold, t) => {
          const ofRows = (rows: Int32Array) => meanOf(Array.from(rows, (row) => ious[t][row]));
          const interval = bootstrapInterval(ious[t].length, ofRows, { rng: rng(seed, 'patch-pca') });
          points.push({ split, size, threshold, iou: meanOf(ious[t]), interval });
        });
      }
    } finally {
      await encoder.release();
    }
  }
  return { points, box };
}

/**
 * The foreground that a patch-PCA finds in a set of pictures against their exact masks: the mean IoU by each threshold, and
 * that of a box in the middle of every picture, which knows nothing.
 * @param side of the grid of patches
 */
export async function foregroundOf(
  { extract }: Pick<OpenedJudged, 'extract'>,
  shown: readonly Scene[],
  { side, thresholds }: { side: number; thresholds: readonly PcaThreshold[] },
): Promise<{ ious: number[]; box: number }> {
  const grid = [side, side] as const;
  const exact = shown.map(({ mask }) => {
    const size = Math.sqrt(mask.length);
    return maskToGrid(mask, { size: [size, size], grid });
  });
  const tokens = splitRows(await extract(shown.map(({ image }) => image)), shown.length);
  return {
    ious: patchForeground(tokens, { grid, thresholds }).map((masks) =>
      meanOf(masks.map((mask, i) => foregroundIou(mask, exact[i]))),
    ),
    box: meanOf(exact.map((mask) => foregroundIou(middleBox(grid), mask))),
  };
}

/** Rows of equal length. */
export function splitRows(values: Float32Array, count: number): Float32Array[] {
  const each = values.length / count;
  return Array.from({ length: count }, (_, i) => values.subarray(i * each, (i + 1) * each));
}

export const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
