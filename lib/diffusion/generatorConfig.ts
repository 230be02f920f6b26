import { InputError } from '../errors.js';

/** The shape of the small text-to-image model: a text encoder and a diffusion transformer on pixels. */
export interface GeneratorConfig {
  /** side of the square image in pixels */
  imageSize: number;
  /** side of the patch a token stands for */
  patch: number;
  /** side of the overlapping window a token reads and draws (see windows.ts) */
  window: number;
  width: number;
  depth: number;
  heads: number;
  mlpRatio: number;
  /** words of a prompt, more are cut */
  maxTokens: number;
  vocabularySize: number;
  /** transformer layers of the text encoder */
  textDepth: number;
}

/** The laptop tier's model: 64 × 64 pixels in 64 tokens, 4.6 M parameters. */
export function generatorConfig({
  imageSize = 64,
  patch = 8,
  window = 12,
  width = 192,
  depth = 6,
  heads = 3,
  mlpRatio = 4,
  maxTokens = 20,
  textDepth = 1,
  vocabularySize,
}: Partial<GeneratorConfig> & { vocabularySize: number }): GeneratorConfig {
  const refuse = (expected: string, found: string) => {
    throw new InputError({ where: 'generatorConfig', expected, found, fix: 'change the sizes' });
  };
  if (imageSize % patch !== 0) refuse('imageSize a multiple of patch', `${imageSize} and ${patch}`);
  if (window < patch || window >= 3 * patch || (window - patch) % 2 !== 0) {
    refuse('window ≥ patch, below 3·patch, by an even number larger', `${window} and ${patch}`);
  }
  if (width % heads !== 0 || width % 4 !== 0) refuse('width a multiple of heads and of 4', `${width} and ${heads}`);
  return { imageSize, patch, window, width, depth, heads, mlpRatio, maxTokens, vocabularySize, textDepth };
}
