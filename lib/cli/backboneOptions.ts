import { type Command, Option } from 'commander';
import { normalisations } from '../pictures/normalise.js';
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
