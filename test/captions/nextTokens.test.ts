import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type NextToken, openTokenModel, recordedTokenModel } from '../../lib/captions/nextTokens.js';
import { InputError } from '../../lib/errors.js';
import { worldPrompt } from '../../lib/tiers/index.js';
import { tinyGguf } from './tinyGguf.js';

const sumOf = (tokens: readonly NextToken[]) => tokens.reduce((sum, { p }) => sum + p, 0);

describe('openTokenModel, on a tiny model of random weights', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'next-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const gguf = path.join(folder, 'tiny.gguf');
  writeFileSync(gguf, tinyGguf());

  it('gives probabilities, likeliest first, the same whatever was asked before', async () => {
    const model = await openTokenModel({ gguf, gpu: false, threads: 1, least: 0 });
    const first = (await model.next('w3 w1 =>', []))!;
    expect(sumOf(first)).toBeCloseTo(1, 4);
    expect(first.map(({ p }) => p)).toEqual(first.map(({ p }) => p).sort((a, b) => b - a));
    const second = (await model.next('w3 w1 =>', first.slice(0, 1)))!;
    expect(second.map(({ p }) => p)).not.toEqual(first.map(({ p }) => p));
    await model.next('w9', first.slice(3, 5));
    const twice = [model.next('w3 w1 =>', []), model.next('w3 w1 =>', first.slice(0, 1))];
    expect(await Promise.all(twice)).toEqual([first, second]);
    await model.close();
  });

  it("keeps what top-k and the temperature leave: llama.cpp's own candidates", async () => {
    const model = await openTokenModel({ gguf, gpu: false, threads: 1 });
    const all = (await model.next('w3 w1 =>', []))!;
    const three = (await model.next('w3 w1 =>', [], { temperature: 0.5, topP: 1, topK: 3 }))!;
    const squares = all.slice(0, 3).map(({ p }) => p ** 2);
    expect(three.map(({ id }) => id)).toEqual(all.slice(0, 3).map(({ id }) => id));
    three.forEach(({ p }, i) => {
      expect(p).toBeCloseTo(squares[i] / squares.reduce((a, b) => a + b), 4);
    });
    await model.close();
  });

  it('refuses what is no model', async () => {
    await expect(openTokenModel({ gguf: path.join(folder, 'none.gguf') })).rejects.toThrow(InputError);
  });
});

describe('recordedTokenModel', () => {
  it('answers what was asked, with at least nine tenths of the probability, and nothing else', async () => {
    const model = recordedTokenModel();
    const { text } = worldPrompt(1091);
    const first = (await model.next(text, []))!;
    expect(first[0].text).toBe(' A');
    expect(sumOf(first)).toBeGreaterThan(0.9);
    expect((await model.next(text, first.slice(0, 1)))![0].text).toBe(' penguin');
    expect(await model.next('another prompt =>', [])).toBeUndefined();
    expect(await model.pieces('penguin')).toEqual(['penguin']);
    expect(await model.pieces('owl')).toBeUndefined();
  });
});
