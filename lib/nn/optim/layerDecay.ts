/**
 * Layer-wise learning-rate decay of a ViT (spec §5.3): decay^(depth + 1 − id), with id 0 for patch embedding, positions and
 * tokens, i + 1 for block i, and depth + 1 for the last norm and the head. 0.65 for ViT-B and 0.8 for ViT-L (Table 14).
 *
 * @param name a parameter's name, with or without what comes before `blocks.…`
 * @returns the factor on its learning rate
 */
export function layerDecay(name: string, { depth, decay }: { depth: number; decay: number }): number {
  return decay ** (depth + 1 - layerOf(name, depth));
}

function layerOf(name: string, depth: number): number {
  const block = /(?:^|\.)blocks\.(\d+)\./.exec(name);
  if (block) return Number(block[1]) + 1;
  return isEmbedding(name) ? 0 : depth + 1;
}

const isEmbedding = (name: string) => /(?:^|\.)(cls_token|mask_token|pos_embed|patch_embed\..*)$/.test(name);

/** Weight decay in fine-tuning (spec §5.3): on matrices, but neither on positions nor on the class token. */
export function decaysInFineTuning(name: string, shape: readonly number[]): boolean {
  return shape.length >= 2 && !/(?:^|\.)(cls_token|pos_embed)$/.test(name);
}
