import type { GgufFileInfo, Llama, LlamaCompletion, LlamaContext, LlamaModel, Token } from 'node-llama-cpp';
import { InputError } from '../errors.js';
import { computeThreads } from '../runs/cores.js';
import { fromEnvironment } from '../runs/environment.js';
import { followFreeCores } from '../runs/freeCores.js';
import { asPriority, inLockstep } from './batchOrder.js';
import { type Decoding, PAPER_DECODING, type TextCompleter } from './completer.js';
import { shareOut, takeTurns } from './contexts.js';
import { identifyGguf } from './gguf.js';
import { sampleInRounds } from './samplingRounds.js';

/** How the language model is run; none of it changes what is asked of the model. */
export interface LlamaOptions {
  /** `'auto'` takes a GPU if the installed binaries support one; `false` never does. */
  gpu?: 'auto' | false;
  /**
   * Prompts decoded side by side. With 1, a caption is a function of (seed, index) on one machine. With 32 and more, a
   * processor computes them in several contexts (`shareOut`).
   */
  sequences?: number;
  /** Tokens of prompt and caption together, for each sequence; 400 (published README). llama.cpp rounds it up. */
  contextSize?: number;
  /** Tokens computed at once, at most; 512, llama.cpp's. */
  batchSize?: number;
  /** Attention in one pass over the cache, without its matrix of weights; on, as measured (bench/README.md). */
  flashAttention?: boolean;
  /**
   * CPU threads. By default as SYNCLR_THREADS says, else one a core, and fewer while other processes compute: texts are the
   * same with any number of threads in a context. (node-llama-cpp's own default is four, even of one core.)
   */
  threads?: number;
}

/** A sequence of a context: its number there, and what completes text in it. */
interface Slot {
  readonly number: number;
  readonly completion: LlamaCompletion;
  /** Forgets the prompt before. */
  clear(): Promise<void>;
}

/**
 * Loads a GGUF language model (llama.cpp through node-llama-cpp) to complete prompts.
 *
 * @throws InputError if `gguf` is not a GGUF file; `complete` throws InputError if prompt and caption don't fit the
 * context, ours or the one the model was trained with
 */
export async function openLlama({
  gguf,
  gpu = 'auto',
  sequences = 1,
  contextSize = 400,
  batchSize = 512,
  flashAttention = true,
  threads,
  decoding = PAPER_DECODING,
}: LlamaOptions & { gguf: string; decoding?: Decoding }): Promise<TextCompleter> {
  const { llama, model, LlamaCompletion } = await loadLlama(gguf, { gpu });
  try {
    const onProcessor = llama.gpu === false || model.gpuLayers === 0;
    const shares = shareOut({ sequences, threads: threads ?? computeThreads(), onProcessor });
    const contexts: LlamaContext[] = [];
    for (const share of shares) {
      contexts.push(await openContext(model, gguf, { ...share, contextSize, batchSize, flashAttention }));
    }
    const follows = threads === undefined && fromEnvironment('SYNCLR_THREADS') === undefined;
    const stopFollowing = follows
      ? await followFreeCores((free) => {
          llama.maxThreads = free;
        })
      : () => {};
    const takeSlot = takeTurns(
      contexts.map((context, at) =>
        Array.from({ length: shares[at].sequences }, (_, number): Slot => {
          // Numbered as llama.cpp numbers them.
          const contextSequence = context.getSequence();
          const completion = new LlamaCompletion({ contextSequence });
          return { number, completion, clear: () => contextSequence.clearHistory() };
        }),
      ),
    );

    return {
      parallel: contexts.length === 1 ? sequences : WAITING * sequences,
      device: `${await describeDevice(llama, model, contexts)}${follows ? ', fewer while others compute' : ''}`,
      async complete(prompt, { seed, signal }) {
        const tokens = model.tokenize(prompt);
        checkFit(tokens, decoding, { ours: contexts[0].contextSize, trained: model.trainContextSize });
        const { place: slot, giveBack } = await takeSlot();
        try {
          signal?.throwIfAborted();
          // Nothing of the prompt before: its cached numbers depend on the batch they were computed in.
          await slot.clear();
          // Null leaves that filter out. A 0 would sort the whole vocabulary: 15 ms a token with Gemma's 262 144 words.
          return await slot.completion.generateCompletion(tokens, {
            ...decoding,
            topK: (decoding.topK || null) as number,
            seed,
            signal,
            evaluationPriority: asPriority(slot.number),
            repeatPenalty: false,
            customStopTriggers: ['\n'],
            disableContextShift: true,
          });
        } finally {
          giveBack();
        }
      },
      close: async () => {
        stopFollowing();
        for (const context of contexts) await context.dispose();
        await model.dispose();
        await llama.dispose();
      },
    };
  } catch (error) {
    await llama.dispose();
    throw error;
  }
}

/** Of several contexts one may be ahead by chance: calls to each sequence, so that it finds work of its own waiting. */
const WAITING = 4;

