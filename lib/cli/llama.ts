import type { Command } from 'commander';
import type { LlamaOptions, TextCompleter } from '../captions/index.js';
import { type Progress, progress } from '../runs/progress.js';

/** Adds the options of the commands that run a language model. */
export function withLlamaOptions(command: Command): Command {
  return command
    .requiredOption('--gguf <file>', 'the language model, any GGUF file')
    .option('--seed <n>', 'seed of the prompts and of the sampling', Number, 0)
    .option('--sequences <n>', 'prompts decoded side by side', Number)
    .option('--threads <n>', 'processor threads', Number);
}

/** The model and how it is run, as the command line says; what it doesn't say is left to the library. */
export function llamaOptions({
  gguf,
  sequences,
  threads,
}: {
  gguf: string;
  sequences?: number;
  threads?: number;
}): LlamaOptions & { gguf: string } {
  return {
    gguf,
    ...(sequences === undefined ? {} : { sequences }),
    ...(threads === undefined ? {} : { threads }),
  };
}

/** Does work that shows what its model runs on, and a bar with rate and time left; the bar ends however the work does. */
export async function withProgress<T>(
  unit: string,
  work: (shows: {
    onOpen: (completer: TextCompleter) => void;
    onProgress: (done: number, count: number, note?: string) => void;
  }) => Promise<T>,
): Promise<T> {
  let bar: Progress | undefined;
  let before = 0;
  let total = 0;
  try {
    return await work({
      onOpen({ device }) {
        process.stderr.write(`${device}\n`);
        // From here, not from what an earlier run did, and without the loading of the model: so the rate is true.
        bar = progress({ label: unit, total, unit, start: before });
      },
      onProgress(done, count, note) {
        bar?.tick(done - before, note);
        before = done;
        total = count;
      },
    });
  } finally {
    bar?.done();
  }
}
