import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followFreeCores, freeCores, processorTime } from '../../lib/runs/freeCores.js';

const time = (at: number, all: number, own: number) => ({ at, all, own });
const start = time(100, 5000, 50);

describe('freeCores', () => {
  it.each([
    ['a quiet machine', 2, 0, 0, 2],
    ['a quiet machine that hums', 2, 0.2, 0, 2],
    ['a quiet machine, and both cores ours', 2, 2, 2, 2],
    ['another process on one core', 2, 1, 0, 1],
    ['another process that gets two thirds of one beside our two threads', 2, 2, 1.33, 1],
    ['many others', 2, 2, 0.1, 1],
    ['three others of eight cores', 8, 8, 5, 5],
    ['one core', 1, 1, 0, 1],
  ])('%s', (_what, cores, all, own, free) => {
    expect(freeCores(start, time(102, 5000 + 2 * all, 50 + 2 * own), cores)).toBe(free);
  });

  it('is all cores where no time has passed', () => {
    expect(freeCores(start, start, 4)).toBe(4);
  });
});

it('the processor has worked, and this process for a part of it', () => {
  const { all, own } = processorTime();
  expect(own).toBeGreaterThan(0);
  expect(all).toBeGreaterThan(0);
});

describe('followFreeCores', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('says what is free at once, and again when that changes', async () => {
    let [at, all] = [0, 0];
    let others = 0;
    const look = () => time(at, all, 0);
    const pass = async (seconds: number) => {
      at += seconds;
      all += others * seconds;
      await vi.advanceTimersByTimeAsync(1000 * seconds);
    };
    const said: number[] = [];
    const follow = followFreeCores((free) => said.push(free), { cores: 2, look });
    await pass(0.2);
    const stop = await follow;
    expect(said).toEqual([2]);
    others = 1;
    await pass(2);
    await pass(2);
    expect(said).toEqual([2, 1]);
    others = 0;
    await pass(2);
    expect(said).toEqual([2, 1, 2]);
    stop();
    others = 2;
    await pass(2);
    expect(said).toEqual([2, 1, 2]);
  });
});
