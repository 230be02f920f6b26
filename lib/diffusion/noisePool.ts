import { type Rng, rng } from '../random/rng.js';

/**
 * Normal noise for training at the price of a copy: each draw is a stretch of one long precomputed sequence, from a random
 * place and with a random sign. Good for training, where noise is only averaged over; images are generated from
 * noise drawn afresh.
 */
export class NoisePool {
  private readonly pool: Float32Array;

  constructor(seed: number, { size = 2 ** 22 }: { size?: number } = {}) {
    this.pool = rng(seed, 'noise-pool').normals(size);
  }

  /** Fills `out` with a stretch chosen by `place`. */
  fill(out: Float32Array, place: Rng): void {
    const start = place.int(this.pool.length - out.length + 1);
    out.set(this.pool.subarray(start, start + out.length));
    if (place.bernoulli(0.5)) for (let i = 0; i < out.length; i++) out[i] = -out[i];
  }
}
