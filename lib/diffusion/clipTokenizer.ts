import { InputError } from '../errors.js';
import type { TokenizerJson } from './tokenizerJson.js';

/** The ids of the tokens that CLIP puts before and after every text. */
const START = '<|startoftext|>';
export const END_OF_TEXT = '<|endoftext|>';

/**
 * The tokenizer.json of CLIP (byte pair encoding, lower case) from vocab.json and merges.txt: folders of Stable
 * Diffusion 1.5 hold only these two. The rules are those of `CLIPConverter` in transformers.
 * @param merges the text of merges.txt: pairs of tokens, the first to be joined first
 * @param options.pad what short texts are filled up with. In a text it is that token too: Stable Diffusion 2 pads with `!`
 * @throws InputError for a merges.txt that is cut short: words would fall into other tokens
 */
export function clipTokenizerJson(
  vocab: Record<string, number>,
  merges: string,
  { pad = END_OF_TEXT, where }: { pad?: string; where: string },
): TokenizerJson {
  const lines = merges.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#version'));
  requireWhole(vocab, lines, where);
  const special = [...new Set([START, END_OF_TEXT, pad])]
    .filter((token) => Object.hasOwn(vocab, token))
    .map((content) => ({ id: vocab[content], content, special: true, normalized: false }));
  return {
    version: '1.0',
    added_tokens: special,
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [END_OF_TEXT, vocab[END_OF_TEXT]],
      cls: [START, vocab[START]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
    model: {
      type: 'BPE',
      unk_token: END_OF_TEXT,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      vocab,
      merges: lines,
    },
  };
}

const SPECIAL = /^<\|.*\|>$/;

/** Every token is a character, one at the end of a word, or made by a merge. */
function requireWhole(vocab: Record<string, number>, merges: readonly string[], where: string): void {
  const made = new Set(merges.map((line) => line.replace(' ', '')));
  const without = Object.keys(vocab).find(
    (token) => !made.has(token) && [...token.replace(/<\/w>$/, '')].length > 1 && !SPECIAL.test(token),
  );
  if (without === undefined) return;
  throw new InputError({
    where: `${where}/merges.txt`,
    expected: 'a merge for each token of vocab.json that is longer than a character',
    found: `none for ${JSON.stringify(without)}, among ${merges.length}`,
    fix: 'take both files from the published model again: one is cut short, or of another model',
  });
}
