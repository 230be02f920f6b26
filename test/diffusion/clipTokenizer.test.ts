import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolderTokenizer } from '../../lib/diffusion/tokenizer.js';
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
