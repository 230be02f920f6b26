import { recordKernel } from '../trace.js';
import { gatherAlong } from './gather.js';

type Pads = readonly [number, number];

recordKernel('PadV2', (graph, { x }, { paddings, constantValue }) => {
  const pads = paddings as Pads[];
  if (pads.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((n, i) => n + pads[i][0] + pads[i][1]);
  const amounts = graph.int64([...pads.map((p) => p[0]), ...pads.map((p) => p[1])]);
  const value = graph.uniform((constantValue as number) ?? 0, [], x.dtype);
  return graph.node('Pad', [x, amounts, value], shape, x.dtype, { mode: 'constant' });
});

/** What each element of a mirrored axis reads: `reflect` leaves the edge out of the mirror, `symmetric` repeats it. */
export function mirrorPlaces(size: number, [before, after]: Pads, mode: 'reflect' | 'symmetric'): number[] {
  const skip = mode === 'reflect' ? 1 : 0;
  return Array.from({ length: before + size + after }, (_, i) => {
    const at = i - before;
    if (at < 0) return -at - 1 + skip;
    return at < size ? at : 2 * size - at - 1 - skip;
  });
}

recordKernel('MirrorPad', (graph, { x }, { paddings, mode }) =>
  (paddings as Pads[]).reduce(
    (y, pads, axis) =>
      pads[0] === 0 && pads[1] === 0
        ? y
        : gatherAlong(graph, y, mirrorPlaces(x.shape[axis], pads, mode as 'reflect' | 'symmetric'), axis),
    x,
  ),
);
