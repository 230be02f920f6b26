import { recordKernel } from '../trace.js';

/** A kernel that TensorFlow.js does not have: see `gelu` in lib/nn, which calls it where it is registered. */
export const GELU = 'SynclrGelu';

/** x·Φ(x), exact, in one pass. */
recordKernel(GELU, (graph, { x }) => graph.node('Gelu', [x], x.shape, x.dtype));
