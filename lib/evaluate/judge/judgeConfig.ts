import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import type { JudgeNetConfig } from './judgeNet.js';

/** All that decides what a training of the judge computes, besides the code: compared when it is resumed. */
export interface JudgeConfig {
  net: JudgeNetConfig;
  steps: number;
  /** pictures a step */
  batch: number;
  /** of AdamW and, by Muon's scale, of Muon; warmed up, then a cosine to 0 */
  peakLearningRate: number;
  warmup: number;
  weightDecay: number;
  /** share of the target that is spread over all answers */
  smoothing: number;
  /** the moving average's last decay; the average is what judges */
  emaLimit: number;
  seed: number;
}

/** The laptop tier's judge: 200 concepts, 64 pixels, 2.2 M parameters. */
export function judgeConfig({
  concepts = 200,
  imageSize = 64,
  widths = [32, 64, 128, 256],
  blocks = [1, 2, 2, 1],
  steps = 2400,
  batch = 64,
  seed = 0,
  ...rest
}: Partial<Omit<JudgeConfig, 'net'> & JudgeNetConfig> = {}): JudgeConfig {
  return {
    net: { imageSize, widths, blocks, concepts, backgrounds: BACKGROUNDS.length },
    steps,
    batch,
    peakLearningRate: rest.peakLearningRate ?? 3e-3,
    warmup: rest.warmup ?? Math.ceil(steps / 20),
    weightDecay: rest.weightDecay ?? 0.05,
    smoothing: rest.smoothing ?? 0.1,
    emaLimit: rest.emaLimit ?? 0.998,
    seed,
  };
}
