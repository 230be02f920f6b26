import { existsSync } from 'node:fs';
import path from 'node:path';
import { readJson } from '../runs/files.js';
import { readTextFile } from '../runs/textFile.js';
import { clipTokenizerJson, END_OF_TEXT } from './clipTokenizer.js';
import {
  LONGEST_TEXT,
  nameOf,
  openTokenizer,
  PAD,
  type PromptTokenizer,
  type TokenizerConfig,
  tokenizerConfigSchema,
} from './tokenizer.js';

const SPECIAL_TOKENS = 'special_tokens_map.json';

/** The files of a folder's tokenizer: tokenizer.json, or CLIP's older pair. */
export function tokenizerFiles(folder: string): string[] {
  const isPair = !existsSync(path.join(folder, 'tokenizer.json')) && existsSync(path.join(folder, 'vocab.json'));
  const map = existsSync(path.join(folder, SPECIAL_TOKENS)) ? [SPECIAL_TOKENS] : [];
  return [...(isPair ? ['vocab.json', 'merges.txt'] : ['tokenizer.json']), 'tokenizer_config.json', ...map];
}

/**
 * Opens the tokenizer of a model folder.
 * @param maxTokens where the graphs do not say it, tokenizer_config.json does
 */
export function openFolderTokenizer(folder: string, { maxTokens }: { maxTokens?: number } = {}): PromptTokenizer {
  const file = (name: string) => path.join(folder, name);
  const config = { ...readConfig(file('tokenizer_config.json')), ...specialTokens(folder) };
  const isPair = tokenizerFiles(folder).includes('vocab.json');
  const json = !isPair
    ? readJson<object>(file('tokenizer.json'))
    : clipTokenizerJson(
        readJson(file('vocab.json')),
        readTextFile(file('merges.txt'), 'merges of tokens, beside vocab.json'),
        { pad: nameOf(config.pad_token ?? END_OF_TEXT), where: folder },
      );
  return openTokenizer(json, {
    maxTokens: maxTokens ?? saidLength(config) ?? 77,
    config: { pad_token: isPair ? END_OF_TEXT : PAD, ...config },
    where: folder,
  });
}

/**
 * The tokens of special_tokens_map.json, which transformers takes before those of tokenizer_config.json unless that lists
 * the tokens that were added: Stable Diffusion 2 names its padding, `!`, only there.
 */
function specialTokens(folder: string): Pick<TokenizerConfig, 'pad_token' | 'unk_token'> {
  const [file, config] = [SPECIAL_TOKENS, 'tokenizer_config.json'].map((name) => path.join(folder, name));
  if (!existsSync(file) || 'added_tokens_decoder' in readJson<object>(config)) return {};
  const { pad_token, unk_token } = readConfig(file);
  return { ...(pad_token && { pad_token }), ...(unk_token && { unk_token }) };
}

/** Both files that name special tokens. */
const readConfig = (file: string) =>
  readJson(file, { schema: tokenizerConfigSchema, fix: 'take the file from the published model again' });

/** transformers writes 1e30 where a model does not say how much it reads. */
const saidLength = ({ model_max_length: length }: TokenizerConfig) =>
  typeof length === 'number' && length <= LONGEST_TEXT ? length : undefined;
