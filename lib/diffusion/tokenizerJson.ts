/** The content of a tokenizer.json, as far as it is written here. */
export interface TokenizerJson {
  version: string;
  added_tokens: { id: number; content: string; special: boolean }[];
  normalizer: object;
  pre_tokenizer: object;
  post_processor: object | null;
  decoder: object | null;
  model: { type: string; vocab: Record<string, number>; unk_token: string; [key: string]: unknown };
}
