import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAPER_DECODING } from '../../lib/captions/completer.js';
import { inContextBanks } from '../../lib/captions/examples.js';
import { identifyGguf } from '../../lib/captions/gguf.js';
import { openLlama } from '../../lib/captions/llm.js';
import { objectMixture } from '../../lib/captions/mixture.js';
import { drawPrompt } from '../../lib/captions/prompts.js';
import { InputError } from '../../lib/errors.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gguf-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('identifyGguf', () => {
  const write = (name: string, content: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, Buffer.from(content, 'latin1'));
    return file;
  };

  it('gives name and hash', async () => {
    // sha256sum of the eight bytes.
    expect(await identifyGguf(write('good.gguf', 'GGUF\u0003\0\0\0'))).toEqual({
      name: 'good.gguf',
      sha256: '527ee9a8eac07fc69af277c264ea5bf5c0f037c442b5c3336c18aa10d2096bd6',
    });
  });

  it.each([
    ['empty', '', /nothing/],
    ['short', 'GGUF', /bytes 47475546/],
    ['pickle', '\u0080\u0002}q\u0000abcdefgh', /80027d71/],
    ['old', 'GGUF\u0001\0\0\0', /version 1/],
  ])('refuses a file that is %s', async (name, content, message) => {
    const file = write(name, content);
    await expect(identifyGguf(file)).rejects.toThrow(message);
    await expect(openLlama({ gguf: file })).rejects.toThrow(InputError);
  });

  it('refuses a path without a file, and a folder', async () => {
    await expect(identifyGguf(path.join(folder, 'none.gguf'))).rejects.toThrow(/no such file/);
    await expect(identifyGguf(folder)).rejects.toThrow(InputError);
  });
});

const gguf = process.env.SYNCLR_GGUF;
describe.runIf(gguf)('a real language model (SYNCLR_GGUF)', () => {
  const mixture = objectMixture({ concepts: ['owl', 'rocket', 'red apple'], backgrounds: ['beach', 'forest'] });
  const banks = inContextBanks();
  const prompts = Array.from({ length: 4 }, (_, index) => drawPrompt(index, { seed: 0, mixture, banks }));

  it('completes one line, the same again with one sequence and one thread, in any order', async () => {
    const llama = await openLlama({ gguf: gguf as string, gpu: false, threads: 1 });
    const forward = await Promise.all(prompts.map(({ text, seed }) => llama.complete(text, { seed })));
    const backward = await Promise.all([...prompts].reverse().map(({ text, seed }) => llama.complete(text, { seed })));
    await llama.close();
    for (const caption of forward) expect(caption).not.toContain('\n');
    expect(forward.join('').length).toBeGreaterThan(20);
    expect([...backward].reverse()).toEqual(forward);
  }, 120_000);

  it('decodes sequences side by side without mixing them', async () => {
    // Lists that repeat have one likely continuation each, whatever the rounding of a batch.
    const decoding = { ...PAPER_DECODING, temperature: 0, maxTokens: 8 };
    const lists = ['red green', 'cat dog', 'north south', 'seven eight', 'salt pepper', 'moon sun'];
    const llama = await openLlama({ gguf: gguf as string, gpu: false, sequences: 6, threads: 1, decoding });
    const prompts = lists.map((list) => `${list}, `.repeat(12).slice(0, -2));
    const texts = await Promise.all(prompts.map((prompt) => llama.complete(prompt, { seed: 0 })));
    await llama.close();
    texts.forEach((text, i) => {
      const words = text.match(/[a-z]+/g) ?? [];
      expect(words.length).toBeGreaterThanOrEqual(4);
      // The last word may be cut by maxTokens.
      for (const word of words.slice(0, -1)) expect(lists[i].split(' ')).toContain(word);
    });
  }, 120_000);

  it('refuses a prompt that does not fit', async () => {
    const llama = await openLlama({ gguf: gguf as string, gpu: false, contextSize: 256, threads: 1 });
    await expect(llama.complete('word '.repeat(400), { seed: 0 })).rejects.toThrow(/contextSize/);
    await llama.close();
  }, 120_000);
});