async function openContext(
  model: LlamaModel,
  gguf: string,
  {
    sequences,
    ...options
  }: { sequences: number; threads: number; contextSize: number; batchSize: number; flashAttention: boolean },
): Promise<LlamaContext> {
  const context = await model
    .createContext({
      sequences,
      ...options,
      // A single prompt stays in one piece.
      ...(sequences === 1 ? {} : { batching: { itemPrioritizationStrategy: inLockstep } }),
    })
    .catch((error: Error) => {
      const expected = `room for ${sequences} sequences of ${options.contextSize} tokens`;
      const fix = 'give a smaller --sequences or --context-size, or take a smaller model';
      throw new InputError({ where: `language model ${gguf}`, expected, found: error.message, fix });
    });
  if (sequences > 1) sampleInRounds(context);
  return context;
}

/**
 * Loads a GGUF language model (llama.cpp through node-llama-cpp), and gives what of node-llama-cpp completes with it.
 * Whoever calls it disposes of the model, then of llama.
 *
 * @throws InputError if `gguf` is not a GGUF file of a model that completes text
 */
export async function loadLlama(gguf: string, { gpu }: { gpu: 'auto' | false }) {
  await identifyGguf(gguf);
  // Imported here: notebooks load this library through `require`, which refuses node-llama-cpp's top-level await.
  forgetEmptySettings();
  const { getLlama, LlamaCompletion, LlamaLogLevel, readGgufFileInfo } = await import('node-llama-cpp');
  refuseEncoder(
    gguf,
    await readGgufFileInfo(gguf, { sourceType: 'filesystem', logWarnings: false }).catch((error: Error) =>
      refuseModel(gguf, [error.message]),
    ),
  );
  const said: string[] = [];
  const llama = await getLlama({
    build: 'never',
    gpu,
    logLevel: LlamaLogLevel.error,
    progressLogs: false,
    logger: (_level, message) => void said.push(message.trim()),
  });
  try {
    const model = await llama
      .loadModel({ modelPath: gguf })
      .catch((error: Error) => refuseModel(gguf, [...said, error.message].filter(Boolean)));
    llama.logger = (_level, message) => void process.stderr.write(message);
    return { llama, model, LlamaCompletion };
  } catch (error) {
    await llama.dispose();
    throw error;
  }
}

function refuseModel(gguf: string, reasons: readonly string[]): never {
  throw new InputError({
    where: `language model ${gguf}`,
    expected: 'a whole GGUF file of a model that llama.cpp knows',
    found: reasons.join('; '),
    fix: 'download the file again, since it may be cut short; or take another model',
  });
}

/** Models that read a text whole, from both sides: they give vectors, not words; T5 and those of diffusion write, but otherwise. */
const ENCODERS = /bert|embedding|^t5|^wavtokenizer|^clip$|^dream$|^llada/;

function refuseEncoder(gguf: string, { metadata, architectureMetadata }: GgufFileInfo): void {
  const { architecture } = metadata.general;
  const { attention } = (architectureMetadata ?? {}) as { attention?: { causal?: boolean } };
  if (!ENCODERS.test(architecture) && attention?.causal !== false) return;
  throw new InputError({
    where: `language model ${gguf}`,
    expected: 'a model that completes text, word by word',
    found: `one of the architecture ${architecture}, which reads texts whole`,
    fix: 'take a model such as Gemma, Llama or Qwen',
  });
}

/** node-llama-cpp refuses settings that are set to nothing, as `CI=` is; to us they are not set. */
function forgetEmptySettings(): void {
  for (const [name, value] of Object.entries(process.env)) {
    if (value === '' && /^(CI|NODE_LLAMA_CPP_\w+)$/.test(name)) delete process.env[name];
  }
}

function checkFit(prompt: readonly Token[], { maxTokens }: Decoding, context: { ours: number; trained: number }): void {
  // One more for the token that begins a text.
  const length = prompt.length + 1;
  const needed = length + maxTokens;
  const tooShort = (where: string, found: string, fix: string): InputError => {
    const expected = `room for ${length} tokens of prompt and ${maxTokens} of caption`;
    return new InputError({ where, expected, found: `${found} tokens`, fix });
  };
  if (needed > context.trained) {
    const found = `a model trained with a context of ${context.trained}`;
    throw tooShort('captions: the language model', found, 'take a model with a longer context');
  }
  if (needed > context.ours) {
    throw tooShort('captions: --context-size', `a context of ${context.ours}`, `give --context-size ${needed} or more`);
  }
}

/** What computes, as node-llama-cpp chose it: "CPU, 2 threads", or "CUDA (name of the card), 27 of 33 layers, …". */
async function describeDevice(llama: Llama, model: LlamaModel, contexts: readonly LlamaContext[]): Promise<string> {
  const count = contexts.reduce((sum, { idealThreads }) => sum + idealThreads, 0);
  const split = contexts.length > 1 ? ` in ${contexts.length} contexts` : '';
  const threads = `${count} thread${count === 1 ? '' : 's'}${split}`;
  if (llama.gpu === false || model.gpuLayers === 0) return `CPU, ${threads}`;
  const cards = [...new Set(await llama.getGpuDeviceNames())].join(', ');
  const layers = `${model.gpuLayers} of ${model.fileInsights.totalLayers} layers`;
  return `${llama.gpu.toUpperCase()} (${cards}), ${layers}, the rest on the CPU, ${threads}`;
}
