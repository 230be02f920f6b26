import path from 'node:path';
import { type Drawing, readCutOut, readDrawings } from '../../data/drawnScenes.js';
import { extractFeatures, type FeatureSet, pictureSet } from '../../evaluate/features.js';
import type { GridRow } from '../../figures/imageGrid.js';
import { pictureUri } from '../../figures/pictures.js';
import { projectPath } from '../../runs/paths.js';
import { nearestRows } from '../judging/photographs/crossTest.js';
import { openLooker } from '../judging/photographs/lookers.js';
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

/** What an encoder makes of the drawings; see `openLooker` for its key. */
interface DrawingFeatures {
  name: string;
  /** labels are the drawings' concepts, in the order in which they come */
  features: FeatureSet;
}

/** By key and side: notebook 11 asks twice. */
const looked = new Map<string, Promise<DrawingFeatures>>();

/** The features of the committed drawings on white. `size`: side of their pictures, in pixels. */
export function drawingFeatures(key: string, size: number): Promise<DrawingFeatures> {
  const at = `${key} ${size}`;
  const found = looked.get(at) ?? lookAtDrawings(key, size);
  looked.set(at, found);
  return found;
}

async function lookAtDrawings(key: string, size: number): Promise<DrawingFeatures> {
  const { drawings, pixels } = await drawingsOnWhite(size);
  const classes = [...new Set(drawings.map(({ concept }) => concept))];
  const labels = Int32Array.from(drawings, ({ concept }) => classes.indexOf(concept));
  const looker = await openLooker(key);
  const features = await extractFeatures(
    looker.extract,
    pictureSet((i) => pixels[i], { size, classes, labels }),
  );
  await looker.release();
  return { name: looker.name, features };
}

interface DrawingsOnWhite {
  drawings: Drawing[];
  pixels: Uint8Array[];
}

/** By side: a notebook asks twice, and reading 525 files takes seconds. */
const kept = new Map<number, Promise<DrawingsOnWhite>>();

/** The committed drawings and their pictures on white, [size, size, 3] each; not to be written to. */
export function drawingsOnWhite(size: number): Promise<DrawingsOnWhite> {
  const read = kept.get(size) ?? readOnWhite(size);
  kept.set(size, read);
  return read;
}

async function readOnWhite(size: number): Promise<DrawingsOnWhite> {
  const drawings = readDrawings();
  const folder = projectPath('data', 'drawings');
  const pixels = await Promise.all(
    drawings.map(async ({ file }) => onWhite(await readCutOut(path.join(folder, file), size))),
  );
  return { drawings, pixels };
}
