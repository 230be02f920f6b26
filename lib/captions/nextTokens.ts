import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Token } from 'node-llama-cpp';
import { computeThreads } from '../runs/cores.js';
import { projectPath } from '../runs/paths.js';
import type { Decoding } from './completer.js';
import { type GgufIdentity, identifyGguf } from './gguf.js';
import { type LlamaOptions, loadLlama } from './llm.js';

/** What candidates are drawn from: the model's own probabilities by default. */
export type Sampling = Pick<Decoding, 'temperature' | 'topP' | 'topK'>;

/** A token that may come next, and the probability that the language model gives it. */
export interface NextToken {
  readonly id: number;
  readonly text: string;
  readonly p: number;
}

/** A language model that is only asked what comes next, and how surely. */
export interface TokenModel {
  readonly name: string;
  /** `text` as the model reads it: the pieces that it cuts it into. */
  pieces(text: string): Promise<readonly string[] | undefined>;
  /**
   * The tokens that may follow a prompt and what was written after it, likeliest first: from the model's own probabilities,
   * or those that llama.cpp would draw from with this decoding. A record may leave the unlikeliest out, and has no answer
   * where nobody asked.
   */
  next(prompt: string, written: readonly NextToken[], decoding?: Sampling): Promise<readonly NextToken[] | undefined>;
  close(): Promise<void>;
}

const UNCHANGED: Sampling = { temperature: 1, topP: 1, topK: 0 };

/**
 * Opens a GGUF language model to ask it for the next token, one at a time.
 *
 * @param least  tokens of a smaller probability are left out
 * @throws InputError if `gguf` is not a GGUF file of a model that completes text
 */
export async function openTokenModel({
  gguf,
  gpu = 'auto',
  contextSize = 400,
  threads,
  least = 1e-6,
}: Pick<LlamaOptions, 'gpu' | 'contextSize' | 'threads'> & { gguf: string; least?: number }): Promise<TokenModel> {
  const { name } = await identifyGguf(gguf);
  const { llama, model } = await loadLlama(gguf, { gpu });
  const context = await model.createContext({ sequences: 1, contextSize, threads: threads ?? computeThreads() });
  const sequence = context.getSequence();
  const { bos, shouldPrependBosToken } = model.tokens;
  const start = shouldPrependBosToken && bos !== null ? [bos] : [];
  let turn: Promise<unknown> = Promise.resolve();
  const ask = async (prompt: string, written: readonly NextToken[], decoding: Sampling): Promise<NextToken[]> => {
    const tokens = [...start, ...model.tokenize(prompt), ...written.map(({ id }) => id as Token)];
    const last = tokens.length - 1;
    await sequence.adaptStateToTokens(tokens.slice(0, last), false);
    // The prompt at once, then one token at a time: a number's last bits depend on what is computed beside it.
    const alone = last - written.length;
    if (sequence.nextTokenIndex < alone) {
      await sequence.controlledEvaluate(tokens.slice(sequence.nextTokenIndex, alone));
    }
    while (sequence.nextTokenIndex < last) await sequence.controlledEvaluate([tokens[sequence.nextTokenIndex]]);
    // Null leaves a filter out.
    const options = { ...decoding, topK: (decoding.topK || null) as number };
    const [answer] = await sequence.controlledEvaluate([
      [tokens[last], { generateNext: { probabilities: true, options } }],
    ]);
    const likely = [...(answer?.next.probabilities ?? [])].filter(([, p]) => p >= least);
    return likely.map(([id, p]) => ({ id, text: model.detokenize([id], false, tokens.slice(-4)), p }));
  };
  return {
    name,
    async pieces(text) {
      return model.tokenize(text).map((token) => model.detokenize([token], true));
    },
    next(prompt, written, decoding = UNCHANGED) {
      // One sequence: questions take turns.
      const answer = turn.then(() => ask(prompt, written, decoding));
      turn = answer.catch(() => {});
      return answer;
    },
    async close() {
      await context.dispose();
      await model.dispose();
      await llama.dispose();
    },
  };
}

/** What a model answered once: JSON, gzipped. Tokens are numbers; `texts` spells them. */
export interface TokenRecord {
  readonly model: GgufIdentity;
  /** the engine that computed, e.g. `node-llama-cpp 3.21.1` */
  readonly engine: string;
  readonly texts: Readonly<Record<number, string>>;
  readonly pieces: readonly { readonly text: string; readonly pieces: readonly string[] }[];
  readonly answers: readonly {
    readonly prompt: string;
    readonly written: readonly number[];
    readonly decoding?: Sampling;
    readonly next: readonly (readonly [id: number, p: number])[];
  }[];
}

/** Answers of Gemma 3 270M (data/captions/README.md). */
const TOKEN_RECORD = projectPath('data', 'captions', 'next-tokens.json.gz');

/** The model of a record: it answers what it was asked when the record was made, and else `undefined`. */
export function recordedTokenModel(file = TOKEN_RECORD): TokenModel {
  const record = JSON.parse(gunzipSync(readFileSync(file)).toString()) as TokenRecord;
  const keyOf = (prompt: string, written: readonly number[], { temperature, topP, topK }: Sampling) =>
    JSON.stringify([prompt, written, temperature, topP, topK]);
  const answers = new Map(
    record.answers.map(({ prompt, written, decoding = UNCHANGED, next }) => [keyOf(prompt, written, decoding), next]),
  );
  return {
    name: record.model.name,
    pieces: async (text) => record.pieces.find((one) => one.text === text)?.pieces,
    async next(prompt, written, decoding = UNCHANGED) {
      const ids = written.map(({ id }) => id);
      return answers.get(keyOf(prompt, ids, decoding))?.map(([id, p]) => ({ id, text: record.texts[id], p }));
    },
    close: async () => {},
  };
}
