import path from 'node:path';
import { type Drawing, readCutOut, readDrawings } from '../../data/drawnScenes.js';
import { extractFeatures, type FeatureSet, pictureSet } from '../../evaluate/features.js';
import type { GridRow } from '../../figures/imageGrid.js';
import { pictureUri } from '../../figures/pictures.js';
import { projectPath } from '../../runs/paths.js';
import { laptopJudged, openJudged } from '../judging/judged.js';
import { nearestRows } from '../judging/photographs/crossTest.js';
import { onWhite } from '../judging/photographs/photographSets.js';

/**
 * What retrieval looks like: a drawing by one hand, and the five drawings by others that each encoder finds nearest, live. The
 * drawings are in the public domain, so the picture may be kept; photographs are asked the same in `neighbourTable`.
 *
 * @param queries files of data/drawings
 * @returns for each query and encoder a row for `imageGrid`, and the share of neighbours that show the query's concept
 */
export async function drawingRetrieval({
  queries,
  keys,
  count = 5,
  size = 64,
}: {
  queries: readonly string[];
  keys: readonly string[];
  count?: number;
  size?: number;
}): Promise<{ rows: GridRow[]; hits: Record<string, unknown>[] }> {
  const { drawings, pixels } = await drawingsOnWhite(size);
  const asked = queries.map((file) => drawings.findIndex((drawing) => drawing.file === file));
  const unknown = queries[asked.indexOf(-1)];
  if (unknown !== undefined) throw new RangeError(`drawingRetrieval: no drawing ${unknown}`);
  // Drawings with another of the same concept: what the shares are of.
  const others = drawings.filter((one) => drawings.filter(({ concept }) => concept === one.concept).length > 1);
  const all = others.map((one) => drawings.indexOf(one));
  const found: { name: string; near: number[][] }[] = [];
  const hits: Record<string, unknown>[] = [];
  for (const key of keys) {
    const { name, features } = await drawingFeatures(key, size);
    found.push({ name, near: nearestRows(features, asked, count) });
    const first = nearestRows(features, all, 1);
    const right = first.filter(([row], i) => drawings[row].concept === others[i].concept).length;
    hits.push({
      method: name,
      'nearest drawing shows the same concept': (100 * right) / all.length,
      of: all.length,
    });
  }
  const uri = (row: number) => pictureUri({ width: size, height: size, data: pixels[row] });
  const rows: GridRow[] = [];
  for (const [q, query] of asked.entries()) {
    for (const { name, near } of found) {
      const shown = [query, ...near[q]];
      rows.push({
        label: name,
        images: await Promise.all(shown.map(uri)),
        captions: shown.map((row, i) => (i === 0 ? `asked: ${drawings[row].concept}` : drawings[row].concept)),
      });
    }
  }
  return { rows, hits };
}

/** What an encoder makes of the drawings. */
interface DrawingFeatures {
  name: string;
  /** labels are the drawings' concepts, in the order in which they come */
  features: FeatureSet;
}

interface DrawingsOnWhite {
  drawings: Drawing[];
  pixels: Uint8Array[];
}

/** Notebook 11 asks twice, and both take seconds. Nothing is kept of what failed. */
const kept = new Map<string, Promise<unknown>>();
function keep<T>(name: string, make: () => Promise<T>): Promise<T> {
  const made = (kept.get(name) as Promise<T> | undefined) ?? make();
  kept.set(name, made);
  made.catch(() => kept.delete(name));
  return made;
}

/** The features of the committed drawings on white. `key`: see `laptopJudged`; `size`: side of their pictures, in pixels. */
export const drawingFeatures = (key: string, size: number): Promise<DrawingFeatures> =>
  keep(`${key} ${size}`, async () => {
    const { drawings, pixels } = await drawingsOnWhite(size);
    const classes = [...new Set(drawings.map(({ concept }) => concept))];
    const labels = Int32Array.from(drawings, ({ concept }) => classes.indexOf(concept));
    const images = pictureSet((i) => pixels[i], { size, classes, labels });
    const judged = laptopJudged(key);
    const encoder = await openJudged(judged, { size });
    const features = await extractFeatures(encoder.extract, images);
    await encoder.release();
    return { name: judged.name, features };
  });

/** The committed drawings and their pictures on white, [size, size, 3] each; not to be written to. */
export const drawingsOnWhite = (size: number): Promise<DrawingsOnWhite> =>
  keep(`${size}`, async () => {
    const drawings = readDrawings();
    const folder = projectPath('data', 'drawings');
    const read = async ({ file }: Drawing) => onWhite(await readCutOut(path.join(folder, file), size));
    return { drawings, pixels: await Promise.all(drawings.map(read)) };
  });
