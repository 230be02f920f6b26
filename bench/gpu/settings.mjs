import * as configs from '../../lib/dist/synclr/config.js';
import { configOf } from '../cluster/train.mjs';

/** What is trained: the paper's ViT-B/16 at 224 px, the laptop's encoder, or a toy to try the bench with; no stochastic depth. */
export function settingsOf(size, images) {
  const base = { paper: configs.paperSynclr, laptop: configs.laptopSynclr }[size];
  if (!base && size !== 'toy') throw new Error(`no size "${size}": paper, laptop, toy`);
  const config = base ?? configOf({ size, objective: 'synclr' });
  const captions = images / config.imagesPerCaption;
  // All images at once, on one device: the peer does so, too.
  const { chunk: _, ...whole } = config;
  return { ...whole, captions, distinctClasses: false, model: { ...config.model, dropPath: 0 } };
}
