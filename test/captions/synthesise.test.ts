import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TextCompleter } from '../../lib/captions/completer.js';
import { readCaptionLog } from '../../lib/captions/log.js';
import { mergeCaptionLogs } from '../../lib/captions/mergeLogs.js';
import type { CaptionMixture } from '../../lib/captions/mixture.js';
import { type SynthesiseCaptionsOptions, synthesiseCaptions } from '../../lib/captions/synthesise.js';

let folder: string;
let options: SynthesiseCaptionsOptions;
let closed = 0;

/** Stands in for llama.cpp: says its seed and query, after a wait, so that captions finish out of order. */
function echo({ parallel = 4, failAt = -1 } = {}): () => Promise<TextCompleter> {
  let calls = 0;
  return async () => ({
    parallel,
    device: 'none',
    async complete(prompt, { seed, signal }) {
      if (calls++ === failAt) throw new Error('model broke');
      await sleep(seed % 5, undefined, { signal });
      return ` ${prompt.slice(prompt.lastIndexOf('\n') + 1)} ${seed} \nleft over`;
    },
    close: async () => {
      closed++;
    },
  });
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'captions-'));
  closed = 0;
  const gguf = path.join(folder, 'model.gguf');
  writeFileSync(gguf, Buffer.from('GGUF\u0003\0\0\0', 'latin1'));
  const out = path.join(folder, 'captions.jsonl');
  options = { concepts: ['owl', 'fish'], backgrounds: ['sea'], count: 30, gguf, out, open: echo() };
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('synthesiseCaptions', () => {
  it('logs the trimmed first line of every completion with its provenance', async () => {
    const seen: number[] = [];
    const log = await synthesiseCaptions({ ...options, onProgress: (done) => seen.push(done) });
    expect(log.records.map(({ index }) => index)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    for (const { caption, concept, background, relation, seed } of log.records) {
      const query = [concept, background ?? relation].filter((part) => part !== undefined).join(', ');
      expect(caption).toBe(`${query} => ${seed}`);
    }
    expect(log.records[0].model).toMatchObject({ name: 'model.gguf' });
    expect(seen).toEqual(Array.from({ length: 31 }, (_, i) => i));
    expect(readCaptionLog(options.out)).toEqual(log);
    expect(closed).toBe(1);
  });

  it('stopped by a signal or an error and run again, gives the bytes of an undisturbed run', async () => {
    const undisturbed = path.join(folder, 'undisturbed.jsonl');
    await synthesiseCaptions({ ...options, out: undisturbed, open: echo({ parallel: 1 }) });

    const stop = new AbortController();
    const onProgress = (done: number) => done === 7 && stop.abort(new Error('Ctrl-C'));
    await expect(synthesiseCaptions({ ...options, signal: stop.signal, onProgress })).rejects.toThrow('Ctrl-C');
    await expect(synthesiseCaptions({ ...options, open: echo({ failAt: 9 }) })).rejects.toThrow('model broke');
    expect(closed).toBe(3);
    expect(existsSync(options.out)).toBe(false);
    const kept = readFileSync(`${options.out}.partial`, 'utf8').split('\n').length - 2;
    expect(kept).toBeGreaterThanOrEqual(7 + 6);

    let first = -1;
    await synthesiseCaptions({ ...options, onProgress: (done) => (first = first < 0 ? done : first) });
    expect(first).toBe(kept);
    expect(readFileSync(options.out)).toEqual(readFileSync(undisturbed));
  });

  it('does nothing for a finished log, and extends a smaller one', async () => {
    const small = await synthesiseCaptions({ ...options, count: 10 });
    const open = async () => {
      throw new Error('not needed');
    };
    expect(await synthesiseCaptions({ ...options, count: 10, open })).toEqual(small);
    const large = await synthesiseCaptions(options);
    expect(large.records.slice(0, 10)).toEqual(small.records);
  });

  it('refuses to go on with other concepts, seed or model', async () => {
    await synthesiseCaptions({ ...options, count: 3 });
    await expect(synthesiseCaptions({ ...options, concepts: ['owl'] })).rejects.toThrow(/sources/);
    await expect(synthesiseCaptions({ ...options, seed: 1 })).rejects.toThrow(/seed: 0 then, 1 now/);
    writeFileSync(options.gguf as string, Buffer.from('GGUF\u0003\0\0\0more', 'latin1'));
    await expect(synthesiseCaptions(options)).rejects.toThrow(/model\.sha256: /);
  });

  it('refuses a count that is no count, and a model that is none', async () => {
    await expect(synthesiseCaptions({ ...options, count: 0 })).rejects.toThrow(/whole number/);
    await expect(synthesiseCaptions({ ...options, gguf: path.join(folder, 'none') })).rejects.toThrow(/no such file/);
  });

  it('begins logs with the header that earlier logs have; layout and part stand in it only if they are not the default', async () => {
    const config = async (more: Partial<SynthesiseCaptionsOptions>) => {
      const log = await synthesiseCaptions({ ...options, ...more, count: 3, out: path.join(folder, 'header.jsonl') });
      rmSync(path.join(folder, 'header.jsonl'));
      return log.config;
    };
    const keys = ['seed', 'templates', 'sources', 'examples', 'decoding', 'model'];
    const plain = await config({});
    expect(Object.keys(plain)).toEqual(keys);
    const hash = createHash('sha256').update(JSON.stringify({ ...plain, model: 0 }));
    expect(hash.digest('hex')).toBe('f6d7f823d9dd5c3eb203487a7960eafe6228b42b6b2f6a8220b7093c5be7063e');
    const other = await config({ indentation: 'published', noun: 'caption', part: { index: 1, of: 2 } });
    expect(other).toEqual({ ...plain, indentation: 'published', noun: 'caption', part: { index: 1, of: 2 } });
  });

  it('split into parts that are stopped, extended and merged, gives the bytes of one run', async () => {
    await synthesiseCaptions(options);
    const parts = [0, 1, 2].map((index) => ({ part: { index, of: 3 }, out: path.join(folder, `${index}.jsonl`) }));
    for (const { part, out } of parts) {
      const counts: [number, number][] = [];
      const onProgress = (done: number, total: number) => counts.push([done, total]);
      await synthesiseCaptions({ ...options, part, out, count: 10, onProgress });
      const broken = synthesiseCaptions({ ...options, part, out, open: echo({ failAt: 3 }), onProgress });
      await expect(broken).rejects.toThrow('model broke');
      await synthesiseCaptions({ ...options, part, out, onProgress });
      expect(counts[0]).toEqual([0, part.index === 0 ? 4 : 3]);
      expect(counts.at(-1)).toEqual([10, 10]);
    }
    const merged = path.join(folder, 'merged.jsonl');
    expect(await mergeCaptionLogs({ parts: parts.map(({ out }) => out), out: merged })).toBe(30);
    expect(readFileSync(merged)).toEqual(readFileSync(options.out));
    const another = synthesiseCaptions({ ...options, part: { index: 1, of: 3 }, out: parts[0].out });
    await expect(another).rejects.toThrow(/part\.index: 0 then, 1 now/);
  });

  it('draws prompts only when their turn comes', async () => {
    const stop = new AbortController();
    const onProgress = (done: number) => done === 5 && stop.abort(new Error('enough'));
    // Would not fit into memory at once.
    const endless = synthesiseCaptions({ ...options, count: 2 ** 40, signal: stop.signal, onProgress });
    await expect(endless).rejects.toThrow('enough');
  });

  it('tells what is wrong before the model is opened', async () => {
    const open = async () => {
      throw new Error('opened');
    };
    const bad = async (more: Partial<SynthesiseCaptionsOptions>) => synthesiseCaptions({ ...options, open, ...more });
    await expect(bad({ concepts: [] })).rejects.toThrow(/an empty list/);
    await expect(bad({ backgrounds: undefined, concepts: ['owl'], count: 1 })).rejects.toThrow(
      /"owl"[\s\S]*backgrounds/,
    );
    const templates = { c: 1, 'c,color': 0 } as unknown as CaptionMixture['templates'];
    await expect(bad({ mixture: { sources: [], templates } })).rejects.toThrow(/"c,color"/);
    for (const part of [
      { index: 3, of: 3 },
      { index: -1, of: 3 },
      { index: 0.5, of: 2 },
      { index: 30, of: 40 },
    ]) {
      await expect(bad({ part })).rejects.toThrow(/count the parts from 0/);
    }
    expect(existsSync(options.out)).toBe(false);
    await expect(bad({})).rejects.toThrow('opened');
  });
});
