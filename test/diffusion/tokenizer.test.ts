import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolderTokenizer } from '../../lib/diffusion/folderTokenizer.js';
import { buildTokenizer, openTokenizer, wordsOf } from '../../lib/diffusion/tokenizer.js';
import { InputError } from '../../lib/errors.js';

const json = buildTokenizer({
  required: ['a red apple', 'on the beach', 'glass'],
  corpus: ['shiny shiny shiny', 'rare', 'dull dull dull dull'],
});
const tokenizer = openTokenizer(json, { maxTokens: 6 });
const tokensOf = (text: string) => {
  const byId = Object.entries(json.model.vocab).map(([token]) => token);
  return [...tokenizer.encode(text).ids].map((id) => byId[id]).join(' ');
};

describe('buildTokenizer', () => {
  it('knows the required words and the frequent ones of the corpus, padding first', () => {
    const tokens = Object.keys(json.model.vocab);
    expect(tokens.slice(0, 4)).toEqual(['[PAD]', '[UNK]', '##s', '##es']);
    expect(tokens.slice(4)).toEqual(['a', 'apple', 'beach', 'glass', 'on', 'red', 'the', 'dull', 'shiny']);
  });
  it('gives the required words the same tokens with any corpus', () => {
    const other = buildTokenizer({ required: ['a red apple', 'on the beach', 'glass'], corpus: [] });
    for (const [token, id] of Object.entries(other.model.vocab)) expect(json.model.vocab[token]).toBe(id);
  });
  it('extends another: its tokens keep their ids, new words come after them', () => {
    const more = buildTokenizer({ required: ['a green apple'], base: json, corpus: ['old old old'] });
    expect(Object.keys(more.model.vocab)).toEqual([...Object.keys(json.model.vocab), 'green', 'old']);
    const numbers = buildTokenizer({ required: ['2 apples', '10 pears'] });
    const extended = buildTokenizer({ required: ['plum'], base: numbers });
    for (const [token, id] of Object.entries(numbers.model.vocab)) expect(extended.model.vocab[token]).toBe(id);
  });
  it('refuses a size that cannot hold the required words', () => {
    expect(() => buildTokenizer({ required: ['one two three'], size: 5 })).toThrow(/at least 7/);
  });
});

describe('openTokenizer', () => {
  it('lowers case, drops punctuation and pads', () => {
    expect(tokensOf('A RED apple!')).toBe('a red apple [PAD] [PAD] [PAD]');
    expect(tokensOf('red-apple, beach')).toBe('red apple beach [PAD] [PAD] [PAD]');
    expect(tokensOf('')).toBe('[PAD] [PAD] [PAD] [PAD] [PAD] [PAD]');
    expect(tokensOf('  ,  ')).toBe('[PAD] [PAD] [PAD] [PAD] [PAD] [PAD]');
  });
  it('takes plurals apart, and calls other words unknown', () => {
    expect(tokensOf('apples glasses zebra')).toBe('apple ##s glass ##es [UNK] [PAD]');
    expect(tokenizer.encode('zebra apple').unknown).toBe(1);
  });
  it('cuts what is too long and counts it', () => {
    const { ids, truncated } = tokenizer.encode('the red apple on the beach on a beach');
    expect(ids).toHaveLength(6);
    expect(truncated).toBe(3);
  });
  it('refuses a vocabulary without the pad token', () => {
    expect(() => openTokenizer(json, { maxTokens: 6, config: { pad_token: '<pad>' } })).toThrow(/<pad>/);
  });
  it.each<[string, object, RegExp]>([
    ['an id of 1e9', { model: { ...json.model, vocab: { ...json.model.vocab, zebra: 1e9 } } }, /"zebra": 1000000000/],
    ['an id below 0', { model: { ...json.model, vocab: { ...json.model.vocab, zebra: -1 } } }, /"zebra": -1/],
    ['an added token of id 1e9', { added_tokens: [{ id: 1e9, content: '<x>', special: true }] }, /"<x>": 1000000000/],
    [
      'an expression that never ends',
      { normalizer: { type: 'Replace', pattern: { Regex: '^(a+)+$' }, content: '' } },
      /\^\(a\+\)\+\$/,
    ],
    ['no vocabulary', { model: { type: 'BPE' } }, /vocabulary/],
    ['no model', { model: null }, /a model/],
    ['a model of a kind unknown', { model: { ...json.model, type: 'Magic' } }, /type BPE[\s\S]*Magic/],
  ])('refuses %s', (_what, change, message) => {
    const open = () => openTokenizer({ ...json, ...change }, { maxTokens: 6, where: 'tokenizer.json' });
    expect(open).toThrow(InputError);
    expect(open).toThrow(message);
  });
  it('splits texts into the words it counts', () => {
    expect(wordsOf("A dog's T-shirt, 2 cafés")).toEqual(['a', 'dog', 's', 't', 'shirt', '2', 'cafés']);
  });
});

describe('openFolderTokenizer', () => {
  const lengthWith = (config: string) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tokenizer-'));
    try {
      writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(json));
      writeFileSync(path.join(folder, 'tokenizer_config.json'), config);
      return openFolderTokenizer(folder).maxTokens;
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it.each([
    ['{"model_max_length": 12}', 12],
    ['{}', 77],
    // What transformers writes where a model does not say it.
    ['{"model_max_length": 1000000000000000019884624838656}', 77],
    ['{"model_max_length": 1e30, "unk_token": null}', 77],
  ])('%s: reads %i tokens', (config, length) => {
    expect(lengthWith(config)).toBe(length);
  });

  it.each([
    '{"model_max_length": 0}',
    '{"model_max_length": -5}',
    '{"model_max_length": 1.5}',
    '{"model_max_length": "77"}',
  ])('refuses %s', (config) => {
    expect(() => lengthWith(config)).toThrow(/tokenizer_config\.json[\s\S]*model_max_length/);
  });
});
