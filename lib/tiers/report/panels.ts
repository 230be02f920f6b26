import { realScenes } from '../../data/scenes.js';
import { InputError } from '../../errors.js';
import { foregroundIou, maskToGrid } from '../../evaluate/foregroundIou.js';
import { type PcaThreshold, patchPca } from '../../evaluate/patchPca.js';
import type { PcaData } from '../../figures/figure5Pca.js';
import { pictureUri } from '../../figures/pictures.js';
import { normalisations } from '../../pictures/normalise.js';
import { stopSignal } from '../../runs/cell.js';
import { encodePatches } from '../../synclr/encode.js';
import { splitRows } from '../judging/protocols/patchPca.js';
import { tierConcepts } from '../world/captions.js';
import type { FrozenEncoder } from '../world/encoder.js';
import { type Tier, tierSettings } from '../world/settings.js';

export interface PcaSet {
  name: string;
  /** per method: foreground against the exact masks, mean over the set's images */
  methods: { method: string; iou: number; foreground: number[] }[];
}

/** The paper's sets are cars, dogs and airplanes. */
const LIKE_THE_PAPER = ['car', 'cat', 'airplane'];

/**
 * Figure 5 on real scenes: for each concept four images, their patch features coloured by the two-step PCA, and the
 * intersection over union of the foreground with the exact masks on the patch grid. The scenes are those of the
 * classifier's training split, which shows two drawings of a concept before seven backgrounds; no encoder has seen them.
 * @param concepts names; by default cars, cats for the paper's dogs, and airplanes, as far as the tier has them
 * @param enlarge side of the pictures over the side of training: 2, so that there are four times as many patches. The paper
 *   has 1.5 × 2 (336 × 448 for a network trained at 224)
 * @param threshold see `patchPca`
 */
export async function pcaPanels(
  tier: Tier,
  encoders: readonly FrozenEncoder[],
  {
    concepts,
    images = 4,
    enlarge = 2,
    threshold,
    seed = 0,
  }: {
    concepts?: readonly string[];
    images?: number;
    enlarge?: number;
    threshold?: PcaThreshold;
    seed?: number;
  } = {},
): Promise<{ figure: PcaData; sets: PcaSet[] }> {
  const size = enlarge * tierSettings(tier).size;
  const world = tierConcepts(tier);
  const known = world.map(({ name }) => name);
  const names = concepts ?? [...LIKE_THE_PAPER.filter((name) => known.includes(name)), ...known].slice(0, 3);
  const figure: PcaData = { methods: encoders.map(({ name }) => name), sets: [], aspect: 1 };
  const sets: PcaSet[] = [];
  requireKnown(names, known);
  const signal = stopSignal();
  for (const name of names) {
    signal?.throwIfAborted();
    const chosen = world.filter((concept) => concept.name === name);
    const scenes = await realScenes({ split: 'train', concepts: chosen, count: images, seed, size });
    const shown = Array.from({ length: images }, (_, i) => scenes.render(i));
    const rows = await Promise.all(
      shown.map(async ({ image }) => ({ photo: await pixels(image, size), maps: [] as string[] })),
    );
    const methods: PcaSet['methods'] = [];
    for (const { name: method, params, model, normalisation } of encoders) {
      const side = size / model.patch;
      const grid: [number, number] = [side, side];
      const features = await encodePatches(
        params,
        model,
        shown.map(({ image }) => image),
        { batch: images, imageSize: [size, size], normalisation: normalisations[normalisation] },
      );
      const tokens = splitRows(features, images);
      const pca = patchPca(tokens, { grid, threshold });
      const ious = shown.map(({ mask }, i) =>
        foregroundIou(pca.masks[i], maskToGrid(mask, { size: [size, size], grid })),
      );
      methods.push({
        method,
        iou: ious.reduce((sum, iou) => sum + iou, 0) / images,
        foreground: [...pca.foreground],
      });
      for (const [i, row] of rows.entries()) row.maps.push(await pixels(pca.colours[i], side, 256 / side));
    }
    figure.sets.push({ name, rows });
    sets.push({ name, methods });
  }
  return { figure, sets };
}

const pixels = (data: Uint8Array, side: number, upscale = Math.floor(256 / side)) =>
  pictureUri({ width: side, height: side, data }, { upscale: Math.floor(upscale) });

function requireKnown(names: readonly string[], known: readonly string[]): void {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new InputError({
    where: 'pcaPanels: concepts',
    expected: `concepts of the tier, such as ${known.slice(0, 5).join(', ')}`,
    found: unknown.join(', '),
    fix: '`tierConcepts(tier).map(({ name }) => name)` lists them all',
  });
}
