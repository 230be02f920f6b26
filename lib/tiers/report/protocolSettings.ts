import { type FinetuneConfig, paperFinetuneB } from '../../evaluate/finetune/config.js';
import { PROBE_RATES } from '../../evaluate/linearProbe.js';
import { paperSegmentationB, type SegmentationConfig } from '../../evaluate/segmentation/config.js';
import { PROTOCOLS } from '../judging/evaluateAll.js';

type Settings = Record<string, string>;

function finetuneSettings(c: FinetuneConfig): Settings {
  const augment = c.randAugment;
  return {
    epochs: String(c.epochs),
    'warm-up epochs': String(c.warmupEpochs),
    batch: String(c.batch),
    'base learning rate': String(c.baseLearningRate),
    'layer-wise decay': String(c.optimiser.layerDecay),
    'weight decay': String(c.optimiser.weightDecay),
    betas: c.optimiser.betas.join(', '),
    'drop path': String(c.dropPath),
    RandAugment: augment ? `${augment.magnitude}/${augment.deviation}` : 'none',
    'erasing, mixup, cutmix': [c.erasing, c.mix.mixup, c.mix.cutmix].join(', '),
    'label smoothing': String(c.labelSmoothing),
    'moving average': c.ema ? `${c.ema.decay}${c.ema.warm ? ', warmed up' : ''}` : 'none',
    'test crop ratio': String(c.testCropRatio),
    'crop area': c.area.join(' … '),
  };
}

function segmentationSettings(c: SegmentationConfig): Settings {
  return {
    head: c.head.name === 'upernet' ? `UperNet, ${c.head.channels} channels` : 'linear',
    'features after blocks': c.head.name === 'upernet' ? c.head.blocks.join(', ') : 'the last',
    steps: String(c.steps),
    'warm-up': String(c.warmup),
    batch: String(c.batch),
    'peak learning rate': String(c.peakLearningRate),
    'layer-wise decay': String(c.optimiser.layerDecay),
    'weight decay': String(c.optimiser.weightDecay),
    betas: c.optimiser.betas.join(', '),
    'drop path': String(c.dropPath),
    'crop, stride of windows': `${c.crop}, ${c.stride}`,
    'scales of training': c.augmentation.scale.join(' … '),
  };
}

/** Table 13 as printed, and what our probe does otherwise. */
function probeSettings(): [Settings, Settings] {
  const config = PROTOCOLS.probe.at('laptop').config as { epochs: number; batch: number; counts: { train: number } };
  const both = {
    optimiser: 'SGD, momentum 0.9',
    'weight decay': '0',
    'base rates': PROBE_RATES.join(', '),
    decay: 'cosine',
  };
  return [
    { ...both, epochs: '90', batch: '1024', pictures: '1.28 million', augmentation: 'random resized crop, flip' },
    {
      ...both,
      epochs: String(config.epochs),
      batch: String(config.batch),
      pictures: String(config.counts.train),
      augmentation: 'none: features are taken once',
    },
  ];
}

/** The settings of Table 13 (linear probe), 14 (fine-tuning) or 15 (segmentation): the paper's ViT-B beside the records'. */
export function protocolSettings(table: 13 | 14 | 15): { setting: string; paper: string; laptop: string }[] {
  const [paper, laptop] = pairOf(table);
  return Object.keys(paper).map((setting) => ({ setting, paper: paper[setting], laptop: laptop[setting] }));
}

function pairOf(table: 13 | 14 | 15): [Settings, Settings] {
  if (table === 13) return probeSettings();
  if (table === 14) {
    const ours = PROTOCOLS.finetune.at('laptop').config as unknown as FinetuneConfig;
    return [finetuneSettings(paperFinetuneB), finetuneSettings(ours)];
  }
  const ours = PROTOCOLS['segment-upernet'].at('laptop').config as unknown as SegmentationConfig;
  return [segmentationSettings(paperSegmentationB), segmentationSettings(ours)];
}
