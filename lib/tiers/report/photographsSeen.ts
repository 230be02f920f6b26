import { decodeImage } from '../../data/imageFolder.js';
import { concatenateFeatures, extractFeatures, pictureSet } from '../../evaluate/features.js';
import { patchPca } from '../../evaluate/patchPca.js';
import type { GridRow } from '../../figures/imageGrid.js';
import { pictureUri } from '../../figures/pictures.js';
import { backboneOf, type Judged, laptopJudged, openJudged } from '../judging/judged.js';
import { nearestRows } from '../judging/photographs/crossTest.js';
import { splitRows } from '../judging/protocols/patchPca.js';
import { drawingFeatures, drawingsOnWhite } from './drawingRetrieval.js';

/** A picture of any kind and size; what is not square is cropped to its middle. */
export interface AskedPhotograph {
  /** a path */
  readonly file: string;
  /** what the row is called */
  readonly shows: string;
  /** one of data/drawings, where it shows one */
  readonly concept?: string | null;
}

/**
 * What encoders make of single photographs, live: the patch-PCA of each (Figure 5, but of one picture alone), the drawings
 * that lie nearest, and how far down the first drawing of its own concept is.
 *
 * @param who whose neighbours are shown: a key of `laptopJudged` with weights
 * @param beside whose patch-PCA stands beside that of `who`
 * @param keys who is asked for places
 * @param count neighbours shown
 * @param size side of the pictures whose class tokens are compared, in pixels
 * @param enlarge side of the pictures whose patches are coloured, over `size`: see `pcaPanels`
 * @returns a row for `imageGrid` each, labels of its columns, and places: 1 is the nearest drawing of all
 * @throws InputError where a file is no picture, or where a key is of none that has what is asked: `pixels` have no patches
 */
export async function photographsSeen({
  photographs,
  who = 'synclr',
  beside = 'random',
  keys = ['pixels', 'random', 'synclr', 'supervised'],
  count = 5,
  size = 64,
  enlarge = 2,
}: {
  photographs: readonly AskedPhotograph[];
  who?: string;
  beside?: string;
  keys?: readonly string[];
  count?: number;
  size?: number;
  enlarge?: number;
}): Promise<{ rows: GridRow[]; columnLabels: string[]; places: Record<string, unknown>[] }> {
  const decoded = (side: number) => Promise.all(photographs.map(({ file }) => decodeImage(file, { size: side })));
  const [small, large] = [await decoded(size), await decoded(enlarge * size)];
  const { drawings, pixels } = await drawingsOnWhite(size);
  const classes = [...new Set(drawings.map(({ concept }) => concept))];
  const images = pictureSet((i) => small[i], { size, classes, labels: new Int32Array(small.length) });
  const asked = photographs.map((_, i) => drawings.length + i);

  const maps: { name: string; uris: string[] }[] = [];
  const orders = new Map<string, { name: string; order: number[][] }>();
  for (const key of new Set([beside, who, ...keys])) {
    const judged = laptopJudged(key);
    const { name } = judged;
    const encoder = await openJudged(judged, { size });
    const own = await extractFeatures(encoder.extract, images);
    await encoder.release();
    const features = concatenateFeatures((await drawingFeatures(key, size)).features, own);
    const order = nearestRows(features, asked, features.count - 1);
    orders.set(key, { name, order: order.map((rows) => rows.filter((row) => row < drawings.length)) });
    if (key === beside || key === who) maps.push({ name, uris: await coloured(judged, large, enlarge * size) });
  }

  const { name, order } = orders.get(who)!;
  const uri = (data: Uint8Array) => pictureUri({ width: size, height: size, data });
  const rows = await Promise.all(
    photographs.map(async ({ shows }, i) => {
      const near = order[i].slice(0, count);
      return {
        label: shows,
        images: [
          await uri(small[i]),
          ...maps.map(({ uris }) => uris[i]),
          ...(await Promise.all(near.map((row) => uri(pixels[row])))),
        ],
        captions: ['', ...maps.map(() => ''), ...near.map((row) => drawings[row].concept)],
      };
    }),
  );
  const middle = Math.floor((count - 1) / 2);
  const nearest = Array.from({ length: count }, (_, i) => (i === middle ? `nearest drawings, by ${name}` : ''));
  const columnLabels = ['seen', ...maps.map((map) => map.name), ...nearest];

  const places = photographs.flatMap(({ shows, concept }, i) => {
    const own = drawings.filter((drawing) => drawing.concept === concept).length;
    if (own === 0) return [];
    const found = keys.map((key) => {
      const { name, order } = orders.get(key)!;
      return [name, placeOfFirst(order[i], (row) => drawings[row].concept === concept)] as const;
    });
    const chance = chancePlace(drawings.length, own);
    return [{ photograph: shows, 'drawings of it': own, ...Object.fromEntries(found), 'by chance': chance }];
  });
  return { rows, columnLabels, places };
}

/** The patch-PCA of each picture alone. @param pictures [side, side, 3] each @returns data URIs */
async function coloured(judged: Judged, pictures: readonly Uint8Array[], side: number): Promise<string[]> {
  const across = side / backboneOf(judged).model.patch;
  const encoder = await openJudged(judged, { output: 'patches', size: side, batch: pictures.length });
  const tokens = splitRows(await encoder.extract([...pictures]), pictures.length);
  await encoder.release();
  return Promise.all(
    tokens.map((one) => {
      const [data] = patchPca([one], { grid: [across, across] }).colours;
      return pictureUri({ width: across, height: across, data }, { upscale: Math.floor(256 / across) });
    }),
  );
}

/** The place of the first row that is wanted, from 1; NaN where none is. */
export function placeOfFirst(order: readonly number[], wanted: (row: number) => boolean): number {
  return order.findIndex(wanted) + 1 || Number.NaN;
}

/** That place in the mean over all orders of `all` rows, of which `wanted` are wanted: they cut the others into equal parts. */
export function chancePlace(all: number, wanted: number): number {
  return (all + 1) / (wanted + 1);
}
