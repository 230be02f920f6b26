import type { Rng } from '../random/rng.js';
import { between } from './canvas.js';

/** Where and how a sprite stands in a scene. */
export interface Pose {
  /** Centre, as fractions of the side; x to the right, y down. */
  readonly x: number;
  readonly y: number;
  /** Longer side of the drawing as a fraction of the scene's side. */
  readonly scale: number;
  /** Tilt in radians, clockwise. */
  readonly angle: number;
  /** Mirrored left to right. */
  readonly flip: boolean;
}

/** What poses are drawn from. */
export interface PoseRange {
  readonly scale: readonly [number, number];
  /** Tilts are within ± this, radians. */
  readonly tilt: number;
  /** Share of mirrored sprites. */
  readonly flip: number;
  /** The centre moves within this share of the free room around the sprite. */
  readonly shift: number;
}

/**
 * `narrow` is what a small text-to-image model learns from in minutes, `wide` what recognition is tested on.
 * How much poses vary decides how soon such a model draws recognisable things.
 */
export const POSE_RANGES = {
  narrow: { scale: [0.75, 0.88], tilt: 0.05, flip: 0, shift: 0.5 },
  wide: { scale: [0.55, 0.95], tilt: 0.2, flip: 0.5, shift: 1 },
} as const satisfies Record<string, PoseRange>;

export type PoseName = keyof typeof POSE_RANGES;

/** Several sprites share the picture: each is drawn at this multiple of its scale. */
const CROWD_SCALE = [1, 0.58, 0.54, 0.5];

/** Poses for `count` (1 to 4) objects in one scene; those of several stand in different quarters of the picture. */
export function drawPoses(rng: Rng, range: PoseRange, count = 1): Pose[] {
  const quarters = rng.shuffle([0, 1, 2, 3]);
  // Two objects stand in opposite quarters, left and right of each other.
  if (count === 2) quarters[1] = 3 - quarters[0];
  return Array.from({ length: count }, (_, i) => {
    const scale = between(rng, ...range.scale) * CROWD_SCALE[count - 1];
    const [left, top, side] = count === 1 ? [0, 0, 1] : [0.46 * (quarters[i] % 2), 0.46 * (quarters[i] >> 1), 0.54];
    const room = (Math.max(0, side - scale) / 2) * range.shift;
    return {
      x: left + side / 2 + between(rng, -room, room),
      y: top + side / 2 + between(rng, -room, room),
      scale,
      angle: between(rng, -range.tilt, range.tilt),
      flip: rng.bernoulli(range.flip),
    };
  });
}
