import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchForStalls } from '../../lib/runs/stall.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const said: string[] = [];
const watch = (load = 1) => {
  said.length = 0;
  return watchForStalls({
    waitsFor: 'the language model',
    tell: (line) => said.push(line),
    load: () => load,
    cores: 2,
  });
};

describe('watchForStalls', () => {
  it('is silent while units come, however long it takes', () => {
    const { moved, end } = watch();
    for (let minute = 0; minute < 30; minute++) {
      vi.advanceTimersByTime(55_000);
      moved();
    }
    end();
    expect(said).toEqual([]);
  });

  it('says what it waits for after a minute, goes on saying it, and stops when a unit comes', () => {
    const { moved, end } = watch();
    vi.advanceTimersByTime(59_000);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(said).toEqual(['nothing for 60 s, waiting for the language model']);
    vi.advanceTimersByTime(60_000);
    expect(said.at(-1)).toBe('nothing for 120 s, waiting for the language model');
    const before = said.length;
    moved();
    vi.advanceTimersByTime(59_000);
    expect(said).toHaveLength(before);
    end();
  });

  it('says that others want the cores, too', () => {
    watch(3.4);
    vi.advanceTimersByTime(60_000);
    expect(said).toEqual([
      'nothing for 60 s, waiting for the language model (3.4 threads want the 2 cores: others compute, too)',
    ]);
  });

  it('is silent after the end', () => {
    watch().end();
    vi.advanceTimersByTime(600_000);
    expect(said).toEqual([]);
  });
});
