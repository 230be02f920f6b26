import { type Command, Option } from 'commander';
import type { TextCompleter } from '../captions/completer.js';
import type { LlamaOptions } from '../captions/llm.js';
import type { ServerOptions } from '../captions/server.js';
import { InputError } from '../errors.js';
import { type Progress, progress } from '../runs/progress.js';
import { atMostCores, COUNT, numberOption, SEED, THREADS } from './numbers.js';

/** Adds the options of the commands that run a language model. */
export function withLlamaOptions(command: Command): Command {
  return withSamplingOptions(command.requiredOption('--gguf <file>', 'the language model, any GGUF file'));
}

/** `withLlamaOptions`, with a server in place of the file where one is named. */
export function withCaptionModel(command: Command): Command {
  return withSamplingOptions(
    command
      .addOption(new Option('--gguf <file>', 'the language model, any GGUF file').conflicts(['server', 'model']))
      .option('--server <url>', "or a server of OpenAI's completions API that has it (vLLM, llama.cpp, Ollama, TGI)")
      .option('--model <name>', 'what the server calls it'),
  );
}

function withSamplingOptions(command: Command): Command {
  return command
    .addOption(numberOption('--seed <n>', 'seed of the prompts and of the sampling', SEED, { fallback: 0 }))
    .addOption(
      numberOption('--context-size <n>', 'tokens of prompt and caption together (default: 400)', {
        ...COUNT,
        most: 1e6,
      }),
    )
    .addOption(
      numberOption('--sequences <n>', 'prompts decoded side by side; requests in flight, of a server (32)', {
        ...COUNT,
        most: 1024,
      }),
    )
    .addOption(
      numberOption(
        '--threads <n>',
        'processor threads, at most one a core (default: SYNCLR_THREADS, or one a core)',
        THREADS,
      ),
    );
}

/** The language model of `withCaptionModel`, as the command line says. */
export function captionModel({
  gguf,
  server: url,
  model,
  ...how
}: {
  gguf?: string;
  server?: string;
  model?: string;
  contextSize?: number;
  sequences?: number;
  threads?: number;
}): (LlamaOptions & { gguf: string }) | { server: ServerOptions } {
  if (gguf !== undefined) return llamaOptions({ gguf, ...how });
  if (url !== undefined && model !== undefined) return { server: { url, model, parallel: how.sequences } };
  throw new InputError({
    where: 'captions',
    expected: 'a language model',
    found: url === undefined ? 'none' : 'a server without --model',
    fix: 'give --gguf FILE, or --server URL and --model NAME',
  });
}

/** The model and how it is run, as the command line says; what it doesn't say is left to the library. */
export function llamaOptions({
  gguf,
  contextSize,
  sequences,
  threads,
}: {
  gguf: string;
  contextSize?: number;
  sequences?: number;
  threads?: number;
}): LlamaOptions & { gguf: string } {
  return {
    gguf,
    ...(contextSize === undefined ? {} : { contextSize }),
    ...(sequences === undefined ? {} : { sequences }),
    ...(threads === undefined ? {} : { threads: atMostCores('--threads', threads) }),
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
        bar = progress({ label: unit, total, unit, start: before, waitsFor: 'the language model' });
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
