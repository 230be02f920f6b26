import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { type HostTensor, hostTensor } from '../runs/hostTensor.js';
import { checkTokenizer } from './checkTokenizer.js';
import type { TokenizerJson } from './tokenizerJson.js';

export const PAD = '[PAD]';
const UNKNOWN = '[UNK]';
/** The only sub-word pieces: plurals of known words. */
const ENDINGS = ['##s', '##es'];

/** The words of a text as the tokenizer of `buildTokenizer` sees them: lower case, letters and digits only. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * A word-level tokenizer in Hugging Face's format: lower case, punctuation dropped, one token a word; a plural of a known
 * word is that word and an ending, any other unknown word is [UNK]. (The model type is WordPiece over whole words, which
 * readers of the format have in common; `WordLevel` is missing from the JavaScript one.)
 *
 * @param required texts all of whose words are taken: names of concepts and backgrounds, words of the templates. They
 * come first, sorted, so that their tokens are the same with any corpus
 * @param base a tokenizer of this function that is to be extended: its tokens keep their ids
 * @param corpus texts whose most frequent words fill the vocabulary up to `size`; a word must occur `minCount` times
 */
export function buildTokenizer({
  required,
  base,
  corpus = [],
  size = 1024,
  minCount = 3,
}: {
  required: readonly string[];
  base?: TokenizerJson;
  corpus?: readonly string[];
  size?: number;
  minCount?: number;
}): TokenizerJson {
  const kept = base ? tokensById(base).slice(2 + ENDINGS.length) : [];
  const words = new Set([...kept, ...required.flatMap(wordsOf).sort()]);
  const room = size - 2 - ENDINGS.length;
  if (words.size > room) {
    throw new InputError({
      where: 'buildTokenizer',
      expected: `a vocabulary of at least ${words.size + 2 + ENDINGS.length} tokens for the required words`,
      found: `size ${size}`,
      fix: 'raise --vocabulary (`size`)',
    });
  }
  const counts = new Map<string, number>();
  for (const text of corpus) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const byFrequency = [...counts].filter(([, n]) => n >= minCount).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  for (const [word] of byFrequency) {
    if (words.size >= room) break;
    words.add(word);
  }
  const tokens = [PAD, UNKNOWN, ...ENDINGS, ...words];
  return {
    version: '1.0',
    added_tokens: [
      { id: 0, content: PAD, special: true },
      { id: 1, content: UNKNOWN, special: true },
    ],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Lowercase' },
        { type: 'Replace', pattern: { Regex: '[^\\p{L}\\p{N}]+' }, content: ' ' },
        { type: 'Strip', strip_left: true, strip_right: true },
      ],
    },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: UNKNOWN,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

/** The tokens in the order of their ids. (An object's keys are not: words such as "2" come first.) */
function tokensById(json: TokenizerJson): string[] {
  return Object.entries(json.model.vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([token]) => token);
}

export interface EncodedPrompt {
  /** [maxTokens], padded with `padId`, cut at the end when too long */
  ids: Int32Array;
  /** tokens that did not fit */
  truncated: number;
  /** tokens that are [UNK] */
  unknown: number;
}

export interface PromptTokenizer {
  readonly maxTokens: number;
  readonly vocabularySize: number;
  encode(text: string): EncodedPrompt;
}

/** No text encoder reads more tokens. */
export const LONGEST_TEXT = 2 ** 16;

const token = z.union([z.string(), z.looseObject({ content: z.string() })]);
export const tokenizerConfigSchema = z.looseObject({
  pad_token: token.nullish(),
  unk_token: token.nullish(),
  model_max_length: z
    .number()
    .min(1)
    .refine((length) => Number.isInteger(length), 'expected a whole number')
    .nullish(),
});

/** What is read of a tokenizer_config.json. Tokens are texts, or objects with their settings. */
export type TokenizerConfig = z.infer<typeof tokenizerConfigSchema>;

/** @throws InputError for a tokenizer.json that cannot be opened, or should not be (see `checkTokenizer`) */
function openHuggingFace(
  json: object,
  { config, where }: { config: TokenizerConfig; where: string },
): HuggingFaceTokenizer {
  checkTokenizer(json, where);
  try {
    const tokenizer = new HuggingFaceTokenizer(json, config);
    tokenizer.encode('a photo of a dog, and 2 more');
    return tokenizer;
  } catch (error) {
    const fix = 'take the tokenizer from the published model again';
    throw new InputError({ where, expected: 'a tokenizer.json', found: (error as Error).message, fix });
  }
}

export const nameOf = (token: string | { content: string }) => (typeof token === 'string' ? token : token.content);

/**
 * A tokenizer of fixed length over any tokenizer.json.
 * @param config what tokenizer_config.json says; `pad_token` must be in the vocabulary
 */
export function openTokenizer(
  json: object,
  { maxTokens, config = {}, where = 'openTokenizer' }: { maxTokens: number; config?: TokenizerConfig; where?: string },
): PromptTokenizer {
  const tokenizer = openHuggingFace(json, { config, where });
  const vocabulary = tokenizer.get_vocab(true);
  const pad = nameOf(config.pad_token ?? PAD);
  const padId = tokenizer.token_to_id(pad);
  if (padId === undefined) {
    throw new InputError({
      where,
      expected: `a pad token "${pad}" in the vocabulary`,
      found: `${vocabulary.size} tokens without it`,
      fix: 'name the pad token in tokenizer_config.json',
    });
  }
  const unknownId = tokenizer.token_to_id(nameOf(config.unk_token ?? UNKNOWN));
  return {
    maxTokens,
    vocabularySize: vocabulary.size,
    encode(text) {
      const all: number[] = tokenizer.encode(text).ids;
      // Without the tokens around a text: CLIP's end of text is its unknown token, too.
      const words: number[] = tokenizer.post_processor
        ? tokenizer.encode(text, { add_special_tokens: false }).ids
        : all;
      const ids = new Int32Array(maxTokens).fill(padId);
      ids.set(all.slice(0, maxTokens));
      // Tokenizers that add an end token keep it when they cut.
      if (all.length > maxTokens && tokenizer.post_processor) ids[maxTokens - 1] = all[all.length - 1];
      return {
        ids,
        truncated: Math.max(0, all.length - maxTokens),
        unknown: words.filter((id: number) => id === unknownId).length,
      };
    },
  };
}

/** int32 [texts, maxTokens] */
export function encodeBatch(tokenizer: PromptTokenizer, texts: readonly string[]): HostTensor {
  const ids = new Int32Array(texts.length * tokenizer.maxTokens);
  texts.forEach((text, i) => {
    ids.set(tokenizer.encode(text).ids, i * tokenizer.maxTokens);
  });
  return hostTensor(ids, [texts.length, tokenizer.maxTokens]);
}
