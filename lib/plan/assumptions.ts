import { GPUS } from './gpus.js';

/**
 * The constants of the cost model. `where` is printed with every plan: what is ours was measured (bench/README.md), what is
 * not is published, and nothing is guessed in silence.
 */
export interface Assumption {
  readonly value: number;
  readonly means: string;
  readonly where: string;
}

const TRT = 'NVIDIA TensorRT-LLM 0.6.1, docs/source/performance.md, A100 in 16 bits: LLaMA 7B';
const { a100 } = GPUS;

export const ASSUMPTIONS = {
  promptTokens: {
    value: 72,
    means: 'tokens of a prompt',
    where: 'ours, bench/captions (the world’s prompts, Gemma’s tokens)',
  },
  captionTokens: {
    value: 12,
    means: 'tokens of a caption',
    where: 'ours, bench/captions; a larger model writes longer ones: --caption-tokens',
  },
  // Of 128 + 128 tokens 5 586 a second come out, of 2 048 + 128 tokens 591: two equations in the two times below.
  readToken: {
    value: (128 / 591 - 128 / 5586) / (2048 - 128),
    means: 'seconds a token of a prompt on an A100; less with the operations of another GPU',
    where: TRT,
  },
  writeToken: {
    value: 1 / 5586 - (128 / 591 - 128 / 5586) / (2048 - 128),
    means: 'seconds a token of a caption on an A100; less with the bandwidth of another GPU',
    where: TRT,
  },
  sequences: { value: 384, means: 'captions written at once', where: TRT },
  picture: {
    value: 0.8,
    means: 'seconds a picture on an A100; less with the operations of another GPU',
    where: 'StableRep’s authors (spec §3): Stable Diffusion 1.5, 512 px; 2.2 s on a V100, where this model says 2.0',
  },
  pictureBytes: {
    value: 1.31,
    means: 'bytes a pixel, stored as lossless WebP',
    where: 'ours: 80 photographs of foods at half their size; JPEG of quality 95 takes 0.66, PNG 1.70',
  },
  captionBytes: {
    value: 50,
    means: 'bytes a caption in a log (.jsonl.gz)',
    where: 'ours, data/captions/emoji-laptop.jsonl.gz: 1 005 520 bytes of 20 000',
  },
  utilisation: {
    value: 0.26,
    means: 'share of a GPU’s operations that training a ViT reaches, communication included',
    where: 'arXiv 2205.01580: ViT-S/16 through XLA, 90 epochs of ImageNet in 7 hours on 4 TPU v3 of 123 TFLOP/s',
  },
  cropRate: {
    value: (128 * (64 ** 2 + 4 * 24 ** 2)) / 0.1,
    means: 'pixels of crops that a processor core makes in a second; reading pictures is not in it',
    where: 'ours, bench/training-loop: 128 pictures with four local crops in 100 ms',
  },
} as const satisfies Record<string, Assumption>;

/** Seconds a caption of so many tokens takes. */
export function secondsOfCaption(
  gpu: { operations: number; bandwidth: number },
  { promptTokens, captionTokens }: { promptTokens: number; captionTokens: number },
): number {
  const { readToken, writeToken } = ASSUMPTIONS;
  const reading = promptTokens * readToken.value * (a100.operations / gpu.operations);
  return reading + captionTokens * writeToken.value * (a100.bandwidth / gpu.bandwidth);
}

/** Seconds a picture takes. */
export const secondsOfPicture = (gpu: { operations: number }): number =>
  ASSUMPTIONS.picture.value * (a100.operations / gpu.operations);
