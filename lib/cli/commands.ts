import { Command } from 'commander';
import { backgroundsCommand } from './backgrounds.js';
import { captionsCommand } from './captions.js';
import { convertCommand } from './convert.js';
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
import { notebookCommand } from './notebook.js';
import { photographsCommand } from './photographs.js';
import { planCommand } from './plan.js';
import { reproduceCommand } from './reproduce.js';
import { runCommand } from './run.js';
import { segmentCommand } from './segment.js';
import { sheetCommand } from './sheet.js';
import { keepEncoderCommand, trainEncoderCommand } from './train-encoder.js';
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
  program.addCommand(notebookCommand());
  program.addCommand(runCommand());
  program.addCommand(kernelCommand());
  program.addCommand(convertCommand());

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
  program.addCommand(keepEncoderCommand());
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
