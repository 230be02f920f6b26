import { between, disc, ellipse, fillBelow, fillGradient, hex, mix, vary, wavyLine } from '../canvas.js';
import type { Background } from './background.js';
import { drawSky } from './sky.js';

const SANDS = ['#f0d9a0', '#ead08f', '#f6e2b3', '#e6c788'].map(hex);
const WATERS = ['#2fa4c7', '#35b5c9', '#2b8fc4', '#4cc3cf'].map(hex);
const FOAM = hex('#ffffff');

/** Sand in front, a strip of water with foam behind it. */
export const beach: Background = {
  name: 'beach',
  words: ['beach', 'sand', 'shore', 'seaside', 'coast'],
  phrases: ['on a beach', 'on the sand', 'at the seaside', 'on the shore'],
  draw(canvas, rng) {
    const horizon = between(rng, 0.3, 0.45);
    drawSky(canvas, rng, { horizon, clouds: 2 });
    const water = vary(rng, rng.choice(WATERS));
    const shore = horizon + between(rng, 0.14, 0.24);
    fillGradient(canvas, mix(water, hex('#0b4f86'), 0.35), mix(water, FOAM, 0.25), horizon - 0.02, shore + 0.1);
    const sand = vary(rng, rng.choice(SANDS));
    const edge = wavyLine(rng, 0.9);
    const tilt = between(rng, -0.1, 0.1);
    const line = (x: number) => shore + 0.02 * edge(x) + tilt * (x - 0.5);
    fillBelow(canvas, line, FOAM, FOAM, 0.05);
    fillBelow(canvas, (x) => line(x) + 0.022 + 0.008 * edge(1 - x), mix(sand, hex('#a97f4b'), 0.45), sand, 0.09);
    fillBelow(canvas, (x) => line(x) + 0.065, sand, mix(sand, hex('#d9ab62'), 0.5));
    for (let i = 0; i < 5; i++) {
      const y = between(rng, shore + 0.16, 1);
      ellipse(canvas, rng.uniform(), y, between(rng, 0.08, 0.18), 0.012, mix(sand, hex('#b98b4e'), 0.5), {
        alpha: 0.45,
        soft: 0.02,
      });
    }
    for (let i = 0; i < 22; i++) {
      const tone = rng.bernoulli(0.6) ? hex('#b48a52') : FOAM;
      disc(canvas, rng.uniform(), between(rng, shore + 0.12, 1), 0.006, tone, { alpha: 0.7 });
    }
  },
};
