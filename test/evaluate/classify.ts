import { type ExtractFeatures, extractFeatures, type LabelledImages } from '../../lib/evaluate/features.js';
import { evaluateFeatures, type ProbeOptions } from '../../lib/evaluate/probe.js';

/** `evaluateFeatures` of what a frozen encoder says of pictures. */
export async function classify(
  extract: ExtractFeatures,
  { train, validation, test }: Record<'train' | 'validation' | 'test', LabelledImages>,
  options: ProbeOptions = {},
) {
  const features = (images: LabelledImages) => extractFeatures(extract, images);
  const splits = { train: await features(train), validation: await features(validation), test: await features(test) };
  return evaluateFeatures(splits, options);
}
