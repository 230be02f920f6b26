import { between, disc, fillBelow, hex, mix, spike, vary, wavyLine } from '../canvas.js';
import type { Background } from './background.js';
import { drawSky } from './sky.js';

const GREENS = ['#6dbb3c', '#7cc24a', '#58a838', '#8fce55'].map(hex);
const FLOWERS = ['#ffffff', '#ffe14d', '#f58fb0', '#e5533c'].map(hex);
const DARK = hex('#2f7d2a');

/** Grass under a day sky: a far hill, blades, small flowers. */
export const meadow: Background = {
  name: 'meadow',
  words: ['meadow', 'grass', 'field', 'lawn', 'pasture'],
  phrases: ['in a meadow', 'on the grass', 'in a green field', 'in a grassy meadow'],
  draw(canvas, rng) {
    const horizon = between(rng, 0.4, 0.62);
    drawSky(canvas, rng, { horizon });
    const green = vary(rng, rng.choice(GREENS));
    const far = wavyLine(rng, 0.8);
    fillBelow(canvas, (x) => horizon - 0.04 + 0.05 * far(x), mix(green, hex('#9fd3a0'), 0.45));
    const near = wavyLine(rng, 0.6);
    fillBelow(canvas, (x) => horizon + 0.04 + 0.03 * near(x), green, mix(green, DARK, 0.55));
    for (let i = 0; i < 26; i++) {
      const y = between(rng, horizon + 0.12, 1.02);
      const x = rng.uniform();
      const blade = mix(green, rng.bernoulli(0.5) ? DARK : hex('#d9f29a'), 0.45);
      spike(canvas, x, y - 0.03 - 0.06 * (y - horizon), y, 0.012, blade, {
        lean: between(rng, -0.02, 0.02),
        alpha: 0.8,
      });
    }
    const flower = rng.choice(FLOWERS);
    const count = rng.int(12);
    for (let i = 0; i < count; i++) {
      const y = between(rng, horizon + 0.12, 0.98);
      disc(canvas, rng.uniform(), y, 0.008 + 0.012 * (y - horizon), flower);
    }
  },
};
