import path from 'node:path';
import { type Drawing, readCutOut, readDrawings } from '../../data/drawnScenes.js';
import { extractFeatures, pictureSet } from '../../evaluate/features.js';
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
  const classes = [...new Set(drawings.map(({ concept }) => concept))];
  const labels = Int32Array.from(drawings, ({ concept }) => classes.indexOf(concept));
  const images = pictureSet((i) => pixels[i], { size, classes, labels });
  const asked = queries.map((file) => drawings.findIndex((drawing) => drawing.file === file));
  const unknown = queries[asked.indexOf(-1)];
  if (unknown !== undefined) throw new RangeError(`drawingRetrieval: no drawing ${unknown}`);
  // Drawings with another of the same concept: what the shares are of.
  const others = drawings.filter((one) => drawings.filter(({ concept }) => concept === one.concept).length > 1);
  const all = others.map((one) => drawings.indexOf(one));
  const found: { name: string; near: number[][] }[] = [];
  const hits: Record<string, unknown>[] = [];
  for (const key of keys) {
    const looker = await openLooker(key);
    const features = await extractFeatures(looker.extract, images);
    await looker.release();
    found.push({ name: looker.name, near: nearestRows(features, asked, count) });
    const first = nearestRows(features, all, 1);
    const right = first.filter(([row], i) => drawings[row].concept === others[i].concept).length;
    hits.push({
      method: looker.name,
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

/** The committed drawings and their pictures on white, [size, size, 3] each. */
export async function drawingsOnWhite(size: number): Promise<{ drawings: Drawing[]; pixels: Uint8Array[] }> {
  const drawings = readDrawings();
  const pixels: Uint8Array[] = [];
  for (const { file } of drawings)
    pixels.push(onWhite(await readCutOut(path.join(projectPath('data', 'drawings'), file), size)));
  return { drawings, pixels };
}
