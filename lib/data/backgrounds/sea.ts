import { between, ellipse, fillBelow, fillGradient, hex, mix, vary, wavyLine } from '../canvas.js';
import type { Background } from './background.js';
import { drawSky } from './sky.js';

const WATERS = ['#1f78b8', '#1a8bbd', '#2369a8', '#2597b5'].map(hex);
const DEEP = hex('#0a3566');
const FOAM = hex('#dff3fb');

/** Open water to the horizon, row after row of waves. */
export const sea: Background = {
  name: 'sea',
  words: ['sea', 'ocean', 'water', 'waves'],
  phrases: ['in the sea', 'on the ocean', 'in the waves', 'on the open sea'],
  draw(canvas, rng) {
    const horizon = between(rng, 0.22, 0.42);
    drawSky(canvas, rng, { horizon, clouds: 2 });
    const water = vary(rng, rng.choice(WATERS));
    fillGradient(canvas, mix(water, FOAM, 0.3), water, horizon, 1);
    const rows = 6;
    for (let row = 0; row < rows; row++) {
      const near = (row + 1) / rows;
      const base = horizon + (1 - horizon) * near ** 1.4 * 0.95;
      const line = wavyLine(rng, 3.2 - 1.6 * near);
      const swell = 0.006 + 0.022 * near;
      const crest = mix(water, FOAM, 0.55 - 0.2 * near);
      fillBelow(canvas, (x) => base + swell * line(x), crest, crest, 0.04);
      fillBelow(
        canvas,
        (x) => base + swell * line(x) + 0.012 + 0.01 * near,
        mix(water, DEEP, 0.15 * near),
        mix(water, DEEP, 0.75),
        row < rows - 1 ? 0.28 : 1,
      );
    }
    for (let i = 0; i < 9; i++) {
      const y = between(rng, horizon + 0.05, 1);
      ellipse(canvas, rng.uniform(), y, between(rng, 0.03, 0.08), 0.006, FOAM, { alpha: 0.5, soft: 0.01 });
    }
  },
};
