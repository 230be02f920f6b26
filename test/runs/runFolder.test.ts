import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InputError } from '../../lib/errors.js';
import { hostTensor } from '../../lib/runs/hostTensor.js';
import { requireSame } from '../../lib/runs/identity.js';
import { takeLock } from '../../lib/runs/lock.js';
import { prepareInOrder } from '../../lib/runs/orderedWorkers.js';
import { inRunFolder, keepCheckpoint, newestCheckpoint, type RunForm, resumeRun } from '../../lib/runs/runFolder.js';
import { everySeconds, runSteps } from '../../lib/runs/runSteps.js';
import { writeSafetensors } from '../../lib/runs/safetensors.js';
import { openStepLines } from '../../lib/runs/stepLines.js';

let out = '';
beforeEach(() => {
  out = mkdtempSync(path.join(tmpdir(), 'synclr-run-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

describe('requireSame', () => {
  const before = { seed: 1, model: { width: 4, rates: [0.1, 0.2] }, name: undefined };
  const told =
    (now: unknown, allow: string[] = []) =>
    () =>
      requireSame('run', { before, now, allow });

  it('compares leaf by leaf, whatever the order of keys; undefined is nothing', () => {
    expect(told({ model: { rates: [0.1, 0.2], width: 4 }, seed: 1 })()).toEqual([]);
    expect(told({ seed: 2, model: { width: 4, rates: [0.1, 0.3] }, more: null })).toThrow(
      /seed: 1 then, 2 now; model\.rates\.1: 0\.2 then, 0\.3 now; more: nothing then, null now/,
    );
    expect(told(null)).toThrow(InputError);
  });

  it('lets allowed keys differ, with all below them, and names them', () => {
    expect(told({ seed: 1, model: { width: 5 } }, ['model'])()).toEqual(['model.width', 'model.rates']);
    expect(told({ seed: 1, model: { width: 5, rates: [0.1, 0.2] } }, ['mod'])).toThrow(/model\.width/);
  });
});

describe('openStepLines', () => {
  const file = () => path.join(out, 'metrics.jsonl');
  const lines = (kept: number) => openStepLines<{ step: number }>(file(), (step) => step < kept);

  it('drops a torn last line and the lines of steps that are done again', () => {
    writeFileSync(file(), '{"step":0}\n{"step":1}\n{"step":2}\n{"st');
    const log = lines(2);
    expect(log.earlier).toEqual([{ step: 0 }, { step: 1 }]);
    log.append({ step: 2 });
    expect(readFileSync(file(), 'utf8')).toBe('{"step":0}\n{"step":1}\n{"step":2}\n');
  });

  it('names file and line of any other damage', () => {
    writeFileSync(file(), '{"step":0}\n{"ste\n{"step":2}\n');
    expect(() => lines(2)).toThrow(/metrics\.jsonl, line 2[\s\S]*JSON/);
  });
});

const form: RunForm<{ progress: { step: number }; total: number }> = {
  writer: 'a test',
  facts: { progress: z.looseObject({ step: z.int() }), total: z.int() },
  progress: ({ progress, total }) => ({ step: progress.step, total }),
};
const state = { w: hostTensor(Float32Array.of(1, 2), [2]) };
const resume = (now = 9) => resumeRun(out, form, { identity: ({ total }) => ({ total }), now: { total: now } });

describe('checkpoints', () => {
  it('come back with their facts; of numbered ones the newest stay', () => {
    expect(resume()).toBeUndefined();
    for (const step of [3, 12, 7]) {
      keepCheckpoint(out, { state, facts: { progress: { step }, total: 12 } }, { step, keep: 2 });
    }
    expect(readdirSync(out).sort()).toEqual(['checkpoint-000007.safetensors', 'checkpoint-000012.safetensors']);
    expect(newestCheckpoint(out)).toBe(path.join(out, 'checkpoint-000012.safetensors'));
    expect(resume(12)).toMatchObject({ state, facts: { progress: { step: 12 }, total: 12 }, changed: [] });
    expect(() => resume(13)).toThrow(/total: 12 then, 13 now/);
  });

  it.each([
    ['a part of a step', { progress: '{"step":2.5}', total: '9' }, /metadata `progress`[\s\S]*step/],
    [
      'more steps than there are',
      { progress: '{"step":1000000000}', total: '9' },
      /steps done, 0 … 9[\s\S]*1000000000/,
    ],
    ['fewer than none', { progress: '{"step":-1}', total: '9' }, /steps done[\s\S]*-1/],
    ['a word', { progress: 'abc', total: '9' }, /metadata `progress`[\s\S]*JSON/],
    ['cut-off JSON', { progress: '{"step":', total: '9' }, /checkpoint\.safetensors, metadata `progress`[\s\S]*JSON/],
    ['nothing', { total: '9' }, /a file of a test, with `progress`/],
  ])('with %s for progress are refused in words', (_, metadata, words) => {
    writeSafetensors(path.join(out, 'checkpoint.safetensors'), state, metadata);
    expect(resume).toThrow(InputError);
    expect(resume).toThrow(words);
  });

  it('whose name says other steps, or with numbers that are not finite, are refused', () => {
    const facts = { progress: { step: 4 }, total: 9 };
    keepCheckpoint(out, { state, facts }, { step: 5 });
    expect(resume).toThrow(/the state after 5 steps[\s\S]*that after 4/);
    keepCheckpoint(out, { state: { w: hostTensor(Float32Array.of(1, Number.NaN), [2]) }, facts }, { step: 4 });
    rmSync(path.join(out, 'checkpoint-000005.safetensors'));
    keepCheckpoint(out, { state: { w: hostTensor(Float32Array.of(1, Number.NaN), [2]) }, facts }, { step: 4 });
    expect(resume).toThrow(/tensor w[\s\S]*NaN at place 1/);
  });
});

/** A process that holds the lock of a run folder until it is killed. */
async function holder(folder: string) {
  const lock = JSON.stringify(new URL('../../lib/dist/runs/lock.js', import.meta.url).href);
  const file = JSON.stringify(path.join(folder, 'run.lock'));
  const program = `const { takeLock } = await import(${lock}); takeLock(${file}, 'x'); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('a run folder', () => {
  it('has one process at a time: the second is refused and told which; a dead one does not count', async () => {
    const child = await holder(out);
    await expect(inRunFolder(out, async () => 1)).rejects.toThrow(
      new RegExp(`run folder[\\s\\S]*process ${child.pid}`),
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(path.join(out, 'run.lock'))).toBe(true);
    expect(await inRunFolder(out, async () => 2)).toBe(2);
    expect(readdirSync(out)).toEqual([]);
  });

  it('is free again after an error, and refused to this process itself meanwhile', async () => {
    const nested = inRunFolder(out, () => inRunFolder(out, async () => 1));
    await expect(nested).rejects.toThrow(/this process itself/);
    expect(await inRunFolder(out, async () => 3)).toBe(3);
  });

  it.each([
    ['an empty lock', () => ''],
    ['a lock cut off', () => '{"pid":'],
    [
      'one of a process with our number that is older',
      () => `{"pid":${process.pid},"host":"${hostname()}","born":"1"}\n`,
    ],
    ['one of another machine that has been silent', () => '{"pid":1,"host":"elsewhere","born":"1"}\n'],
  ])('does not mind %s', async (_, text) => {
    const file = path.join(out, 'run.lock');
    writeFileSync(file, text());
    utimesSync(file, new Date(0), new Date(0));
    expect(await inRunFolder(out, async () => 4)).toBe(4);
  });

  it('of a process of another machine that shows it lives is refused', () => {
    const file = path.join(out, 'run.lock');
    writeFileSync(file, '{"pid":1,"host":"elsewhere","born":"1","command":"node x","since":"today"}\n');
    expect(() => takeLock(file, 'run folder')).toThrow(/process 1 on elsewhere \(node x\), since today/);
  });

  it('loses what dead processes left half written, and nothing else', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const ours = [`checkpoint.safetensors.${dead}.part`, `metrics.jsonl.${dead}.part`];
    const others = [`metrics.jsonl.${process.pid}.part`, `holiday.${dead}.part`, 'notes.part', 'a.json.part'];
    for (const name of [...ours, ...others]) writeFileSync(path.join(out, name), 'x');
    await inRunFolder(out, async () => {});
    expect(readdirSync(out).sort()).toEqual([...others].sort());
  });
});

/** A step that adds its input to its state, and fails where it is told to; it counts from its own start, as the engine does. */
function adding(start: number, failAt?: number) {
  let [sum, runs] = [start, 0];
  const released: boolean[] = [];
  return {
    released,
    async run({ x }: Record<string, ReturnType<typeof hostTensor>>) {
      if (runs++ === failAt) {
        throw new InputError({ where: `adding, step ${runs - 1}`, expected: 'e', found: 'f', fix: 'mend it' });
      }
      sum += x.data[0];
      return { sum: hostTensor(Float32Array.of(sum), []) };
    },
    state: async () => ({ sum: hostTensor(Float32Array.of(sum), []) }),
    release: async () => void released.push(true),
  };
}

describe('runSteps', () => {
  const run = (from: number, start: number, options: { stopAfter?: number; failAt?: number } = {}) => {
    const stop = new AbortController();
    const saved: number[][] = [];
    const step = adding(start, options.failAt);
    let next = from;
    const done = runSteps<number>({
      label: 'adding',
      from,
      until: 10,
      state: { sum: hostTensor(Float32Array.of(start), []) },
      batches: { next: async () => next++ },
      open: async () => step,
      inputs: (batch, at) => ({ x: hostTensor(Float32Array.of(batch * at), []) }),
      report: ({ done: count }) => {
        if (count === options.stopAfter) stop.abort();
        return '';
      },
      due: (count) => count % 4 === 0,
      save: (now, count) => void saved.push([count, now.sum.data[0]]),
      signal: stop.signal,
      kept: () => (saved.length > 0 ? `after ${saved[saved.length - 1][0]}` : undefined),
    });
    return { done, saved, step };
  };
  const squares = (n: number) => Array.from({ length: n }, (_, i) => i * i).reduce((a, b) => a + b, 0);

  it('saves when it is due, at the end and when it is stopped; resumed = never stopped', async () => {
    const whole = run(0, 0);
    expect(await whole.done).toMatchObject({ step: 10, state: { sum: { data: Float32Array.of(squares(10)) } } });
    expect(whole.saved).toEqual([4, 8, 10].map((n) => [n, squares(n)]));
    expect(whole.step.released).toEqual([true]);
    const half = run(0, 0, { stopAfter: 6 });
    expect((await half.done).step).toBe(6);
    expect(half.saved).toEqual([4, 6].map((n) => [n, squares(n)]));
    expect((await run(6, squares(6)).done).state).toEqual((await whole.done).state);
  });

  it('names the step of the run, not of the start, and the last checkpoint; the step is released', async () => {
    const { done, step } = run(3, 0, { failAt: 2 });
    await expect(done).rejects.toThrow(/adding, step 5[\s\S]*mend it; the last checkpoint is after 4/);
    expect(step.released).toEqual([true]);
    await expect(run(0, 0, { failAt: 0 }).done).rejects.toThrow(/no checkpoint was written yet/);
  });

  it('a clock says yes after so many seconds, and counts from then', () => {
    const times = [0, 5, 10, 11, 11, 20, 22, 22];
    const due = everySeconds(10, () => times.shift()!);
    expect(Array.from({ length: 5 }, due)).toEqual([false, false, true, false, true]);
  });
});

describe('worker threads', () => {
  it('do not start at a part of a step, nor keep a process alive that fails beside them', async () => {
    const opener = { module: new URL('./items.mjs', import.meta.url).href, name: 'openItems', options: {} };
    expect(() => prepareInOrder({ open: () => (n) => n, opener, workers: 2, from: 2.5 })).toThrow(/whole number/);
    const url = JSON.stringify(new URL('../../lib/dist/runs/orderedWorkers.js', import.meta.url).href);
    const program = `const { prepareInOrder } = await import(${url});
      const items = prepareInOrder({ open: () => {}, opener: ${JSON.stringify(opener)}, workers: 2, until: 100 });
      await items.next();
      console.error('beside');
      process.exitCode = 1;`;
    const file = path.join(out, 'program.mjs');
    writeFileSync(file, program);
    const ended = spawnSync(process.execPath, [file], {
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect(ended.stderr).toMatch(/beside/);
    expect([ended.status, ended.signal]).toEqual([1, null]);
  });
});
