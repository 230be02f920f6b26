import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { exportGenerator } from '../diffusion/exportGenerator.js';
import { averagedWeights, readGeneratorCheckpoint } from '../diffusion/generatorCheckpoint.js';
import { projectPath } from '../runs/paths.js';

/** `synclr export-generator`: a training run's averaged weights as a model folder in diffusers' ONNX layout. */
export function exportGeneratorCommand(): Command {
  return new Command('export-generator')
    .description('write the trained text-to-image model as ONNX files, with the record of its training')
    .option('--run <folder>', 'the run folder', projectPath('runs', 'generator-laptop'))
    .option('--out <folder>', 'the model folder', projectPath('data', 'models', 'generator-laptop'))
    .option('--batch <n>', 'images a call of the network makes', Number, 16)
    .action(({ run, out, batch }) => {
      const checkpoint = readGeneratorCheckpoint(run);
      mkdirSync(out, { recursive: true });
      copyFileSync(path.join(run, 'run.json'), path.join(out, 'record.json'));
      copyFileSync(path.join(run, 'loss.jsonl'), path.join(out, 'loss.jsonl'));
      exportGenerator(out, {
        config: checkpoint.config.model,
        weights: averagedWeights(checkpoint),
        tokenizer: checkpoint.tokenizer,
        batch,
      });
      console.log(`step ${checkpoint.step}: ${out}`);
    });
}
