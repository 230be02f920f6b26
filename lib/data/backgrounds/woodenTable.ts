import { between, ellipse, fillGradient, hex, mix, rectangle, vary } from '../canvas.js';
import type { Background } from './background.js';

const WOODS = ['#b98250', '#a56b3c', '#c99662', '#8c5a36'].map(hex);
const WALLS = ['#efe6d6', '#dfe8ea', '#e9dfe6', '#e3ead6'].map(hex);
const DARK = hex('#4a2a14');

/** Planks with grain and knots in front of a plain wall. */
export const woodenTable: Background = {
  name: 'wooden table',
  words: ['wooden table', 'table', 'desk', 'wood', 'wooden floor', 'kitchen'],
  phrases: ['on a wooden table', 'on a table', 'on a wooden desk', 'on brown wood'],
  draw(canvas, rng) {
    const edge = between(rng, 0.2, 0.42);
    const wood = vary(rng, rng.choice(WOODS));
    fillGradient(canvas, wood, wood);
    const wall = vary(rng, rng.choice(WALLS));
    fillGradient(canvas, wall, mix(wall, hex('#a89c8c'), 0.3), 0, edge);
    const planks = 4 + rng.int(2);
    let top = edge;
    for (let i = 0; i < planks; i++) {
      // Planks nearer to the eye are broader.
      const bottom = edge + (1 - edge) * ((i + 1) / planks) ** 1.25;
      const tone = vary(rng, wood, 26);
      fillGradient(canvas, mix(tone, hex('#f1cf9a'), 0.18), mix(tone, DARK, 0.12), top, bottom);
      const lines = 3 + rng.int(3);
      for (let k = 0; k < lines; k++) {
        const y = between(rng, top, bottom);
        const x = between(rng, -0.2, 0.8);
        rectangle(canvas, [x, y, x + between(rng, 0.3, 0.7), y + 0.008], mix(tone, DARK, 0.5), 0.5);
      }
      if (rng.bernoulli(0.5)) {
        const y = (top + bottom) / 2;
        const x = rng.uniform();
        ellipse(canvas, x, y, 0.05, 0.02, mix(tone, DARK, 0.4), { alpha: 0.7 });
        ellipse(canvas, x, y, 0.025, 0.009, mix(tone, DARK, 0.75), { alpha: 0.8 });
      }
      rectangle(canvas, [0, bottom - 0.008, 1, bottom], mix(tone, DARK, 0.75));
      top = bottom;
    }
    rectangle(canvas, [0, edge, 1, edge + 0.014], mix(wood, hex('#ffe3b8'), 0.45));
  },
};
