import { recordKernel } from '../trace.js';
import { castTo } from './cast.js';
import { gatherAlong } from './gather.js';
import { type Alignment, linearMatrix, nearestPlaces, selectionMatrix } from './matrices.js';
import { separable, separableGradient } from './separable.js';

const alignmentOf = (attrs: Record<string, unknown>): Alignment => ({
  alignCorners: Boolean(attrs.alignCorners),
  halfPixelCenters: Boolean(attrs.halfPixelCenters),
});

/** One linear interpolation matrix for each of height and width. */
function linearMatrices(from: readonly number[], to: readonly number[], attrs: Record<string, unknown>) {
  const alignment = alignmentOf(attrs);
  return [linearMatrix(from[1], to[0], alignment), linearMatrix(from[2], to[1], alignment)] as const;
}

recordKernel('ResizeBilinear', (graph, { images }, attrs) => {
  const [rows, columns] = linearMatrices(images.shape, attrs.size as number[], attrs);
  return separable(graph, castTo(graph, images, 'float32'), rows, columns);
});
recordKernel('ResizeBilinearGrad', (graph, { images, dy }, attrs) => {
  const [rows, columns] = linearMatrices(images.shape, [dy.shape[1], dy.shape[2]], attrs);
  return separableGradient(graph, dy, rows, columns);
});

/** The inputs that the outputs read, for each of height and width. */
function nearest(from: readonly number[], to: readonly number[], attrs: Record<string, unknown>) {
  const alignment = alignmentOf(attrs);
  return [nearestPlaces(from[1], to[0], alignment), nearestPlaces(from[2], to[1], alignment)] as const;
}

recordKernel('ResizeNearestNeighbor', (graph, { images }, attrs) => {
  const [rows, columns] = nearest(images.shape, attrs.size as number[], attrs);
  return gatherAlong(graph, gatherAlong(graph, images, rows, 1), columns, 2);
});
recordKernel('ResizeNearestNeighborGrad', (graph, { images, dy }, attrs) => {
  const [, height, width] = images.shape;
  const [rows, columns] = nearest(images.shape, [dy.shape[1], dy.shape[2]], attrs);
  return separableGradient(graph, dy, selectionMatrix(rows, height), selectionMatrix(columns, width));
});
