import { realScenes } from '../../../data/scenes.js';
import { type FinetuneConfig, laptopFinetune } from '../../../evaluate/finetune/config.js';
import { type FinetuneResult, finetune } from '../../../evaluate/finetune/finetune.js';
import { tierConcepts } from '../../world/captions.js';
import { type Tier, tierSettings } from '../../world/settings.js';
import { backboneOf } from '../judged.js';
import type { Protocol } from './protocol.js';

export interface FinetuneMetrics extends Pick<FinetuneResult, 'curve' | 'raw' | 'ema' | 'steps'> {
  classes: number;
  seconds: number;
}

const SIZES: Record<Tier, { scenes: { train: number; test: number }; epochs: number; batch: number }> = {
  smoke: { scenes: { train: 64, test: 32 }, epochs: 2, batch: 16 },
  laptop: { scenes: { train: 1600, test: 600 }, epochs: 4, batch: 64 },
};

/** Table 8's protocol on real scenes, fewer epochs of fewer pictures. Random init is training from scratch. */
export const finetuning: Protocol<FinetuneMetrics> = {
  name: 'finetune',
  mirrors: 'Table 8',
  needsBackbone: true,
  at(tier) {
    const { scenes, ...sizes } = SIZES[tier];
    const settings: FinetuneConfig = { ...laptopFinetune, ...sizes, warmupEpochs: 1, evaluateEvery: 1 };
    return {
      config: { ...settings, scenes, concepts: tierSettings(tier).concepts },
      async run(judged, { seed, signal }) {
        const { params, model, normalisation } = backboneOf(judged);
        const shared = { concepts: tierConcepts(tier), seed, size: model.image };
        const train = await realScenes({ ...shared, split: 'train', count: scenes.train });
        const test = await realScenes({ ...shared, split: 'test', count: scenes.test });
        const tuning = { ...settings, normalisation };
        const result = await finetune({ params, config: model }, { train, test }, tuning, { seed, signal });
        signal?.throwIfAborted();
        const { curve, raw, ema, steps, secondsPerStep } = result;
        return { curve, raw, ema, steps, classes: test.classes.length, seconds: secondsPerStep * steps };
      },
    };
  },
};
