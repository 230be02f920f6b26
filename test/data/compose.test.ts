import { describe, expect, it } from 'vitest';
import { composeScene, type SceneSpec } from '../../lib/data/compose.js';
import { conceptsNamed } from '../../lib/data/concepts.js';
import { drawPoses, POSE_RANGES } from '../../lib/data/pose.js';
import { loadSprites, type Sprite, type Sprites } from '../../lib/data/sprites.js';
import { InputError } from '../../lib/errors.js';
import { rng } from '../../lib/random/rng.js';

/** At this scale a 32-pixel sprite, whose rim is a pixel wide, covers a 32-pixel scene exactly. */
const upright = { x: 0.5, y: 0.5, scale: 30 / 32, angle: 0, flip: false };

/** A world of one sprite. */
function only(sprite: Sprite): Sprites {
  return { size: sprite.size, concepts: [], families: ['noto'], has: () => true, get: () => sprite };
}

function randomSprite(size: number): Sprite {
  const stream = rng(3, 'sprite');
  const data = new Uint8Array(size * size * 4);
  for (let y = 1; y < size - 1; y++) {
    for (let x = 1; x < size - 1; x++) {
      const i = 4 * (y * size + x);
      data[i + 3] = stream.int(256);
      for (let c = 0; c < 3; c++) data[i + c] = stream.int(data[i + 3] + 1);
    }
  }
  return { size, data };
}

function scene(pose: typeof upright, background = 'brick wall'): SceneSpec {
  return { background, backgroundSeed: 5, objects: [{ concept: 'any', family: 'noto', pose }] };
}

describe('composeScene', () => {
  const size = 32;
  const sprite = randomSprite(size);
  const empty = composeScene({ ...scene(upright), objects: [] }, only(sprite), { size });

  it('pixel on pixel is plain alpha compositing, and the mask is alpha above a half', () => {
    const { image, mask } = composeScene(scene(upright), only(sprite), { size });
    let compared = 0;
    for (let y = 1; y < size - 1; y++) {
      for (let x = 1; x < size - 1; x++) {
        const p = y * size + x;
        const alpha = sprite.data[4 * p + 3];
        for (let c = 0; c < 3; c++) {
          const over = sprite.data[4 * p + c] + empty.image[3 * p + c] * (1 - alpha / 255);
          expect(Math.abs(image[3 * p + c] - over)).toBeLessThanOrEqual(1);
        }
        expect(mask[p]).toBe(alpha > 127.5 ? 1 : 0);
        compared++;
      }
    }
    expect(compared).toBe(900);
    expect(empty.mask.every((label) => label === 0)).toBe(true);
  });

  it('a quarter turn and a flip move pixels as they should', () => {
    const at = (mask: Uint8Array, x: number, y: number) => mask[y * size + x];
    const { mask } = composeScene(scene(upright), only(sprite), { size });
    const turned = composeScene(scene({ ...upright, angle: Math.PI / 2 }), only(sprite), { size }).mask;
    const flipped = composeScene(scene({ ...upright, flip: true }), only(sprite), { size }).mask;
    for (let y = 1; y < size - 1; y++) {
      for (let x = 1; x < size - 1; x++) {
        // Clockwise: what was on top is now on the right.
        expect(at(turned, size - 1 - y, x)).toBe(at(mask, x, y));
        expect(at(flipped, size - 1 - x, y)).toBe(at(mask, x, y));
      }
    }
  });

  it('outside of the objects the background is untouched; later objects cover earlier ones', async () => {
    const sprites = await loadSprites({
      concepts: conceptsNamed(['soccer ball', 'key']),
      families: ['noto'],
      size: 48,
    });
    const object = (concept: string, scale: number) => ({
      concept,
      family: 'noto' as const,
      pose: { ...upright, scale },
    });
    const base = { background: 'meadow', backgroundSeed: 1 };
    const both = composeScene({ ...base, objects: [object('soccer ball', 0.9), object('key', 0.4)] }, sprites, {
      size,
    });
    const ball = composeScene({ ...base, objects: [object('soccer ball', 0.9)] }, sprites, { size });
    const key = composeScene({ ...base, objects: [object('key', 0.4)] }, sprites, { size });
    for (let p = 0; p < size * size; p++) expect(both.mask[p]).toBe(key.mask[p] === 1 ? 2 : ball.mask[p]);
    // A ball of diameter 0.9 · 32 covers π/4 of its square.
    const covered = ball.mask.reduce((sum, label) => sum + label, 0);
    expect(covered / (0.9 * size) ** 2).toBeCloseTo(Math.PI / 4, 1);
    const bare = composeScene({ ...base, objects: [] }, sprites, { size });
    expect([...ball.image.subarray(0, 3)]).toEqual([...bare.image.subarray(0, 3)]);
  });

  it('refuses a size that is none, and an unknown background', () => {
    expect(() => composeScene(scene(upright), only(sprite), { size: 0 })).toThrow(InputError);
    expect(() => composeScene(scene(upright, 'void'), only(sprite), { size })).toThrow(InputError);
  });
});

describe('drawPoses', () => {
  it('stays inside the named range, and in the picture', () => {
    for (const range of Object.values(POSE_RANGES)) {
      for (let count = 1; count <= 4; count++) {
        for (let i = 0; i < 100; i++) {
          const poses = drawPoses(rng(i, 'poses'), range, count);
          expect(poses).toHaveLength(count);
          for (const { x, y, scale, angle, flip } of poses) {
            if (count === 1) expect(scale).toBeGreaterThanOrEqual(range.scale[0]);
            const overlap = count === 1 ? 1e-9 : 0.01;
            expect(Math.min(x, y, 1 - x, 1 - y)).toBeGreaterThanOrEqual(scale / 2 - overlap);
            expect(scale).toBeLessThanOrEqual(range.scale[1]);
            expect(Math.abs(angle)).toBeLessThanOrEqual(range.tilt);
            if (range.flip === 0) expect(flip).toBe(false);
          }
        }
      }
    }
  });
});
