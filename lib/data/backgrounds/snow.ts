import { between, disc, fillBelow, fillGradient, hex, mix, spike, vary, wavyLine } from '../canvas.js';
import type { Background } from './background.js';

const SKIES = ['#b9cfe4', '#a9c4dd', '#c9d6e2', '#9fb9d6'].map(hex);
const WHITE = hex('#ffffff');

/** White drifts, a few snowy firs, flakes in the air. */
export const snow: Background = {
  name: 'snow',
  words: ['snow', 'winter', 'snowfield', 'ice', 'blizzard'],
  phrases: ['in the snow', 'in a snowy field', 'in winter snow', 'on a snowy hill'],
  draw(canvas, rng) {
    const sky = vary(rng, rng.choice(SKIES));
    const horizon = between(rng, 0.42, 0.6);
    fillGradient(canvas, mix(sky, hex('#6f8fb5'), 0.35), mix(sky, WHITE, 0.5), 0, horizon + 0.1);
    const far = wavyLine(rng, 0.9);
    const ridge = (x: number) => horizon - 0.03 + 0.05 * far(x);
    fillBelow(canvas, ridge, mix(WHITE, sky, 0.55), mix(WHITE, sky, 0.3));
    const firs = rng.int(6);
    for (let i = 0; i < firs; i++) {
      const x = rng.uniform();
      const foot = ridge(x) + between(rng, 0.03, 0.08);
      const height = between(rng, 0.12, 0.24);
      spike(canvas, x, foot - height, foot, height * 0.28, mix(hex('#2f5d55'), sky, 0.25));
      spike(canvas, x, foot - height, foot - height * 0.55, height * 0.15, mix(WHITE, sky, 0.15));
    }
    const near = wavyLine(rng, 0.7);
    fillBelow(canvas, (x) => horizon + 0.09 + 0.035 * near(x), WHITE, mix(WHITE, hex('#b4cbe8'), 0.75));
    const third = wavyLine(rng, 0.6);
    fillBelow(canvas, (x) => 0.82 + 0.05 * third(x), hex('#fbfdff'), mix(WHITE, hex('#b4cbe8'), 0.5));
    for (let i = 0; i < 34; i++) {
      disc(canvas, rng.uniform(), rng.uniform(), between(rng, 0.006, 0.014), WHITE, { alpha: 0.9 });
    }
  },
};
