import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolderTokenizer } from '../../lib/diffusion/folderTokenizer.js';
import { InputError } from '../../lib/errors.js';
import { readJson, writeJson } from '../../lib/runs/files.js';
import { readSafetensors } from '../../lib/runs/safetensors.js';

const golden = path.join(import.meta.dirname, 'golden');
const { tensors, metadata } = readSafetensors(path.join(golden, 'stableDiffusion.safetensors'));
const texts: string[] = JSON.parse(metadata.texts);
const tokenizer = openFolderTokenizer(path.join(golden, 'tiny-sd', 'tokenizer'));

describe("CLIP's tokenizer, from vocab.json and merges.txt", () => {
  it.each(texts.map((text, i) => [text.slice(0, 40), i]))('gives the ids of transformers: %j', (_, i) => {
    const expected = tensors.ids.data.slice(77 * i, 77 * (i + 1));
    expect([...tokenizer.encode(texts[i]).ids]).toEqual([...expected]);
  });
  it('keeps the end of text where it cuts, and counts what is lost', () => {
    const { ids, truncated, unknown } = tokenizer.encode('cat '.repeat(80));
    expect(ids[76]).toBe(ids.at(-1));
    expect(ids[75]).not.toBe(ids[76]);
    expect([truncated % 80, unknown]).toEqual([80 + 2 - 77, 0]);
  });
});

describe('merges.txt', () => {
  const merges = readFileSync(path.join(golden, 'tiny-sd', 'tokenizer', 'merges.txt'), 'utf8')
    .trimEnd()
    .split('\n');
  const open = (lines: readonly string[], ends = '\n') => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tokenizer-'));
    try {
      cpSync(path.join(golden, 'tiny-sd', 'tokenizer'), folder, { recursive: true });
      writeFileSync(path.join(folder, 'merges.txt'), lines.map((line) => `${line}${ends}`).join(''));
      return openFolderTokenizer(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  it('may end its lines as Windows does, and have empty ones', () => {
    const found = open([...merges, ''], '\r\n');
    for (const text of texts) expect(found.encode(text)).toEqual(tokenizer.encode(text));
  });
  it.each<[string, readonly string[], RegExp]>([
    ['cut short', merges.slice(0, 80), /merges\.txt[\s\S]*none for "[^"]+", among 79/],
    ['cut inside a line', [...merges.slice(0, -1), merges.at(-1)!.slice(0, -3)], /none for|merge \d+/],
    ['with a token that is none', [...merges, 'zebra qq'], /merge \d+: "zebra qq"/],
    ['with three tokens in a line', [...merges, 't h e'], /merge \d+: "t h e"/],
    ['empty', [], /none for/],
  ])('is refused %s', (_name, lines, message) => {
    expect(() => open(lines)).toThrow(InputError);
    expect(() => open(lines)).toThrow(message);
  });
});

describe("Stable Diffusion 2's padding, wherever it is named, as transformers reads it", () => {
  const { texts, cases } = readJson<{
    texts: string[];
    cases: Record<string, { config: object; special: object | null; ids: number[][] }>;
  }>(path.join(golden, 'sd2Tokenizer.json'));
  it.each(Object.entries(cases))('%s', (_name, { config, special, ids }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tokenizer-'));
    for (const file of ['vocab.json', 'merges.txt']) {
      cpSync(path.join(golden, 'tiny-sd', 'tokenizer', file), path.join(folder, file));
    }
    writeJson(path.join(folder, 'tokenizer_config.json'), config);
    if (special) writeJson(path.join(folder, 'special_tokens_map.json'), special);
    const tokenizer = openFolderTokenizer(folder);
    expect(texts.map((text) => [...tokenizer.encode(text).ids])).toEqual(ids);
    rmSync(folder, { recursive: true });
  });
});
