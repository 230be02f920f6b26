import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type BackgroundListsOptions,
  rankBackgrounds,
  synthesiseBackgroundLists,
} from '../../lib/captions/backgroundLists.js';
import type { TextCompleter } from '../../lib/captions/completer.js';
import { checkBackgrounds, objectMixture } from '../../lib/captions/mixture.js';
import { readConceptList } from '../../lib/data/conceptList.js';

describe('rankBackgrounds', () => {
  it('puts first what more answers name, then what was named earlier', () => {
    const answers = ['Barn, Meadow, field.', 'meadow, Barn, hill, meadow.', 'forest, meadow, cut off in the mid'];
    expect(rankBackgrounds('cow', answers)).toEqual(['meadow', 'barn', 'field', 'hill', 'forest']);
  });

  it('leaves out the concept itself, numbers, sentences and what is no name', () => {
    const answer =
      ' polar bears, 1954, , the place that everybody knows best of all, ice floe; (zoo), café, Polar Bear.\nleft over, x.';
    expect(rankBackgrounds('polar bear', [answer])).toEqual(['ice floe', 'café']);
    expect(rankBackgrounds('polar bear', ['', 'no comma'])).toEqual([]);
  });
});

describe('synthesiseBackgroundLists', () => {
  let folder: string;
  let options: BackgroundListsOptions;
  let asked: string[];

  /** Stands in for llama.cpp: places named after the query and, with the seed, one that no other answer has. */
  const open = async (): Promise<TextCompleter> => ({
    parallel: 3,
    device: 'none',
    async complete(prompt, { seed, signal }) {
      await Promise.resolve();
      signal?.throwIfAborted();
      const query = prompt.slice(prompt.lastIndexOf('\n') + 1, -' =>'.length);
      asked.push(query);
      return query === 'nothing' ? ' ' : ` ${query} House, Room ${seed}.`;
    },
    close: async () => undefined,
  });

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'backgrounds-'));
    asked = [];
    const gguf = path.join(folder, 'model.gguf');
    writeFileSync(gguf, Buffer.from('GGUF\u0003\0\0\0', 'latin1'));
    options = { concepts: ['owl', 'fish'], gguf, out: path.join(folder, 'lists.json'), rounds: 3, open };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('asks about each concept that has none, and writes what mixtures and concept lists take', async () => {
    const concepts = ['owl', { name: 'fish', backgrounds: ['sea'] }, 'kite', 'nothing'];
    const lists = await synthesiseBackgroundLists({ ...options, concepts });
    expect(asked.sort()).toEqual(['kite', 'kite', 'kite', 'nothing', 'nothing', 'nothing', 'owl', 'owl', 'owl']);
    expect(lists.map(({ backgrounds }) => backgrounds?.length)).toEqual([4, 1, 4, undefined]);
    expect(lists[0].backgrounds?.[0]).toBe('owl house');
    expect(lists[1]).toEqual(concepts[1]);
    expect(readConceptList(options.out)).toEqual(lists);
    expect(() => checkBackgrounds(objectMixture({ concepts: readConceptList(options.out) }))).toThrow(/"nothing"/);
    const shared = objectMixture({ concepts: readConceptList(options.out), backgrounds: ['meadow'] });
    expect(shared.sources[0].concepts[3].backgrounds).toEqual(['meadow']);
    const few = await synthesiseBackgroundLists({ ...options, concepts, size: 2 });
    expect(few[0].backgrounds).toEqual(lists[0].backgrounds?.slice(0, 2));
  });

  it('stopped and run again, asks only what is open; a longer list asks about the new ones', async () => {
    const concepts = Array.from({ length: 20 }, (_, i) => `thing ${i}`);
    const undisturbed = path.join(folder, 'undisturbed.json');
    await synthesiseBackgroundLists({ ...options, concepts, out: undisturbed });

    const stop = new AbortController();
    const onProgress = (done: number) => done === 7 && stop.abort(new Error('Ctrl-C'));
    const stopped = synthesiseBackgroundLists({ ...options, concepts, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toThrow('Ctrl-C');
    expect(existsSync(options.out)).toBe(false);
    // A kill may tear the last line.
    const log = `${options.out}.log`;
    writeFileSync(log, readFileSync(log).subarray(0, -5));
    const kept = readFileSync(log, 'utf8').split('\n').length - 2;
    expect(kept).toBeGreaterThanOrEqual(6);
    asked = [];
    await synthesiseBackgroundLists({ ...options, concepts });
    expect(asked).toHaveLength(3 * (20 - kept));
    expect(readFileSync(options.out)).toEqual(readFileSync(undisturbed));
    asked = [];
    const longer = await synthesiseBackgroundLists({ ...options, concepts: [...concepts, 'new'] });
    expect(asked).toEqual(['new', 'new', 'new']);
    expect(longer).toHaveLength(21);
  });

  it('refuses an empty list, a log of another config and a file that is no log', async () => {
    await expect(synthesiseBackgroundLists({ ...options, concepts: [] })).rejects.toThrow(/an empty list/);
    writeFileSync(options.out, 'mine');
    await expect(synthesiseBackgroundLists(options)).rejects.toThrow(/without its .*\.log, which would be overwritten/);
    expect(readFileSync(options.out, 'utf8')).toBe('mine');
    rmSync(options.out);
    await synthesiseBackgroundLists(options);
    await expect(synthesiseBackgroundLists({ ...options, seed: 1 })).rejects.toThrow(/seed: 0 then, 1 now/);
    writeFileSync(`${options.out}.log`, 'hello\n');
    await expect(synthesiseBackgroundLists(options)).rejects.toThrow(/line 1[\s\S]*hello/);
    expect(readFileSync(`${options.out}.log`, 'utf8')).toBe('hello\n');
  });
});
