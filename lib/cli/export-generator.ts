import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { exportGenerator } from '../diffusion/exportGenerator.js';
import { exportInt8Generator } from '../diffusion/exportInt8Generator.js';
import { averagedWeights, readGeneratorCheckpoint } from '../diffusion/generatorCheckpoint.js';
import { rng } from '../random/rng.js';
import { writeWhole } from '../runs/files.js';
import { claimFolder, type OutputKind } from '../runs/outputFolder.js';
import { projectPath, runsPath } from '../runs/paths.js';
import { inWords } from '../runs/systemProblem.js';
import { promptCaptions } from '../tiers/world/images.js';
import { BATCH, numberOption } from './numbers.js';

/** Captions that show the range of numbers for the model in 8 bits. */
const INT8_CAPTIONS = 16;

const MODEL_FOLDER: OutputKind = {
  what: 'an exported generator',
  marker: 'record.json',
  isOurs: (content) => (content as { what?: string } | null)?.what === 'training of the text-to-image model',
};

/** `synclr export-generator`: a training run's averaged weights as a model folder in diffusers' ONNX layout. */
export function exportGeneratorCommand(): Command {
  return new Command('export-generator')
    .option('--run <folder>', 'the run folder', runsPath('generator-laptop'))
    .option('--out <folder>', 'the model folder', projectPath('data', 'models', 'generator-laptop'))
    .addOption(numberOption('--batch <n>', 'images a call of the network makes', BATCH, { fallback: 16 }))
    .option('--int8', 'compute the large products in 8 bits: faster, images differ by a few of 255')
    .action(async ({ run, out, batch, int8 }) => {
      const checkpoint = readGeneratorCheckpoint(run);
      claimFolder(out, MODEL_FOLDER);
      // The record first: it is how the folder is known.
      for (const [from, to] of [
        ['run.json', 'record.json'],
        ['loss.jsonl', 'loss.jsonl'],
      ]) {
        writeWhole(
          path.join(out, to),
          inWords(run, () => readFileSync(path.join(run, from))),
        );
      }
      const generator = {
        config: checkpoint.config.model,
        weights: averagedWeights(checkpoint),
        tokenizer: checkpoint.tokenizer,
        batch,
      };
      if (int8) {
        const prompts = rng(0, 'int8 captions').sample(promptCaptions('laptop'), INT8_CAPTIONS);
        await exportInt8Generator(out, { ...generator, prompts });
      } else {
        exportGenerator(out, generator);
      }
      console.log(`step ${checkpoint.step}: ${out}`);
    });
}
