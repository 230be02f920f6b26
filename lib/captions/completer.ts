/**
 * How a completion is decoded. Known departure: llama.cpp takes the nucleus before it applies the temperature, Llama's
 * own code after, so that at temperature below 1 this nucleus is somewhat wider.
 */
export interface Decoding {
  /** 0.8 (published README). */
  readonly temperature: number;
  /** Nucleus: the smallest set of tokens whose probability exceeds this; 0.9 (published README). */
  readonly topP: number;
  /** Only the k likeliest tokens; 0 = no limit, as the published code. */
  readonly topK: number;
  /** At most this many new tokens; 100 (published README). */
  readonly maxTokens: number;
}

/** The paper's decoding (published README: temperature 0.8, top_p 0.9, at most 100 new tokens, nothing else). */
export const PAPER_DECODING: Decoding = { temperature: 0.8, topP: 0.9, topK: 0, maxTokens: 100 };

/** Something that completes text: a language model, or a test's stand-in. Holds memory until closed. */
export interface TextCompleter {
  /** How many `complete` calls keep it busy; more wait. */
  readonly parallel: number;
  /** What computes, in words: processor or card, layers on it, threads. */
  readonly device: string;
  /** The text after `prompt`, up to the first newline. */
  complete(prompt: string, options: { seed: number; signal?: AbortSignal }): Promise<string>;
  close(): Promise<void>;
}
