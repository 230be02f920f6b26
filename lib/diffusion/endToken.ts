import type { TokenizerJson } from './tokenizerJson.js';

const END = '[END]';

/**
 * A tokenizer of `buildTokenizer` that also ends every text, with the last token of its vocabulary: where CLIP's text tower
 * reads the meaning of a text.
 */
export function withEndToken(json: TokenizerJson): TokenizerJson {
  const { vocab } = json.model;
  const id = Object.keys(vocab).length;
  const single = [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: END, type_id: 0 } }];
  return {
    ...json,
    added_tokens: [...json.added_tokens, { id, content: END, special: true }],
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, { Sequence: { id: 'B', type_id: 1 } }, { SpecialToken: { id: END, type_id: 1 } }],
      special_tokens: { [END]: { id: END, ids: [id], tokens: [END] } },
    },
    model: { ...json.model, vocab: { ...vocab, [END]: id } },
  };
}
