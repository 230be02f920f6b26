import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PAPER_DECODING } from '../../lib/captions/completer.js';
import { inContextBanks } from '../../lib/captions/examples.js';
import { identifyGguf } from '../../lib/captions/gguf.js';
import { type LlamaOptions, openLlama } from '../../lib/captions/llm.js';
import { objectMixture } from '../../lib/captions/mixture.js';
import { drawPrompt } from '../../lib/captions/prompts.js';
import { InputError } from '../../lib/errors.js';
import { availableCores } from '../../lib/runs/cores.js';
import { tinyGguf } from './tinyGguf.js';

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

describe('openLlama, on a tiny model of random weights', () => {
  const decoding = { ...PAPER_DECODING, maxTokens: 12 };
  const onCpu = { gpu: false, threads: 1, decoding } as const;
  const prompts = Array.from({ length: 16 }, (_, i) => `${'w3 w1 w4 '.repeat(1 + (i % 5))}w${i} =>`);
  let gguf: string;
  beforeAll(() => {
    gguf = path.join(folder, 'tiny.gguf');
    writeFileSync(gguf, tinyGguf());
  });

  const completeAll = async (options: LlamaOptions, order = [...prompts.keys()]): Promise<string[]> => {
    const llama = await openLlama({ ...onCpu, gguf, ...options });
    const texts: string[] = [];
    await Promise.all(
      order.map(async (i) => {
        texts[i] = await llama.complete(prompts[i], { seed: i });
      }),
    );
    await llama.close();
    return texts;
  };

  it('gives the same texts again with one sequence, in any order, each of one line', async () => {
    const forward = await completeAll({});
    expect(await completeAll({}, [...prompts.keys()].reverse())).toEqual(forward);
    for (const text of forward) expect(text).not.toContain('\n');
    expect(new Set(forward).size).toBe(prompts.length);
  });

  it.each([
    { sequences: 7 },
    // Prompts of 10 to 60 tokens, in pieces of at most 40.
    { sequences: 7, batchSize: 40 },
    { sequences: 7, flashAttention: false },
  ])('keeps the texts of many sequences apart: %o', async (options) => {
    const alone = await completeAll({ flashAttention: options.flashAttention });
    expect(await completeAll(options)).toEqual(alone);
  });

  it('keeps the texts of several contexts apart', async () => {
    const order = Array.from({ length: 80 }, (_, i) => prompts[i % prompts.length]);
    const write = async (options: LlamaOptions): Promise<string[]> => {
      const llama = await openLlama({ ...onCpu, gguf, ...options });
      const texts = await Promise.all(order.map((prompt, i) => llama.complete(prompt, { seed: i })));
      await llama.close();
      return texts;
    };
    expect(await write({ sequences: 32, threads: 2 })).toEqual(await write({}));
  });

  it('says what computes, and how many calls keep it busy', async () => {
    const many = await openLlama({ ...onCpu, gguf, sequences: 33, threads: 2 });
    expect(many).toMatchObject({ device: 'CPU, 2 threads in 2 contexts', parallel: 132 });
    await many.close();
    const llama = await openLlama({ ...onCpu, gguf });
    expect(llama.device).toBe('CPU, 1 thread');
    await llama.close();
  });

  it('refuses a prompt that does not fit the context, ours or the one the model was trained with', async () => {
    const long = 'w1 '.repeat(60);
    const llama = await openLlama({ ...onCpu, gguf, contextSize: 256 });
    await expect(llama.complete(long, { seed: 0 })).rejects.toThrow(
      /--context-size[\s\S]*room for \d{3} tokens[\s\S]*256/,
    );
    await llama.close();
    const short = path.join(folder, 'short.gguf');
    writeFileSync(short, tinyGguf({ contextLength: 128 }));
    const limited = await openLlama({ ...onCpu, gguf: short, contextSize: 1024 });
    await expect(limited.complete(long, { seed: 0 })).rejects.toThrow(/trained with a context of 128 tokens/);
    await limited.close();
  });

  it('computes with no more threads than there are cores, and with fewer where SYNCLR_THREADS says so', async () => {
    for (const [variable, threads] of [
      [undefined, availableCores()],
      ['1', 1],
      ['64', availableCores()],
    ] as const) {
      vi.stubEnv('SYNCLR_THREADS', variable);
      const llama = await openLlama({ gguf, gpu: false, decoding });
      await llama.complete(prompts[0], { seed: 0 });
      const fewer = variable === undefined ? ', fewer while others compute' : '';
      expect(llama.device).toBe(`CPU, ${threads} thread${threads === 1 ? '' : 's'}${fewer}`);
      await llama.close();
    }
    vi.unstubAllEnvs();
  });

  it.each([
    ['bert', { architecture: 'bert' }],
    ['nomic-bert', { architecture: 'nomic-bert' }],
    ['t5encoder', { architecture: 't5encoder' }],
    ['dream', { architecture: 'dream' }],
    ['llama', { causal: false }],
  ])('refuses a model that does not write word by word: %s', async (architecture, options) => {
    const file = path.join(folder, 'encoder.gguf');
    writeFileSync(file, tinyGguf(options));
    await expect(openLlama({ ...onCpu, gguf: file })).rejects.toThrow(InputError);
    await expect(openLlama({ ...onCpu, gguf: file })).rejects.toThrow(
      `completes text, word by word\n  found:    one of the architecture ${architecture}, which reads texts whole`,
    );
  });

  it.each([0.01, 0.9])('says of a file cut at %f of its length that it is cut short', async (share) => {
    const whole = tinyGguf();
    const file = path.join(folder, 'cut.gguf');
    writeFileSync(file, whole.subarray(0, Math.floor(share * whole.length)));
    const error = await openLlama({ ...onCpu, gguf: file }).catch((reason) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/cut\.gguf[\s\S]*a whole GGUF file[\s\S]*download the file again/);
    expect(error.found).not.toBe('');
  });

  it('says of a Git LFS pointer that it is one', async () => {
    const file = path.join(folder, 'pointer.gguf');
    writeFileSync(file, 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n');
    await expect(openLlama({ ...onCpu, gguf: file })).rejects.toThrow(/a Git LFS pointer[\s\S]*git lfs pull/);
  });

  it('stops when told to, and goes on with the next', async () => {
    const llama = await openLlama({ ...onCpu, gguf });
    const stop = new AbortController();
    const stopped = llama.complete(prompts[0], { seed: 0, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    const text = await llama.complete(prompts[1], { seed: 1 });
    await llama.close();
    expect(text).toBe((await completeAll({}, [1]))[1]);
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
});
