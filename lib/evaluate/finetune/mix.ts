import type { Rng } from '../../random/rng.js';
import { type HostTensor, hostTensor } from '../../runs/hostTensor.js';

/** Mixup (Zhang et al., 2018) and CutMix (Yun et al., 2019) as timm mixes a batch: each image with its mirror in the batch's order. */
export interface MixSettings {
  /** α of Beta(α, α) for mixup; 0: never */
  mixup: number;
  /** α of Beta(α, α) for CutMix; 0: never */
  cutmix: number;
  /** a batch is mixed with this probability */
  probability: number;
  /** and by CutMix with this one, where both are possible */
  switchProbability: number;
}

/** What is done to a batch: `share` of each image stays, and the rest comes from the last, the last but one, …. */
export interface Mix {
  share: number;
  /** the rectangle that comes from the other image, for CutMix */
  box?: MixBox;
}

export interface MixBox {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** A draw from Beta(α, α), by Jöhnk's method: quick for the α ≤ 1 of these augmentations. */
export function drawBeta(rng: Rng, alpha: number): number {
  for (;;) {
    const x = rng.uniform() ** (1 / alpha);
    const y = rng.uniform() ** (1 / alpha);
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}

export function drawMix(rng: Rng, { mixup, cutmix, probability, switchProbability }: MixSettings, size: number): Mix {
  if ((mixup <= 0 && cutmix <= 0) || !rng.bernoulli(probability)) return { share: 1 };
  const cut = cutmix > 0 && (mixup <= 0 || rng.bernoulli(switchProbability));
  const share = drawBeta(rng, cut ? cutmix : mixup);
  return cut ? cutMix(share, rng.int(size), rng.int(size), size) : { share };
}

/** The square of area 1 − share around a centre, cut at the border; `share` becomes what is really left. */
export function cutMix(share: number, centreY: number, centreX: number, size: number): Mix {
  const side = Math.trunc(size * Math.sqrt(1 - share));
  const range = (centre: number) => [Math.max(0, centre - (side >> 1)), Math.min(size, centre + ((side + 1) >> 1))];
  const [[top, bottom], [left, right]] = [range(centreY), range(centreX)];
  return { share: 1 - ((bottom - top) * (right - left)) / (size * size), box: { top, bottom, left, right } };
}

/** Mixes a batch of images [B, S, S, 3] in place. */
export function mixImages({ data, shape }: HostTensor, { share, box }: Mix): void {
  if (share === 1) return;
  const [batch, size] = shape;
  const pixels = size * size * 3;
  const all = data as Float32Array;
  for (let i = 0; 2 * i < batch - 1; i++) {
    const first = all.subarray(i * pixels, (i + 1) * pixels);
    const second = all.subarray((batch - 1 - i) * pixels, (batch - i) * pixels);
    if (box) swapBox(first, second, size, box);
    else blendPair(first, second, share);
  }
}

function blendPair(first: Float32Array, second: Float32Array, share: number): void {
  for (let i = 0; i < first.length; i++) {
    const [a, b] = [first[i], second[i]];
    first[i] = share * a + (1 - share) * b;
    second[i] = share * b + (1 - share) * a;
  }
}

function swapBox(first: Float32Array, second: Float32Array, size: number, { top, bottom, left, right }: MixBox): void {
  for (let y = top; y < bottom; y++) {
    const [from, to] = [3 * (y * size + left), 3 * (y * size + right)];
    const kept = first.slice(from, to);
    first.set(second.subarray(from, to), from);
    second.set(kept, from);
  }
}

/**
 * Targets of a mixed batch, [B, classes]: a class has 1 − s + s/classes of an image and every other s/classes, for a label
 * smoothing s; then both images' targets are mixed as the images are.
 */
export function mixTargets(
  labels: ArrayLike<number>,
  { classes, smoothing, share }: { classes: number; smoothing: number; share: number },
): HostTensor {
  const batch = labels.length;
  const targets = new Float32Array(batch * classes).fill(smoothing / classes);
  for (let i = 0; i < batch; i++) {
    targets[i * classes + labels[i]] += share * (1 - smoothing);
    targets[i * classes + labels[batch - 1 - i]] += (1 - share) * (1 - smoothing);
  }
  return hostTensor(targets, [batch, classes]);
}
