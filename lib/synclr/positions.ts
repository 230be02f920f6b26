import { type HostTensor, hostTensor } from '../engine/host.js';

/** Keys' cubic kernel as PyTorch's `interpolate(mode='bicubic')` has it: A = −0.75, four taps at distance t ∈ [0, 1). */
function cubicTaps(t: number): [number, number, number, number] {
  const a = -0.75;
  const near = (x: number) => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/** One axis of the resize, [to, from]: coordinates with the scale from/(to + 0.1), clamped at the border. */
function axisMatrix(from: number, to: number): Float64Array {
  const scale = from / (to + 0.1);
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const at = (i + 0.5) * scale - 0.5;
    const first = Math.floor(at);
    cubicTaps(at - first).forEach((weight, tap) => {
      const j = Math.min(from - 1, Math.max(0, first - 1 + tap));
      matrix[i * from + j] += weight;
    });
  }
  return matrix;
}

/**
 * The matrix [to², from²] that resizes a from × from grid of position embeddings to to × to, bicubic, with DINO's trick:
 * the scale (to + 0.1)/from serves for the sampling coordinates too (§4.1 of the specification).
 *
 * As a matrix it is one product in the graph, and the embedding gets its gradient from the local crops.
 */
export function positionResizeMatrix(from: number, to: number): HostTensor {
  const axis = axisMatrix(from, to);
  const data = new Float32Array(to * to * from * from);
  for (let row = 0; row < to; row++)
    for (let column = 0; column < to; column++)
      for (let i = 0; i < from; i++)
        for (let j = 0; j < from; j++)
          data[((row * to + column) * from + i) * from + j] = axis[row * from + i] * axis[column * from + j];
  return hostTensor(data, [to * to, from * from]);
}
