import type { TokenizerJson } from './tokenizerJson.js';

/** The ids of the tokens that CLIP puts before and after every text. */
const START = '<|startoftext|>';
export const END_OF_TEXT = '<|endoftext|>';

/**
 * The tokenizer.json of CLIP (byte pair encoding, lower case) from vocab.json and merges.txt: folders of Stable
 * Diffusion 1.5 hold only these two. The rules are those of `CLIPConverter` in transformers.
 * @param merges the lines of merges.txt: pairs of tokens, the first to be joined first
 * @param pad what short texts are filled up with. In a text it is that token too: Stable Diffusion 2 pads with `!`
 */
export function clipTokenizerJson(vocab: Record<string, number>, merges: string, pad = END_OF_TEXT): TokenizerJson {
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
      merges: merges.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#version')),
    },
  };
}
