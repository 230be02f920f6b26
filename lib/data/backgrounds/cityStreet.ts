import { between, fillGradient, hex, mix, rectangle, vary } from '../canvas.js';
import type { Background } from './background.js';
import { drawSky } from './sky.js';

const WALLS = ['#c9a58a', '#a9b4c0', '#d9c3a0', '#b57d6b', '#8d9aa8', '#cfd3d6'].map(hex);
const GLASS = ['#ffe9a8', '#3f5873', '#9fc4de'].map(hex);

/** A row of houses with windows, a pavement, a road with a dashed line. */
export const cityStreet: Background = {
  name: 'city street',
  words: ['city street', 'city', 'street', 'road', 'downtown', 'town'],
  phrases: ['on a city street', 'in the city', 'on a street', 'in front of city buildings'],
  draw(canvas, rng) {
    const kerb = between(rng, 0.64, 0.74);
    drawSky(canvas, rng, { horizon: kerb + 0.1, clouds: 1 });
    for (let x = -0.1 * rng.uniform(); x < 1; ) {
      const width = between(rng, 0.17, 0.3);
      const top = between(rng, 0.06, 0.34);
      const wall = vary(rng, rng.choice(WALLS), 18);
      const glass = rng.choice(GLASS);
      rectangle(canvas, [x, top, x + width, kerb], wall);
      rectangle(canvas, [x + width - 0.014, top, x + width, kerb], mix(wall, hex('#20242c'), 0.45));
      rectangle(canvas, [x, top, x + width, top + 0.016], mix(wall, hex('#20242c'), 0.3));
      const columns = 2 + rng.int(2);
      const pitch = (width - 0.03) / columns;
      for (let y = top + 0.05; y < kerb - 0.1; y += 0.1) {
        for (let c = 0; c < columns; c++) {
          const left = x + 0.012 + (c + 0.18) * pitch;
          const pane = rng.bernoulli(0.75) ? glass : mix(glass, hex('#1d2733'), 0.7);
          rectangle(canvas, [left, y, left + pitch * 0.6, y + 0.055], pane);
        }
      }
      x += width;
    }
    const road = vary(rng, hex('#565b63'), 20);
    rectangle(canvas, [0, kerb, 1, kerb + 0.075], vary(rng, hex('#b9bcbd'), 12));
    rectangle(canvas, [0, kerb + 0.06, 1, kerb + 0.078], hex('#84878a'));
    fillGradient(canvas, road, mix(road, hex('#24272c'), 0.5), kerb + 0.078, 1);
    const line = (kerb + 1.09) / 2;
    const start = between(rng, -0.2, 0);
    for (let x = start; x < 1; x += 0.27) rectangle(canvas, [x, line, x + 0.15, line + 0.022], hex('#f2eed8'));
  },
};
