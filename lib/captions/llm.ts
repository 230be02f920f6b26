import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import { InputError } from '../errors.js';
import { type Decoding, PAPER_DECODING, type TextCompleter } from './completer.js';
import { identifyGguf } from './gguf.js';
import { sampleOneAtATime } from './serialSampling.js';

/** How the language model is run; none of it changes what is asked of the model. */
export interface LlamaOptions {
  /** `'auto'` takes a GPU if the installed binaries support one; `false` never does. */
  gpu?: 'auto' | false;
  /** Prompts decoded side by side in one batch. With 1, a caption is a function of (seed, index) on one machine. */
  sequences?: number;
  /** Tokens of prompt and caption together, for each sequence; 400 (published README). llama.cpp rounds it up. */
  contextSize?: number;
  /** CPU threads; the number of cores by default. */
  threads?: number;
}

/**
 * Loads a GGUF language model (llama.cpp through node-llama-cpp) to complete prompts.
 *
 * @throws InputError if `gguf` is not a GGUF file; `complete` throws InputError if prompt and caption don't fit the context
 */
export async function openLlama({
  gguf,
  gpu = 'auto',
  sequences = 1,
  contextSize = 400,
  threads,
  decoding = PAPER_DECODING,
}: LlamaOptions & { gguf: string; decoding?: Decoding }): Promise<TextCompleter> {
  await identifyGguf(gguf);
  // Imported here: notebooks load this library through `require`, which refuses node-llama-cpp's top-level await.
  const { getLlama, LlamaCompletion, LlamaLogLevel } = await import('node-llama-cpp');
  const llama = await getLlama({ build: 'never', gpu, logLevel: LlamaLogLevel.error, progressLogs: false });
  try {
    const model = await llama.loadModel({ modelPath: gguf });
    const context = await model.createContext({
      sequences,
      contextSize,
      flashAttention: true,
      ...(threads === undefined ? {} : { threads }),
    });
    if (sequences > 1) sampleOneAtATime(context);
    const idle: LlamaContextSequence[] = Array.from({ length: sequences }, () => context.getSequence());
    const waiting: ((sequence: LlamaContextSequence) => void)[] = [];

    const acquire = async (): Promise<LlamaContextSequence> =>
      idle.pop() ?? new Promise<LlamaContextSequence>((resolve) => waiting.push(resolve));
    const release = (sequence: LlamaContextSequence): void => {
      const next = waiting.shift();
      if (next) next(sequence);
      else idle.push(sequence);
    };

    const checkFit = (tokens: readonly Token[]): void => {
      // One more for the token that begins a text.
      const needed = tokens.length + 1 + decoding.maxTokens;
      if (needed <= context.contextSize) return;
      throw new InputError({
        where: 'captions: contextSize',
        expected: `room for ${tokens.length + 1} tokens of prompt and ${decoding.maxTokens} of caption`,
        found: `a context of ${context.contextSize} tokens`,
        fix: `set contextSize to at least ${needed}, or maxTokens lower`,
      });
    };

    return {
      parallel: sequences,
      async complete(prompt, { seed, signal }) {
        const tokens = model.tokenize(prompt);
        checkFit(tokens);
        const sequence = await acquire();
        try {
          signal?.throwIfAborted();
          // Nothing of the prompt before: its cached numbers depend on the batch they were computed in.
          await sequence.clearHistory();
          const completion = new LlamaCompletion({ contextSequence: sequence });
          try {
            // Null leaves that filter out. A 0 would sort the whole vocabulary: 15 ms a token with Gemma's 262 144 words.
            return await completion.generateCompletion(tokens, {
              ...decoding,
              topK: (decoding.topK || null) as number,
              seed,
              signal,
              repeatPenalty: false,
              customStopTriggers: ['\n'],
              disableContextShift: true,
            });
          } finally {
            completion.dispose({ disposeSequence: false });
          }
        } finally {
          release(sequence);
        }
      },
      close: async () => {
        await context.dispose();
        await model.dispose();
        await llama.dispose();
      },
    };
  } catch (error) {
    await llama.dispose();
    throw error;
  }
}
