import { between, ellipse, fillBelow, fillGradient, hex, mix, vary, wavyLine } from '../canvas.js';
import type { Background } from './background.js';

const DUNES = ['#e0a050', '#d98e48', '#e6b062', '#d07c42'].map(hex);
const SKIES = ['#f6d9a8', '#f9c98c', '#efe0bf', '#f3b98a'].map(hex);
const SHADE = hex('#8f4f26');

/** Three rows of dunes, each darker on its far side, under a hot hazy sky. */
export const desert: Background = {
  name: 'desert',
  words: ['desert', 'dunes', 'dune', 'sahara'],
  phrases: ['in a desert', 'among desert dunes', 'in the dry desert', 'on a dune'],
  draw(canvas, rng) {
    const sky = vary(rng, rng.choice(SKIES));
    const horizon = between(rng, 0.38, 0.55);
    fillGradient(canvas, mix(sky, hex('#6db3d6'), between(rng, 0.25, 0.7)), sky, 0, horizon + 0.08);
    const dune = vary(rng, rng.choice(DUNES));
    for (let row = 0; row < 3; row++) {
      const line = wavyLine(rng, 0.55 + 0.15 * row);
      const base = horizon + 0.16 * row;
      const near = row / 2;
      const body = mix(mix(dune, sky, 0.45), dune, near);
      const height = (x: number) => base + (0.045 + 0.02 * row) * line(x);
      fillBelow(canvas, height, mix(body, hex('#fff0c8'), 0.3), mix(body, SHADE, 0.18 + 0.12 * near));
      const slip = wavyLine(rng, 0.5);
      fillBelow(canvas, (x) => height(x) + 0.09 + 0.07 * slip(x), body, mix(body, SHADE, 0.35));
    }
    for (let i = 0; i < 6; i++) {
      const y = between(rng, horizon + 0.36, 0.99);
      ellipse(canvas, rng.uniform(), y, between(rng, 0.06, 0.14), 0.007, SHADE, { alpha: 0.3, soft: 0.015 });
    }
  },
};
