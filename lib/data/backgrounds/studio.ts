import { between, disc, ellipse, fillGradient, hex, mix, vary } from '../canvas.js';
import type { Background } from './background.js';

const PAPERS = ['#e8c4d8', '#bfdcd2', '#d9d4ee', '#f3dcc0', '#c9ddf2', '#dddddd', '#f0d3cf', '#e6ecb9'].map(hex);
const WHITE = hex('#ffffff');

/** A photographer's roll of plain coloured paper with a soft light and a shadow on the floor. */
export const studio: Background = {
  name: 'studio',
  words: ['studio', 'photo studio', 'backdrop', 'plain background', 'white background'],
  phrases: ['in a studio', 'on a plain background', 'in front of a studio backdrop', 'in a photo studio'],
  draw(canvas, rng) {
    const paper = vary(rng, rng.choice(PAPERS), 20);
    const shade = mix(paper, hex('#555a66'), between(rng, 0.2, 0.35));
    const floor = between(rng, 0.68, 0.8);
    fillGradient(canvas, shade, paper, 0, floor);
    fillGradient(canvas, mix(paper, WHITE, 0.25), shade, floor - 0.02, 1);
    disc(canvas, between(rng, 0.25, 0.75), between(rng, 0.25, 0.5), 0.12, mix(paper, WHITE, 0.85), {
      alpha: 0.7,
      soft: 0.8,
    });
    ellipse(canvas, between(rng, 0.42, 0.58), 0.9, 0.2, 0.03, mix(shade, hex('#2c2f38'), 0.4), {
      alpha: 0.6,
      soft: 0.1,
    });
  },
};
