import { Command } from 'commander';
import { openJupyter } from '../notebook/jupyter.js';
import { runsPath } from '../runs/paths.js';
import { withBackboneOptions } from './backboneOptions.js';
import { backgroundsCommand } from './backgrounds.js';
import { captionsCommand } from './captions.js';
import { convert } from './convert.js';
import { dataCommand } from './data.js';
import { evaluateCommand } from './evaluate.js';
import { evaluateAllCommand } from './evaluate-all.js';
import { experimentCommand } from './experiment.js';
import { exportEncoderCommand } from './export-encoder.js';
import { exportGeneratorCommand } from './export-generator.js';
import { finetuneCommand } from './finetune.js';
import { generateCommand } from './generate.js';
import { kernelCommand } from './kernel.js';
import { measureGeneratorCommand } from './measure-generator.js';
import { mergeCaptionsCommand } from './merge-captions.js';
import { photographsCommand } from './photographs.js';
import { planCommand } from './plan.js';
import { reproduceCommand } from './reproduce.js';
import { runCommand } from './run.js';
import { segmentCommand } from './segment.js';
import { sheetCommand } from './sheet.js';
import { keepEncoder, trainEncoderCommand } from './train-encoder.js';
import { trainGeneratorCommand } from './train-generator.js';
import { trainJudgeCommand } from './train-judge.js';

/** The command line: every command, one file each. */
export function synclrCommands(): Command {
  const program = new Command('synclr').description(
    'Learning vision from generative models: SynCLR, from words to figures.',
  );
  program.enablePositionalOptions();

  program.commandsGroup('The whole, and notebooks:');
  program.addCommand(reproduceCommand());
  program.addCommand(planCommand());
  program
    .command('notebook')
    .description('open Jupyter with the TypeScript kernel of this repository')
    .argument('[args...]', 'passed on to Jupyter, options too: --port 9000, --no-browser, --allow-root')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      process.exitCode = await openJupyter({ args });
    });

  program.addCommand(runCommand());
  program.addCommand(kernelCommand());

  withBackboneOptions(program.command('convert'))
    .description('a notebook to its text, which is easier to edit, and back; or the ViT of a checkpoint to safetensors')
    .argument('<from>', 'a .ipynb or .ts file; or .pth, .safetensors or a run folder')
    .argument('<to>', 'the other; or a .safetensors file')
    .option('--timm', 'in the layout of timm, for PyTorch')
    .action(convert);

  program.commandsGroup('Captions, and data sets of others:');
  program.addCommand(dataCommand());
  program.addCommand(backgroundsCommand());
  program.addCommand(captionsCommand());
  program.addCommand(mergeCaptionsCommand());
  program.commandsGroup('Pictures:');
  program.addCommand(trainGeneratorCommand());
  program.addCommand(exportGeneratorCommand());
  program.addCommand(generateCommand());
  program.addCommand(trainJudgeCommand());
  program.addCommand(measureGeneratorCommand());
  program.addCommand(sheetCommand());
  program.commandsGroup('Encoders:');
  program.addCommand(trainEncoderCommand());
  program
    .command('keep-encoder')
    .description('copy a finished run to data/models, where the notebooks look for it')
    .option('--run <folder>', 'the run folder', runsPath('laptop', 'stablerep'))
    .action(keepEncoder);
  program.addCommand(exportEncoderCommand());
  program.commandsGroup('Judging, and experiments:');
  program.addCommand(evaluateCommand());
  program.addCommand(evaluateAllCommand());
  program.addCommand(photographsCommand());
  program.addCommand(segmentCommand());
  program.addCommand(finetuneCommand());
  program.addCommand(experimentCommand());
  return program;
}
