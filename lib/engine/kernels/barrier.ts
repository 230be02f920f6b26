import { recordKernel } from '../trace.js';

/** The engine's own: its tensors as they are, but a compiler merges nothing across it. See `recompute` in lib/nn. */
export const BARRIER = 'SynclrBarrier';

/** Of the domain `synclr`: only the device `xla` knows it. */
recordKernel(BARRIER, (graph, { list }) =>
  graph.nodes1(
    'Barrier',
    list,
    list.map(({ shape }) => shape),
    list.map(({ dtype }) => dtype),
    {},
    'synclr',
  ),
);
