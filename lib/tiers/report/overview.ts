import { generatorScenes, type SceneSet } from '../../data/scenes.js';
import type { OverviewData } from '../../figures/figure1Overview.js';
import { pictureUri } from '../../figures/pictures.js';
import { paperNumbers } from '../../runs/published.js';
import { type EncoderConfig, paperSynclr } from '../../synclr/config.js';
import { tierConcepts } from '../world/captions.js';
import { encoderRecord } from '../world/encoder.js';
import { type Tier, tierSettings } from '../world/settings.js';

/** A few of the scenes that the tier's generator is trained on. */
export function tierScenesOfGenerator(tier: Tier, { count = 16, seed = 0 } = {}): Promise<SceneSet> {
  return generatorScenes({ concepts: tierConcepts(tier), count, seed, size: tierSettings(tier).size });
}

/**
 * Figure 1: the paper's numbers beside ours.
 * @param ours accuracies in percent, as the experiment `figure1` has them; what was not run is missing
 */
export async function overviewData(
  tier: Tier,
  ours: Partial<Record<'CLIP' | 'StableRep' | 'SynCLR', number>>,
): Promise<OverviewData> {
  const paper = paperNumbers().figure1;
  const scenes = await tierScenesOfGenerator(tier);
  const images = await Promise.all(
    [0, 1, 2].map((i) => pictureUri({ width: scenes.size, height: scenes.size, data: scenes.render(i).image })),
  );
  return {
    paperLabel: 'paper',
    oursLabel: 'ours',
    rows: [
      {
        title: 'learning from data',
        inputs: [
          { kind: 'data', label: 'real captions' },
          { kind: 'data', label: 'real images', images },
        ],
        method: 'CLIP',
        learner: 'e.g. CLIP',
        paper: paper.CLIP,
        ours: ours.CLIP ?? null,
      },
      {
        title: 'hybrid',
        inputs: [
          { kind: 'data', label: 'real captions' },
          { kind: 'model', label: 'image generator' },
        ],
        method: 'StableRep',
        learner: 'e.g. StableRep',
        paper: paper.StableRep,
        ours: ours.StableRep ?? null,
      },
      {
        title: 'learning from models',
        inputs: [
          { kind: 'model', label: 'language model' },
          { kind: 'model', label: 'image generator' },
        ],
        method: 'SynCLR',
        learner: 'SynCLR',
        paper: paper.SynCLR,
        ours: ours.SynCLR ?? null,
      },
    ],
  };
}

/** Table 12: the settings of the paper's final run beside those of the laptop tier's, as its record has them. */
export function settingsTable(): { setting: string; paper: string; laptop: string }[] {
  const describe = ({ model, captions, imagesPerCaption, steps, warmup, ...c }: EncoderConfig) => ({
    'captions × images': `${captions} × ${imagesPerCaption}`,
    encoder: `${model.depth} blocks of ${model.width}, ${model.image} px, patch ${model.patch}`,
    steps: String(steps),
    'warm-up': String(warmup),
    'peak learning rate': String(c.peakLearningRate),
    'weight decay': c.weightDecay.join(' → '),
    betas: c.betas.join(', '),
    temperature: String(c.temperature),
    'teacher momentum': `${c.teacherMomentum} → ${c.teacherMomentumEnd ?? 1}`,
    'local crops': `${c.crops.locals} of ${c.crops.local.size} px`,
    'head: hidden, output': `${c.head.hidden}, ${c.head.output}`,
    'prototypes (iBOT)': c.ibot ? String(c.ibot.head.prototypes) : '–',
  });
  const ours = encoderRecord('synclr').config as unknown as EncoderConfig;
  const [paper, laptop] = [describe(paperSynclr), describe(ours)];
  return Object.keys(paper).map((setting) => ({
    setting,
    paper: paper[setting as keyof typeof paper],
    laptop: laptop[setting as keyof typeof laptop],
  }));
}
