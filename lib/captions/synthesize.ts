import { InputError } from '../errors.js';
import { sha256 } from '../runs/files.js';
import { type Decoding, PAPER_DECODING, type TextCompleter } from './completer.js';
import { type InContextBanks, inContextBanks } from './examples.js';
import { type GgufIdentity, identifyGguf } from './gguf.js';
import { type LlamaOptions, openLlama } from './llm.js';
import { type CaptionLog, type CaptionLogConfig, openCaptionLog } from './log.js';
import { type CaptionConcept, type CaptionMixture, checkedMixture, objectMixture } from './mixture.js';
import { drawPrompt } from './prompts.js';

export interface SynthesizeCaptionsOptions extends LlamaOptions {
  /** Object concepts (and backgrounds for those that carry none); or give `mixture`. */
  concepts?: readonly (string | CaptionConcept)[];
  backgrounds?: readonly string[];
  /** What to draw from, instead of a single list. */
  mixture?: CaptionMixture;
  /** In-context examples; ours by default. */
  banks?: InContextBanks;
  count: number;
  seed?: number;
  /** Path of the language model. */
  gguf: string;
  decoding?: Decoding;
  /** The log: .jsonl or .jsonl.gz. A run that was stopped goes on where it was; a smaller finished log is extended. */
  out: string;
  /** Aborting stops at once and keeps every finished caption; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called at the start and after each caption, with captions done and wanted. */
  onProgress?: (done: number, count: number, caption?: string) => void;
  /** Stands in for llama.cpp (tests). */
  open?: (options: LlamaOptions & { gguf: string; decoding: Decoding }) => Promise<TextCompleter>;
}

/**
 * Stage 1: draws prompts 0 … count − 1, completes each with the language model, and logs the captions. As in the
 * published code a caption is the completion's first line, trimmed; nothing is filtered (see `selectCaptions`).
 *
 * @throws InputError on a wrong model file, mixture or count, or if `out` was begun with another config
 */
export async function synthesizeCaptions({
  concepts,
  backgrounds,
  mixture,
  banks = inContextBanks(),
  count,
  seed = 0,
  gguf,
  decoding = PAPER_DECODING,
  out,
  signal,
  onProgress,
  open = openLlama,
  ...llama
}: SynthesizeCaptionsOptions): Promise<CaptionLog> {
  const drawn = mixture ? checkedMixture(mixture) : objectMixture({ concepts: concepts ?? [], backgrounds });
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new InputError({
      where: 'synthesizeCaptions: count',
      expected: 'a whole number of at least 1',
      found: String(count),
      fix: 'say how many captions to make',
    });
  }
  const model = await identifyGguf(gguf);
  // Every prompt is drawn before the model is loaded: a concept without backgrounds is told in the first second.
  const prompts = Array.from({ length: count }, (_, index) => drawPrompt(index, { seed, mixture: drawn, banks }));
  const log = openCaptionLog(out, captionConfig({ seed, mixture: drawn, banks, decoding, model }));
  const todo = prompts.filter(({ index }) => !log.done.has(index));
  let done = count - todo.length;
  onProgress?.(done, count);
  if (todo.length === 0) return log.finish();

  let failed = true;
  try {
    signal?.throwIfAborted();
    const completer = await open({ gguf, decoding, ...llama });
    const failure = new AbortController();
    const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
    try {
      const queue = todo.values();
      const work = async (): Promise<void> => {
        // One queue for all workers: each takes the next prompt when its caption is done.
        for (const { text, ...prompt } of queue) {
          stop.throwIfAborted();
          const completion = await completer.complete(text, { seed: prompt.seed, signal: stop });
          const { index, ...rest } = prompt;
          const caption = firstLine(completion);
          log.append({ index, caption, ...rest, model });
          onProgress?.(++done, count, caption);
        }
      };
      const workers = Array.from({ length: Math.min(completer.parallel, todo.length) }, work);
      // The first failure stops the others; all have let go of the model before it is closed.
      for (const worker of workers) worker.catch((reason: unknown) => failure.abort(reason));
      const ends = await Promise.allSettled(workers);
      // What stopped first, not what a worker made of being stopped.
      if (ends.some(({ status }) => status === 'rejected')) stop.throwIfAborted();
    } finally {
      await completer.close();
    }
    failed = false;
  } finally {
    if (failed) log.pause();
  }
  return log.finish();
}

/** The completion up to its first newline, trimmed (published code). */
function firstLine(completion: string): string {
  return completion.split('\n', 1)[0].trim();
}

/** What captions are a function of. Sequences and threads are left out: they change rounding, not what is asked. */
function captionConfig({
  seed,
  mixture,
  banks,
  decoding,
  model,
}: {
  seed: number;
  mixture: CaptionMixture;
  banks: InContextBanks;
  decoding: Decoding;
  model: GgufIdentity;
}): CaptionLogConfig {
  const { sources, templates } = mixture;
  return {
    seed,
    templates,
    sources: sources.map(({ name, kind, share, concepts }) => ({
      name,
      kind,
      share,
      concepts: concepts.length,
      sha256: sha256(JSON.stringify(concepts)),
    })),
    examples: sha256(JSON.stringify(banks)),
    decoding,
    model,
  };
}
