/** Channel statistics of RGB in [0, 1]. */
export interface Normalisation {
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}

/**
 * The two sets of statistics in the paper's code (spec §4.7): `clip` in its fine-tuning and logistic regression, `imagenet` in
 * its training code. Use one throughout.
 */
export const normalisations = {
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
} as const satisfies Record<string, Normalisation>;

/** A set of statistics by its name, as configs and weights files have it. */
export type NormalisationName = keyof typeof normalisations;

/** Writes (rgb/255 − mean)/std into `out` from index `at` on. rgb: values in [0, 255], channels last. */
export function normaliseInto(
  out: Float32Array,
  at: number,
  rgb: Float32Array | Uint8Array,
  { mean, std }: Normalisation = normalisations.clip,
): void {
  for (let c = 0; c < 3; c++) {
    const scale = 1 / (255 * std[c]);
    const shift = mean[c] / std[c];
    for (let i = c; i < rgb.length; i += 3) out[at + i] = rgb[i] * scale - shift;
  }
}
