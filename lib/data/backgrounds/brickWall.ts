import { between, fillGradient, hex, mix, rectangle, vary } from '../canvas.js';
import type { Background } from './background.js';

const BRICKS = ['#b5533c', '#a8472f', '#c26a4a', '#8f4a3c', '#bd7a55'].map(hex);
const MORTARS = ['#d9cfc3', '#c7bdb2', '#e3dccf'].map(hex);

/** Running bond: every second row shifted by half a brick, each brick of its own tone. */
export const brickWall: Background = {
  name: 'brick wall',
  words: ['brick wall', 'wall', 'bricks', 'alley'],
  phrases: ['in front of a brick wall', 'against a brick wall', 'on a brick wall', 'by a wall of bricks'],
  draw(canvas, rng) {
    const mortar = rng.choice(MORTARS);
    const brick = vary(rng, rng.choice(BRICKS));
    fillGradient(canvas, mortar, mix(mortar, hex('#8a8178'), 0.35));
    const rows = 8 + rng.int(4);
    const height = 1 / rows;
    const width = height * between(rng, 2, 2.5);
    const joint = 0.14 * height;
    const offset = rng.uniform();
    const lift = rng.uniform();
    for (let row = -1; row <= rows; row++) {
      const y = (row + lift) * height;
      for (let x = -width * (offset + (row % 2 === 0 ? 0 : 0.5)); x < 1; x += width) {
        const tone = vary(rng, brick, 34);
        rectangle(canvas, [x, y, x + width - joint, y + height - joint], tone);
        rectangle(
          canvas,
          [x, y + height - 1.9 * joint, x + width - joint, y + height - joint],
          mix(tone, hex('#3a1c12'), 0.3),
        );
      }
    }
  },
};
