import { type FeatureSet, featureSet } from '../../lib/evaluate/features.js';
import type { Rng } from '../../lib/random/rng.js';

/** Gaussian blobs, one a class; `spread` is the deviation inside a class, class centres have deviation 1. */
export function blobs(
  rng: Rng,
  { count, width, classes, spread }: { count: number; width: number; classes: number; spread: number },
  tag = 'rows',
): FeatureSet {
  const centres = rng.child('centres').normals(classes * width);
  const noise = rng.child(tag).normals(count * width);
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  const features = noise.map((z, i) => spread * z + centres[labels[Math.floor(i / width)] * width + (i % width)]);
  return featureSet(features, labels, { classes });
}
