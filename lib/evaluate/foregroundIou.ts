/**
 * An exact mask [height, width] (0 = background) on a coarser patch grid [rows, columns]: a patch is foreground when at
 * least `coverage` of its pixels are.
 */
export function maskToGrid(
  mask: Uint8Array,
  {
    size,
    grid,
    coverage = 0.5,
  }: { size: readonly [number, number]; grid: readonly [number, number]; coverage?: number },
): Uint8Array {
  const [height, width] = size;
  const [rows, columns] = grid;
  const [cellHeight, cellWidth] = [height / rows, width / columns];
  if (mask.length !== height * width || !Number.isInteger(cellHeight) || !Number.isInteger(cellWidth)) {
    throw new RangeError(
      `maskToGrid: a mask of ${height} × ${width} that ${rows} × ${columns} divides; found ${mask.length} pixels`,
    );
  }
  const out = new Uint8Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let covered = 0;
      for (let y = r * cellHeight; y < (r + 1) * cellHeight; y++) {
        for (let x = c * cellWidth; x < (c + 1) * cellWidth; x++) if (mask[y * width + x] > 0) covered++;
      }
      out[r * columns + c] = covered >= coverage * cellHeight * cellWidth && covered > 0 ? 1 : 0;
    }
  }
  return out;
}

/** Intersection over union of two masks; 1 when both are empty. */
export function foregroundIou(predicted: Uint8Array, exact: Uint8Array): number {
  if (predicted.length !== exact.length) {
    throw new RangeError(`foregroundIou: equal lengths needed, found ${predicted.length} and ${exact.length}`);
  }
  let both = 0;
  let either = 0;
  for (let i = 0; i < exact.length; i++) {
    const [p, e] = [predicted[i] > 0, exact[i] > 0];
    if (p && e) both++;
    if (p || e) either++;
  }
  return either === 0 ? 1 : both / either;
}

/**
 * A box in the middle, `share` of each side: the mask that knows nothing of a picture but that objects stand in its middle.
 * What a foreground's IoU has to beat.
 */
export function middleBox([rows, columns]: readonly [number, number], { share = 0.75 } = {}): Uint8Array {
  const inside = (at: number, side: number) => Math.abs(at + 0.5 - side / 2) <= (share * side) / 2;
  return Uint8Array.from({ length: rows * columns }, (_, i) =>
    inside(Math.floor(i / columns), rows) && inside(i % columns, columns) ? 1 : 0,
  );
}
