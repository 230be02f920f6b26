import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import type { JudgeNetConfig } from './judgeNet.js';

/** A part of the training, with pictures of one size. */
export interface JudgePhase {
  /** side of the pictures in pixels */
  size: number;
  steps: number;
}

/** All that decides what a training of the judge computes, besides the code: compared when it is resumed. */
export interface JudgeConfig {
  net: JudgeNetConfig;
  /**
   * One after the other. The network has no fixed size: most is learnt from pictures of half the side, at a quarter of the
   * work, before the last phase shows those of `net.imageSize`.
   */
  phases: readonly JudgePhase[];
  /** pictures a step */
  batch: number;
  /** of AdamW and, by Muon's scale, of Muon */
  peakLearningRate: number;
  /** steps in which the learning rate rises from 0 */
  warmup: number;
  /** share of all steps in which it falls to 0, the last ones */
  decay: number;
  weightDecay: number;
  /** share of pictures that take on some of another's style inside the network */
  mixStyles: number;
  /** share of the target that is spread over all answers */
  smoothing: number;
  /** the moving average's last decay; the average is what judges */
  emaLimit: number;
  seed: number;
}

/** The laptop tier's judge: 200 concepts, 64 pixels, 2.1 M parameters. */
export function judgeConfig({
  concepts = 200,
  phases = [
    { size: 32, steps: 3000 },
    { size: 64, steps: 2000 },
  ],
  widths = [32, 64, 128, 256],
  blocks = [0, 2, 2, 1],
  batch = 64,
  seed = 0,
}: Partial<Pick<JudgeConfig, 'phases' | 'batch' | 'seed'> & JudgeNetConfig> = {}): JudgeConfig {
  const { size: imageSize } = phases[phases.length - 1];
  return {
    net: { imageSize, widths, blocks, concepts, backgrounds: BACKGROUNDS.length },
    phases,
    batch,
    peakLearningRate: 3e-3,
    warmup: 100,
    decay: 0.35,
    weightDecay: 0.05,
    mixStyles: 0.5,
    smoothing: 0.1,
    emaLimit: 0.998,
    seed,
  };
}

/** Steps of all phases. */
export function judgeSteps({ phases }: Pick<JudgeConfig, 'phases'>): number {
  return phases.reduce((sum, { steps }) => sum + steps, 0);
}

/** The learning rate of step `step`, counted from 0: up, level, down to almost 0. */
export function judgeRate(step: number, config: JudgeConfig): number {
  const total = judgeSteps(config);
  const up = Math.min(1, (step + 1) / Math.max(1, config.warmup));
  const down = Math.min(1, (total - step) / Math.max(1, config.decay * total));
  return config.peakLearningRate * up * down;
}
