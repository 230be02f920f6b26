/**
 * Resizing and averaging along one axis are linear maps: here are their matrices, [out][in]. An image is mapped by one
 * matrix per axis, and the gradient is the transposed matrices, whatever the sizes.
 */
export type Matrix = readonly Float32Array[];

export const transposed = (matrix: Matrix): Matrix =>
  Array.from({ length: matrix[0].length }, (_, i) => Float32Array.from(matrix, (row) => row[i]));

/** All rows one after the other. */
export function flatten(matrix: Matrix): Float32Array {
  const columns = matrix[0].length;
  const data = new Float32Array(matrix.length * columns);
  for (const [i, row] of matrix.entries()) data.set(row, i * columns);
  return data;
}

/** How an output position finds its place among the inputs. */
export interface Alignment {
  /** The first and last places of both coincide. */
  readonly alignCorners: boolean;
  /** Places are the middles of pixels. */
  readonly halfPixelCenters: boolean;
}

function scaleOf(inputs: number, outputs: number, { alignCorners }: Alignment): number {
  return alignCorners && outputs > 1 ? (inputs - 1) / (outputs - 1) : inputs / outputs;
}

/** Linear interpolation, as TensorFlow.js's ResizeBilinear does it on each axis. */
export function linearMatrix(inputs: number, outputs: number, alignment: Alignment): Matrix {
  const scale = scaleOf(inputs, outputs, alignment);
  return Array.from({ length: outputs }, (_, o) => {
    const source = alignment.halfPixelCenters ? scale * (o + 0.5) - 0.5 : scale * o;
    const low = Math.max(0, Math.floor(source));
    const high = Math.min(inputs - 1, Math.ceil(source));
    const row = new Float32Array(inputs);
    // Before the first middle, both neighbours are the first pixel and the fraction has no effect.
    const fraction = low === high ? 0 : source - low;
    row[low] += 1 - fraction;
    row[high] += fraction;
    return row;
  });
}

/** The input that each output of ResizeNearestNeighbor reads. */
export function nearestPlaces(inputs: number, outputs: number, alignment: Alignment): number[] {
  const scale = scaleOf(inputs, outputs, alignment);
  const { alignCorners, halfPixelCenters } = alignment;
  return Array.from({ length: outputs }, (_, o) => {
    const source = scale * (halfPixelCenters ? o + 0.5 : o);
    return Math.max(0, Math.min(inputs - 1, alignCorners ? Math.round(source) : Math.floor(source)));
  });
}

/** Each output is one of the inputs. */
export const selectionMatrix = (places: readonly number[], inputs: number): Matrix =>
  places.map((place) => {
    const row = new Float32Array(inputs);
    row[place] = 1;
    return row;
  });

/** The mean of each window's inputs; places of padding are not counted. */
export function averageMatrix(window: {
  size: number;
  out: number;
  kernel: number;
  stride: number;
  begin: number;
}): Matrix {
  return Array.from({ length: window.out }, (_, o) => {
    const start = o * window.stride - window.begin;
    const [from, to] = [Math.max(0, start), Math.min(window.size, start + window.kernel)];
    return new Float32Array(window.size).fill(1 / (to - from), from, to);
  });
}
