import type { NamedTensors } from '../../engine/step.js';
import type { tf } from '../../engine/tf.js';
import type { HostTensors } from '../../runs/hostTensor.js';
import { adamwUpdate, initAdamw } from './adamw.js';
import { initMuon, muonUpdate } from './muon.js';

/** The matrices inside transformer blocks go to Muon; embeddings, modulations, heads, biases and gains to AdamW. */
export function goesToMuon(name: string): boolean {
  return /(^|\.)blocks\.\d+\.(attn|mlp)\.\w+\.weight$/.test(name);
}

/** Fused projections are orthogonalised part by part. */
function partsOf(name: string): number {
  return name.endsWith('.qkv.weight') ? 3 : name.endsWith('.text_kv.weight') ? 2 : 1;
}

function splitGroups<T>(tensors: Record<string, T>): [muon: Record<string, T>, adamw: Record<string, T>] {
  const entries = Object.entries(tensors);
  return [
    Object.fromEntries(entries.filter(([name]) => goesToMuon(name))),
    Object.fromEntries(entries.filter(([name]) => !goesToMuon(name))),
  ];
}

/** Zero moments for `muonAdamwUpdate`. */
export function initMuonAdamw(params: HostTensors): HostTensors {
  const [muon, adamw] = splitGroups(params);
  return { ...initMuon(muon), ...initAdamw(adamw) };
}

/**
 * One update of a transformer: Muon on the matrices of its blocks, AdamW on the rest, as Muon's authors use it. `muonLr`
 * is by default `lr`, which our Muon's scale allows (see `muonUpdate`).
 */
export function muonAdamwUpdate({
  grads,
  muonLr,
  ...options
}: Omit<Parameters<typeof adamwUpdate>[0], 'lrScale'> & { muonLr?: tf.Scalar }): {
  params: NamedTensors;
  moments: NamedTensors;
} {
  const [muonGrads, adamwGrads] = splitGroups(grads);
  const muon = muonUpdate({ ...options, grads: muonGrads, lr: muonLr ?? options.lr, splits: partsOf });
  const adamw = adamwUpdate({ ...options, grads: adamwGrads });
  return { params: { ...muon.params, ...adamw.params }, moments: { ...muon.moments, ...adamw.moments } };
}
