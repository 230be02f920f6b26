import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { rng } from '../random/rng.js';
import { sha256 } from '../runs/files.js';
import { initVit } from '../synclr/vit.js';
import type { Backbone, MapOptions } from '../synclr/weights/mapBackbone.js';
import { readBackbone } from '../synclr/weights/readBackbone.js';

/** An encoder that a fine-tuning starts from, its name, and the hash of its file for the record. */
export interface StartingEncoder {
  name: string;
  backbone: Pick<Backbone, 'params' | 'config' | 'normalisation'>;
  inputs: Record<string, string>;
}

/** @param randomInit takes the architecture of the file, with fresh weights drawn from the seed */
export function startingEncoder(
  from: string,
  { randomInit = false, seed, ...open }: { randomInit?: boolean; seed: number } & MapOptions,
): StartingEncoder {
  const { params, config, normalisation } = readBackbone(from, open);
  if (randomInit) {
    const fresh = initVit(rng(seed, 'untrained'), config);
    return { name: 'random init', backbone: { params: fresh, config, normalisation }, inputs: {} };
  }
  const inside = path.join(from, 'encoder.safetensors');
  const file = statSync(from).isDirectory() && existsSync(inside) ? inside : from;
  const name = path.basename(from).replace(/^encoder-|\.\w+$/g, '');
  return { name, backbone: { params, config, normalisation }, inputs: { encoder: sha256(readFileSync(file)) } };
}
