import { between, disc, fillBelow, fillGradient, hex, mix, vary, wavyLine } from '../canvas.js';
import type { Background } from './background.js';

const TOPS = ['#0b1038', '#140f3d', '#071a3e', '#1a1240'].map(hex);
const GLOWS = ['#31407e', '#4a3576', '#27557f', '#5b3a6e'].map(hex);
const STAR = hex('#fff6d8');

/** Stars of several sizes over a dark gradient, a black hill below. */
export const nightSky: Background = {
  name: 'night sky',
  words: ['night sky', 'night', 'stars', 'starry sky', 'dark sky', 'space', 'midnight'],
  phrases: ['in the night sky', 'at night under the stars', 'against a starry sky', 'at night'],
  draw(canvas, rng) {
    const top = vary(rng, rng.choice(TOPS), 10);
    const glow = vary(rng, rng.choice(GLOWS), 16);
    fillGradient(canvas, top, glow);
    if (rng.bernoulli(0.5)) {
      const x = rng.uniform();
      const y = between(rng, 0.1, 0.6);
      disc(canvas, x, y, 0.05, mix(glow, STAR, 0.35), { alpha: 0.35, soft: 0.5 });
    }
    for (let i = 0; i < 60; i++) {
      const bright = rng.uniform();
      disc(canvas, rng.uniform(), between(rng, 0, 0.95), 0.004 + 0.009 * bright ** 3, STAR, {
        alpha: 0.45 + 0.55 * bright,
      });
    }
    const hill = wavyLine(rng, 0.8);
    const height = between(rng, 0.84, 1.02);
    fillBelow(canvas, (x) => height + 0.04 * hill(x), mix(top, hex('#000000'), 0.55));
  },
};
