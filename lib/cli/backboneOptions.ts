import path from 'node:path';
import { type Command, Option } from 'commander';
import { normalisations } from '../pictures/normalise.js';
import { projectPath } from '../runs/paths.js';
import type { MapOptions } from '../synclr/weights/mapBackbone.js';
import { backboneOf, type Judged, judgedFile, randomInit, rawPixels } from '../tiers/judging/judged.js';
import { numberOption } from './numbers.js';

/** Adds what a file of weights may leave open: which of its networks, and how its attention is cut into heads. */
export function withBackboneOptions(command: Command): Command {
  return command
    .option('--prefix <text>', 'what stands before the backbone’s names, where there are several')
    .addOption(
      numberOption(
        '--heads <n>',
        'attention heads, where the file does not say (weights look the same with any number)',
        { whole: true, least: 1, most: 256 },
        { example: 12 },
      ),
    );
}

/** The statistics that images are normalised with, where the encoder's file does not say. */
export const normalisationOption = () =>
  new Option('--normalisation <name>', 'mean and deviation of the images the encoder was trained on').choices(
    Object.keys(normalisations),
  );

/** Adds which encoder is meant, and what its file may leave open. */
export const withEncoderOptions = (command: Command): Command =>
  withBackboneOptions(command)
    .option(
      '--encoder <path>',
      'a run folder, .safetensors or .pth',
      projectPath('data', 'models', 'encoder-stablerep'),
    )
    .addOption(normalisationOption());

/** What the options of `withEncoderOptions` say. */
export interface EncoderChoice extends Pick<MapOptions, 'prefix' | 'heads' | 'normalisation'> {
  encoder: string;
  seed: number;
}

/** The chosen encoder, or a baseline in its place: its architecture before training, or the pixels of its pictures. */
export function chosenEncoder(
  { encoder, seed, prefix, heads, normalisation }: EncoderChoice,
  baseline?: 'random' | 'pixels',
): Judged {
  const name = path.basename(path.resolve(encoder)).replace(/^encoder-|\.\w+$/g, '');
  const trained = judgedFile(encoder, { name, prefix, heads, normalisation });
  if (baseline === 'pixels') return rawPixels(trained.size);
  return baseline === 'random' ? randomInit(backboneOf(trained), seed) : trained;
}
