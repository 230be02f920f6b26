import { Command } from 'commander';

/** A command: its name, what it does, and the file that is read when it is asked for. */
type Entry = readonly [name: string, does: string, load: () => Promise<Command>];

/** Every command, one file each, as `synclr --help` lists them. */
const GROUPS: readonly (readonly [title: string, entries: readonly Entry[]])[] = [
  [
    'The whole, and notebooks:',
    [
      [
        'reproduce',
        'run every notebook headless and write its outputs and figures',
        async () => (await import('./reproduce.js')).reproduceCommand(),
      ],
      [
        'plan',
        'what the stages of the paper would take on so many GPUs: days, memory, bytes, and all that is assumed',
        async () => (await import('./plan.js')).planCommand(),
      ],
      [
        'notebook',
        'open Jupyter with the TypeScript kernel of this repository',
        async () => (await import('./notebook.js')).notebookCommand(),
      ],
      [
        'run',
        'run notebooks of yours headless: files, or folders of them',
        async () => (await import('./run.js')).runCommand(),
      ],
      ['kernel', 'the TypeScript kernel of this repository', async () => (await import('./kernel.js')).kernelCommand()],
      [
        'convert',
        'a notebook to its text, which is easier to edit, and back; or the ViT of a checkpoint to safetensors',
        async () => (await import('./convert.js')).convertCommand(),
      ],
    ],
  ],
  [
    'Captions, and data sets of others:',
    [
      [
        'data',
        'fetch a set of photographs or drawings that you name into runs/data; without a name, list them',
        async () => (await import('./data.js')).dataCommand(),
      ],
      [
        'backgrounds',
        'list backgrounds for each concept with a language model (resumes; stop it with Ctrl-C)',
        async () => (await import('./backgrounds.js')).backgroundsCommand(),
      ],
      [
        'captions',
        'write captions of concepts with a language model (resumes; stop it with Ctrl-C)',
        async () => (await import('./captions.js')).captionsCommand(),
      ],
      [
        'merge-captions',
        'merge the finished logs of all parts of a caption run',
        async () => (await import('./merge-captions.js')).mergeCaptionsCommand(),
      ],
    ],
  ],
  [
    'Pictures:',
    [
      [
        'train-generator',
        'train the text-to-image model of the emoji world (resumes; stop it with Ctrl-C)',
        async () => (await import('./train-generator.js')).trainGeneratorCommand(),
      ],
      [
        'export-generator',
        'write the trained text-to-image model as ONNX files, with the record of its training',
        async () => (await import('./export-generator.js')).exportGeneratorCommand(),
      ],
      [
        'generate',
        'make images of captions with a text-to-image model (resumes; stop it with Ctrl-C)',
        async () => (await import('./generate.js')).generateCommand(),
      ],
      [
        'train-judge',
        'train the judge of generated pictures on real scenes, and examine it (resumes; stop it with Ctrl-C)',
        async () => (await import('./train-judge.js')).trainJudgeCommand(),
      ],
      [
        'measure-generator',
        'sample with several guidance scales and numbers of steps, and measure (resumes; stop it with Ctrl-C)',
        async () => (await import('./measure-generator.js')).measureGeneratorCommand(),
      ],
      [
        'sheet',
        'a contact sheet: a random few captions of an image set with all their images, or images of a folder',
        async () => (await import('./sheet.js')).sheetCommand(),
      ],
    ],
  ],
  [
    'Encoders:',
    [
      [
        'train-encoder',
        'train an encoder on generated images, or for comparison on real ones (resumes; stop it with Ctrl-C)',
        async () => (await import('./train-encoder.js')).trainEncoderCommand(),
      ],
      [
        'keep-encoder',
        'copy a finished run to data/models, where the notebooks look for it',
        async () => (await import('./train-encoder.js')).keepEncoderCommand(),
      ],
      [
        'export-encoder',
        'write an encoder as one ONNX file: normalised images in, class token and patch features out',
        async () => (await import('./export-encoder.js')).exportEncoderCommand(),
      ],
    ],
  ],
  [
    'Judging, and experiments:',
    [
      [
        'evaluate',
        'judge a frozen encoder on tasks: logistic regression and nearest neighbours, with intervals',
        async () => (await import('./evaluate.js')).evaluateCommand(),
      ],
      [
        'evaluate-all',
        'judge the encoders by every protocol of the paper; what has a record of the same weights is kept',
        async () => (await import('./evaluate-all.js')).evaluateAllCommand(),
      ],
      [
        'photographs',
        'judge encoders on the photographs of `synclr data foods` and `stamps`; what has a record is kept',
        async () => (await import('./photographs.js')).photographsCommand(),
      ],
      [
        'segment',
        'train a segmentation head on an encoder, Table 7 (resumes; stop it with Ctrl-C)',
        async () => (await import('./segment.js')).segmentCommand(),
      ],
      [
        'finetune',
        'fine-tune an encoder for classification, Table 8 (resumes; stop it with Ctrl-C)',
        async () => (await import('./finetune.js')).finetuneCommand(),
      ],
      [
        'experiment',
        'run ablations of the paper in miniature (resumes; stop it with Ctrl-C)',
        async () => (await import('./experiment.js')).experimentCommand(),
      ],
    ],
  ],
];

/**
 * The command line. A command's file, and all that it needs, is read only where its name is among `asked`; of the others the
 * help knows what they do.
 *
 * @param asked by default all
 */
export async function synclrCommands(asked?: readonly string[]): Promise<Command> {
  const program = new Command('synclr').description(
    'Learning vision from generative models: SynCLR, from words to figures.',
  );
  program.enablePositionalOptions();
  for (const [title, entries] of GROUPS) {
    program.commandsGroup(title);
    for (const [name, does, load] of entries) {
      const command = !asked || asked.includes(name) ? await load() : new Command(name);
      program.addCommand(command.description(does));
    }
  }
  return program;
}
