import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { filled } from '../../nn/init.js';
import type { HostTensors } from '../../runs/hostTensor.js';

/** Gains on the two branches of every block (Touvron et al., 2021), named as in timm; 1 at first, so that nothing changes (spec §5.4). */
export function initLayerScale({ width, depth }: { width: number; depth: number }): HostTensors {
  const names = Array.from({ length: depth }, (_, i) => [`blocks.${i}.ls1.gamma`, `blocks.${i}.ls2.gamma`]).flat();
  return Object.fromEntries(names.map((name) => [name, filled([width], 1)]));
}

/** The same backbone with the gains multiplied into the last layer of each branch; without gains, as it is. */
export function foldLayerScale(p: NamedTensors): NamedTensors {
  const folded = { ...p };
  for (const name of Object.keys(p)) {
    const [, block, branch] = /^(.*blocks\.\d+)\.ls([12])\.gamma$/.exec(name) ?? [];
    if (!block) continue;
    const layer = `${block}.${branch === '1' ? 'attn.proj' : 'mlp.fc2'}`;
    for (const part of ['weight', 'bias']) folded[`${layer}.${part}`] = tf.mul(p[`${layer}.${part}`], p[name]);
  }
  return folded;
}
