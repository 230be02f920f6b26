import { between, ellipse, fillBelow, fillGradient, hex, mix, rectangle, spike, vary, wavyLine } from '../canvas.js';
import type { Background } from './background.js';

const LEAVES = ['#2f6b34', '#3a7a33', '#28603f', '#4b7d2c'].map(hex);
const BARKS = ['#5b4027', '#4a3524', '#6b4b2e'].map(hex);
const MIST = hex('#cfe3c2');

/** Trunks in three depths under a dark canopy, ferns on the ground. */
export const forest: Background = {
  name: 'forest',
  words: ['forest', 'woods', 'jungle', 'woodland', 'trees'],
  phrases: ['in a forest', 'in the woods', 'among the trees', 'in a deep forest'],
  draw(canvas, rng) {
    const leaf = vary(rng, rng.choice(LEAVES));
    const bark = vary(rng, rng.choice(BARKS), 10);
    const ground = between(rng, 0.66, 0.8);
    fillGradient(canvas, mix(leaf, MIST, 0.35), mix(leaf, MIST, 0.7), 0, ground + 0.05);
    for (let depth = 0; depth < 3; depth++) {
      const near = depth / 2;
      const tone = mix(mix(bark, MIST, 0.55), bark, near);
      const trunks = 5 - depth;
      for (let i = 0; i < trunks; i++) {
        const x = (i + rng.uniform()) / trunks;
        const half = between(rng, 0.012, 0.02) * (1 + 1.6 * near);
        rectangle(canvas, [x - half, 0, x + half, ground + 0.04 + 0.05 * near], tone);
        rectangle(canvas, [x + half * 0.35, 0, x + half, ground + 0.04 + 0.05 * near], mix(tone, hex('#20140b'), 0.35));
      }
      for (let i = 0; i < 5; i++) {
        const tint = mix(mix(leaf, MIST, 0.35), leaf, near);
        ellipse(
          canvas,
          (i + rng.uniform()) / 5,
          between(rng, -0.05, 0.1 - 0.04 * near),
          0.17,
          between(rng, 0.1, 0.17),
          tint,
          {
            soft: 0.02,
          },
        );
      }
    }
    const floor = wavyLine(rng, 0.8);
    const soil = mix(leaf, hex('#1e2f14'), 0.35);
    fillBelow(canvas, (x) => ground + 0.02 * floor(x), mix(soil, MIST, 0.2), mix(soil, hex('#10200c'), 0.4));
    for (let i = 0; i < 26; i++) {
      const y = between(rng, ground + 0.05, 1.02);
      spike(
        canvas,
        rng.uniform(),
        y - between(rng, 0.05, 0.1),
        y,
        0.016,
        mix(leaf, hex('#9cc95a'), rng.uniform() * 0.6),
        {
          lean: between(rng, -0.03, 0.03),
        },
      );
    }
  },
};
