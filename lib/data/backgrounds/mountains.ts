import type { Rng } from '../../random/rng.js';
import { between, type Canvas, type Colour, fillBelow, fillShape, hex, mix, spike, vary, wavyLine } from '../canvas.js';
import type { Background } from './background.js';
import { drawSky } from './sky.js';

const ROCKS = ['#6d7f9c', '#7a7f8f', '#5d7390', '#81788f'].map(hex);
const WHITE = hex('#ffffff');

/** One peak: lit on the left, shaded on the right, snow above a zigzag line. */
function drawPeak(canvas: Canvas, rng: Rng, x: number, top: number, half: number, rock: Colour): void {
  const bottom = 0.88; // the foothill covers the rest
  spike(canvas, x, top, bottom, half, mix(rock, WHITE, 0.22));
  const slope = half / (bottom - top);
  // Triangle waves: cheaper than sines, and as jagged as rock.
  const zigzag = (t: number) => Math.abs(t - 2 * Math.floor(t / 2) - 1) - 0.5;
  const shade = (u: number, v: number) => Math.max(x + 0.035 * zigzag(v * 12) - u, u - x - slope * (v - top));
  fillShape(canvas, shade, mix(rock, hex('#1f2a44'), 0.35), [x - 0.02, top, x + half, bottom]);
  const snow = top + between(rng, 0.1, 0.17);
  const cap = (u: number, v: number) =>
    Math.max((Math.abs(u - x) - slope * (v - top)) * 0.7, v - snow - 0.055 * zigzag((u - x) * 24));
  fillShape(canvas, cap, WHITE, [x - slope * (snow + 0.05 - top), top, x + slope * (snow + 0.05 - top), snow + 0.05], {
    alpha: 0.95,
  });
}

/** A range of snow-capped peaks behind a green foothill. */
export const mountains: Background = {
  name: 'mountains',
  words: ['mountains', 'mountain', 'peaks', 'alps', 'hills', 'cliff'],
  phrases: ['in the mountains', 'in front of snowy peaks', 'on a mountain', 'high in the mountains'],
  draw(canvas, rng) {
    drawSky(canvas, rng, { horizon: 0.7, clouds: 2 });
    const rock = vary(rng, rng.choice(ROCKS));
    const far = mix(rock, hex('#bcd3ea'), 0.45);
    const peaks = 3 + rng.int(2);
    const shift = rng.uniform();
    for (let i = 0; i < peaks; i++) {
      const x = ((i + shift) / peaks) * 1.3 - 0.15;
      const back = i % 2 === 0;
      const top = back ? between(rng, 0.12, 0.26) : between(rng, 0.24, 0.36);
      drawPeak(canvas, rng, x, top, between(rng, 0.42, 0.58), back ? far : rock);
    }
    const hill = wavyLine(rng, 0.8);
    const green = vary(rng, hex('#5f8f4e'), 30);
    fillBelow(canvas, (x) => 0.8 + 0.04 * hill(x), mix(green, hex('#c4d8a0'), 0.3), mix(green, hex('#1d3b22'), 0.5));
  },
};
