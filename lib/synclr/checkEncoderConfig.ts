import { InputError } from '../errors.js';
import type { EncoderConfig } from './config.js';
import { maskSizes } from './masking.js';
import { objectiveOf } from './objectives.js';

/** Refuses a config whose parts do not fit together. */
export function checkEncoderConfig(config: EncoderConfig): void {
  const { objective, model, crops, steps, ibot, dino, clip } = config;
  const { hasTeacher, readsCaptions = false, problems: own } = objectiveOf(config);
  const sizes = [...crops.globals.map((recipe) => recipe.size), ...(crops.locals > 0 ? [crops.local.size] : [])];
  const problems = [
    ...sizes.filter((size) => size % model.patch !== 0).map((size) => `crops of ${size} px, patches of ${model.patch}`),
    ...crops.globals
      .filter((recipe) => recipe.size !== model.image)
      .map((recipe) => `global crops of ${recipe.size} px for a model of ${model.image} px`),
    ...(Number.isInteger(steps) && steps > 0 ? [] : [`${steps} steps`]),
    ...own(config),
    ...(hasTeacher || !ibot ? [] : [`iBOT with ${objective}, which has no teacher`]),
    ...(hasTeacher || !dino ? [] : [`DINO's loss with ${objective}, which has no teacher`]),
    ...(hasTeacher || crops.locals === 0 ? [] : [`local crops with ${objective}`]),
    ...(readsCaptions && !clip ? [`${objective} without a text tower`] : []),
    ...(clip && !readsCaptions ? [`a text tower with ${objective}`] : []),
    ...chunkProblems(config),
  ];
  if (problems.length > 0) {
    throw new InputError({
      where: 'EncoderConfig',
      expected: 'parts that fit together',
      found: problems.join('; '),
      fix: 'start from laptopSynclr, laptopStableRep, laptopClip, or their paper forms',
    });
  }
}

/** Chunks must be whole, and no chunk may hold masked and unmasked images: they are graphs of different shapes. */
function chunkProblems(config: EncoderConfig): string[] {
  const { chunk, captions, imagesPerCaption } = config;
  if (!chunk) return [];
  const images = captions * imagesPerCaption * objectiveOf(config).cropsPerImage;
  const masked = maskSizes(config).images;
  const fits = Number.isInteger(chunk) && chunk > 0 && images % chunk === 0 && masked % chunk === 0;
  return fits ? [] : [`chunks of ${chunk} for ${images} images, ${masked} of them masked`];
}
