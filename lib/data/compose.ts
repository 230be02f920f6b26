import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import { backgroundNamed } from './backgrounds/index.js';
import { makeCanvas } from './canvas.js';
import type { Family } from './families.js';
import { Mipmap } from './mipmap.js';
import type { Pose } from './pose.js';
import { SPRITE_RIM } from './spriteRender.js';
import type { Sprite, SpriteSource } from './sprites.js';

/** A scene in plain JSON: everything needed to draw it, and its ground truth. */
export interface SceneSpec<Drawer extends string = Family> {
  readonly background: string;
  /** Which variant of the background. */
  readonly backgroundSeed: number;
  /** Drawn in this order: a later one covers an earlier one. */
  readonly objects: readonly SceneObject<Drawer>[];
}

export interface SceneObject<Drawer extends string = Family> {
  readonly concept: string;
  /** whose drawing: a family, or a name of one's own */
  readonly family: Drawer;
  readonly pose: Pose;
}

export interface Scene {
  /** [size, size, 3] */
  readonly image: Uint8Array;
  /** [size, size]: 0 where the background shows, i + 1 where object i covers more than half of the pixel. */
  readonly mask: Uint8Array;
}

/** Mipmaps are derived from sprites alone; they live as long as the sprites do. */
const mipmaps = new WeakMap<Sprite, Mipmap>();

function mipmapOf(sprite: Sprite): Mipmap {
  let mipmap = mipmaps.get(sprite);
  if (!mipmap) {
    mipmap = new Mipmap(sprite);
    mipmaps.set(sprite, mipmap);
  }
  return mipmap;
}

/** Draws a scene: the background, then each object through an inverse affine map, bilinear on a mipmap level. */
export function composeScene<Drawer extends string = Family>(
  spec: SceneSpec<Drawer>,
  sprites: SpriteSource<Drawer>,
  { size = 64 }: { size?: number } = {},
): Scene {
  if (!(Number.isInteger(size) && size >= 8)) {
    throw new InputError({
      where: 'composeScene: size',
      expected: 'a whole number of pixels, 8 or more',
      found: String(size),
      fix: 'the laptop tier uses 64',
    });
  }
  const canvas = makeCanvas(size);
  backgroundNamed(spec.background).draw(canvas, rng(spec.backgroundSeed, 'background', spec.background));
  const mask = new Uint8Array(size * size);
  // A pose gives the size of the drawing, which is a rim smaller than its sprite.
  const margin = sprites.size / (sprites.size - 2 * SPRITE_RIM);
  for (const [i, object] of spec.objects.entries()) {
    const level = mipmapOf(sprites.get(object.concept, object.family)).level(object.pose.scale * size * margin);
    pasteSprite(canvas.data, mask, size, level, { ...object.pose, scale: object.pose.scale * margin }, i + 1);
  }
  return { image: canvas.data, mask };
}

/** Blends the premultiplied sprite over `image`, and writes `label` where its alpha is above a half. */
function pasteSprite(
  image: Uint8Array,
  mask: Uint8Array,
  size: number,
  { size: side, data }: Sprite,
  { x, y, scale, angle, flip }: Pose,
  label: number,
): void {
  const ratio = side / (scale * size); // sprite pixels to a scene pixel
  const cos = Math.cos(angle) * ratio;
  const sin = Math.sin(angle) * ratio;
  const half = (scale / 2) * size * (Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle)));
  const x0 = Math.max(0, Math.floor(x * size - half));
  const x1 = Math.min(size, Math.ceil(x * size + half));
  const y0 = Math.max(0, Math.floor(y * size - half));
  const y1 = Math.min(size, Math.ceil(y * size + half));
  const mirror = flip ? -1 : 1;
  const centre = side / 2 - 0.5;
  const limit = side - 1;
  for (let py = y0; py < y1; py++) {
    const dy = py + 0.5 - y * size;
    for (let px = x0; px < x1; px++) {
      const dx = px + 0.5 - x * size;
      const u = mirror * (cos * dx + sin * dy) + centre;
      const v = cos * dy - sin * dx + centre;
      // The sprite has a transparent rim: nothing is lost by leaving out what is half a pixel outside.
      if (u < 0 || v < 0 || u >= limit || v >= limit) continue;
      const iu = u | 0;
      const iv = v | 0;
      const fu = u - iu;
      const fv = v - iv;
      const a = 4 * (iv * side + iu);
      const b = a + 4;
      const c = a + 4 * side;
      const d = c + 4;
      if ((data[a + 3] | data[b + 3] | data[c + 3] | data[d + 3]) === 0) continue;
      const wa = (1 - fu) * (1 - fv);
      const wb = fu * (1 - fv);
      const wc = (1 - fu) * fv;
      const wd = fu * fv;
      const alpha = wa * data[a + 3] + wb * data[b + 3] + wc * data[c + 3] + wd * data[d + 3];
      if (alpha === 0) continue;
      const keep = 1 - alpha / 255;
      const p = py * size + px;
      const o = 3 * p;
      image[o] = wa * data[a] + wb * data[b] + wc * data[c] + wd * data[d] + image[o] * keep + 0.5;
      image[o + 1] =
        wa * data[a + 1] + wb * data[b + 1] + wc * data[c + 1] + wd * data[d + 1] + image[o + 1] * keep + 0.5;
      image[o + 2] =
        wa * data[a + 2] + wb * data[b + 2] + wc * data[c + 2] + wd * data[d + 2] + image[o + 2] * keep + 0.5;
      if (alpha > 127.5) mask[p] = label;
    }
  }
}
