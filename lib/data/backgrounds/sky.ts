import type { Rng } from '../../random/rng.js';
import { between, type Canvas, cloud, fillGradient, hex, mix, vary } from '../canvas.js';

const TOPS = ['#4f9fe0', '#5fb4ee', '#3f8ad4', '#72bdec'].map(hex);
const WHITE = hex('#ffffff');

/** A daytime sky from the top of the picture to `horizon`, with up to `clouds` clouds. */
export function drawSky(canvas: Canvas, rng: Rng, { horizon, clouds = 3 }: { horizon: number; clouds?: number }): void {
  const top = vary(rng, rng.choice(TOPS), 18);
  fillGradient(canvas, top, mix(top, WHITE, between(rng, 0.55, 0.8)), 0, Math.min(1, horizon + 0.05));
  const count = rng.int(clouds + 1);
  for (let i = 0; i < count; i++) {
    const width = between(rng, 0.22, 0.42);
    cloud(canvas, rng, rng.uniform(), between(rng, 0.08, 0.75 * horizon), width, WHITE, between(rng, 0.6, 0.9));
  }
}
