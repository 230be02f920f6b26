import { InputError } from '../errors.js';
import { sha256 } from '../runs/files.js';
import { inRunFile } from '../runs/runFolder.js';
import { completeAll } from './completeAll.js';
import { type Decoding, PAPER_DECODING, type TextCompleter } from './completer.js';
import { type InContextBanks, inContextBanks } from './examples.js';
import { type GgufIdentity, identifyGguf } from './gguf.js';
import { type LlamaOptions, openLlama } from './llm.js';
import type { CaptionPart } from './log.js';
import { type CaptionLog, type CaptionLogConfig, openCaptionLog } from './log.js';
import {
  type CaptionConcept,
  type CaptionMixture,
  checkBackgrounds,
  checkedMixture,
  objectMixture,
} from './mixture.js';
import { type CaptionPrompt, drawPrompt } from './prompts.js';
import { openServer, type ServedModel, type ServerOptions } from './server.js';
import type { PromptLayout } from './templates.js';

export interface SynthesiseCaptionsOptions extends LlamaOptions, PromptLayout {
  /** Object concepts (and backgrounds for those that carry none); or give `mixture`. */
  concepts?: readonly (string | CaptionConcept)[];
  backgrounds?: readonly string[];
  /** What to draw from, instead of a single list. */
  mixture?: CaptionMixture;
  /** In-context examples; ours by default. */
  banks?: InContextBanks;
  /** Captions of the whole run, whatever part of it is made here. */
  count: number;
  /**
   * Makes only part `index` (from 0) of `of`: the captions whose index is `index` modulo `of`, in a log of their own.
   * Parts may run anywhere at once, and be extended; `mergeCaptionLogs` makes them one.
   */
  part?: CaptionPart;
  seed?: number;
  /** Path of the language model; or give `server`. */
  gguf?: string;
  /** A server that has the language model, in place of a file. */
  server?: ServerOptions;
  decoding?: Decoding;
  /** The log: .jsonl or .jsonl.gz. A run that was stopped goes on where it was; a smaller finished log is extended. */
  out: string;
  /** Aborting stops at once and keeps every finished caption; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called at the start and after each caption, with captions done and wanted (of the part). */
  onProgress?: (done: number, count: number, caption?: string) => void;
  /** Called when the model is loaded; not at all if nothing is left to do. */
  onOpen?: (completer: TextCompleter) => void;
  /** Stands in for llama.cpp (tests). */
  open?: (options: LlamaOptions & { gguf: string; decoding: Decoding }) => Promise<TextCompleter>;
}

/**
 * Stage 1: draws prompts 0 … count − 1, completes each with the language model, and logs the captions. As in the
 * published code a caption is the completion's first line, trimmed; nothing is filtered (see `selectCaptions`).
 * Prompts are drawn as they are needed, so that a run may be of any length.
 *
 * @throws InputError on a wrong model file, mixture, count or part, on a full disk, or if `out` was begun with another
 *   config, or if another process works on it
 */
export async function synthesiseCaptions(options: SynthesiseCaptionsOptions): Promise<CaptionLog> {
  return inRunFile(options.out, () => synthesise(options));
}

async function synthesise({
  concepts,
  backgrounds,
  mixture,
  banks = inContextBanks(),
  indentation = 'none',
  noun = 'description',
  count,
  part = WHOLE,
  seed = 0,
  gguf,
  server,
  decoding = PAPER_DECODING,
  out,
  signal,
  onProgress,
  onOpen,
  open = openLlama,
  ...llama
}: SynthesiseCaptionsOptions): Promise<CaptionLog> {
  const drawn = mixture ? checkedMixture(mixture) : objectMixture({ concepts: concepts ?? [], backgrounds });
  checkBackgrounds(drawn);
  checkAmount(count, part);
  const { model, openModel } = await modelOf(
    { gguf, server },
    (file) => open({ gguf: file, decoding, ...llama }),
    decoding,
  );
  const layout = { indentation, noun };
  const log = openCaptionLog(out, captionConfig({ seed, mixture: drawn, banks, layout, part, decoding, model }));
  const total = Math.ceil((count - part.index) / part.of);
  let done = 0;
  for (const index of log.done) if (index < count) done++;
  onProgress?.(done, total);
  if (done === total) return log.finish();

  function* prompts(): Generator<CaptionPrompt> {
    for (let index = part.index; index < count; index += part.of) {
      if (!log.done.has(index)) yield drawPrompt(index, { seed, mixture: drawn, banks, ...layout });
    }
  }
  try {
    await completeAll({
      queue: prompts(),
      signal,
      open: async () => {
        const completer = await openModel();
        onOpen?.(completer);
        return completer;
      },
      work: async ({ index, text, ...prompt }, completer, stop) => {
        const caption = firstLine(await completer.complete(text, { seed: prompt.seed, signal: stop }));
        log.append({ index, caption, ...prompt, model });
        onProgress?.(++done, total, caption);
      },
    });
  } catch (error) {
    log.pause();
    throw error;
  }
  return log.finish();
}

/** The language model by its file or its server: what logs call it, and how it is opened. */
async function modelOf(
  { gguf, server }: Pick<SynthesiseCaptionsOptions, 'gguf' | 'server'>,
  openFile: (gguf: string) => Promise<TextCompleter>,
  decoding: Decoding,
): Promise<{ model: GgufIdentity | ServedModel; openModel: () => Promise<TextCompleter> }> {
  if (server && gguf === undefined) {
    return { model: { name: server.model, served: true }, openModel: () => openServer({ ...server, decoding }) };
  }
  if (gguf !== undefined && !server) return { model: await identifyGguf(gguf), openModel: () => openFile(gguf) };
  throw new InputError({
    where: 'captions: the language model',
    expected: 'a GGUF file, or a server and the name of its model',
    found: server ? 'both' : 'neither',
    fix: 'give --gguf FILE, or --server URL and --model NAME',
  });
}

const WHOLE: CaptionPart = { index: 0, of: 1 };

function checkAmount(count: number, { index, of }: CaptionPart): void {
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new InputError({
      where: 'synthesiseCaptions: count',
      expected: 'a whole number of at least 1',
      found: String(count),
      fix: 'say how many captions to make',
    });
  }
  if (!(Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of && index < count)) {
    throw new InputError({
      where: 'synthesiseCaptions: part',
      expected: `whole numbers { index, of } with 0 ≤ index < of, and a caption for each part (${count} in all)`,
      found: JSON.stringify({ index, of }),
      fix: 'count the parts from 0, and make no more parts than captions',
    });
  }
}

/** The completion up to its first newline, trimmed (published code). */
function firstLine(completion: string): string {
  return completion.split('\n', 1)[0].trim();
}

/**
 * What captions are a function of. Sequences and threads are left out: they change rounding, not what is asked.
 * Layout and part stand in it only where they are not the default, so that logs from before they existed go on.
 */
function captionConfig({
  seed,
  mixture,
  banks,
  layout,
  part,
  decoding,
  model,
}: {
  seed: number;
  mixture: CaptionMixture;
  banks: InContextBanks;
  layout: Required<PromptLayout>;
  part: CaptionPart;
  decoding: Decoding;
  model: GgufIdentity | ServedModel;
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
    ...(layout.indentation === 'none' ? {} : { indentation: layout.indentation }),
    ...(layout.noun === 'description' ? {} : { noun: layout.noun }),
    decoding,
    model,
    ...(part.of === 1 ? {} : { part }),
  };
}
