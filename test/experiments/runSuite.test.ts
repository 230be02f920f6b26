import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runSuite } from '../../lib/experiments/runSuite.js';
import { planned, realSpec, suiteIn } from './fixtures.js';

const folder = mkdtempSync(path.join(tmpdir(), 'suite-'));
afterAll(() => rmSync(folder, { recursive: true }));
const settings = suiteIn(folder);
const program = new URL('./fakeWorker.mjs', import.meta.url).pathname;
const runs = (...seeds: number[]) => seeds.map((seed) => planned(realSpec(seed)));
const named = (seed: number) => planned(realSpec(seed)).name;

/** What fakeWorker.mjs does follows from the seed: 0 finishes, 1 fails, 2 dies, 4 waits to be stopped, 5 does not hear. */
const suite = (seeds: number[], options: Partial<Parameters<typeof runSuite>[1]> = {}) => {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  return runSuite(runs(...seeds), { settings, program, processes: 1, threads: 1, log, ...options }).then((outcome) => ({
    outcome,
    lines,
  }));
};

describe('runSuite', () => {
  it('goes on after a run that fails and after a process that dies, and says so', async () => {
    const { outcome, lines } = await suite([1, 2, 0]);
    expect(outcome.finished).toEqual([named(0)]);
    expect(outcome.failed).toEqual([
      { name: named(1), why: 'no such pictures' },
      { name: named(2), why: expect.stringMatching(/exit code 3.*processes/) },
    ]);
    expect([outcome.stopped, outcome.left]).toEqual([[], []]);
    expect(lines.filter((line) => line.startsWith('start'))).toHaveLength(3);
    expect(lines.find((line) => line.startsWith('finished'))).toContain('probe 50 %');
  });

  it('begins runs in their order, as many at a time as there are processes', async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const log = (line: string) => {
      lines.push(line);
      if (lines.length === 2) setTimeout(() => stop.abort(), 300);
    };
    const outcome = await runSuite(runs(4, 4, 0), {
      settings,
      program,
      processes: 2,
      threads: 1,
      signal: stop.signal,
      log,
    });
    expect(lines.slice(0, 3)).toEqual([
      `start    ${named(4)}`,
      `start    ${named(4)}`,
      'interrupted: 2 runs are stopped',
    ]);
    expect(outcome).toEqual({ finished: [], stopped: [named(4), named(4)], failed: [], left: [named(0)] });
  });

  it('stops what is under way at the deadline, kills what does not hear, and begins no other', async () => {
    const { outcome, lines } = await suite([4, 5, 0, 0], { processes: 2, deadline: Date.now() + 700, grace: 200 });
    expect(outcome.stopped.sort()).toEqual([named(4), named(5)].sort());
    expect(outcome.left).toEqual([named(0), named(0)]);
    expect(lines).toContain('deadline: 2 runs are stopped');
  });

  it('begins nothing when the deadline is past', async () => {
    const stop = new AbortController();
    stop.abort();
    const { outcome } = await suite([0], { signal: stop.signal });
    expect(outcome.left).toEqual([named(0)]);
  });

  it('tells a process the settings of the suite and its threads', async () => {
    const spying = path.join(folder, 'spy.mjs');
    writeFileSync(
      spying,
      `process.on('message', () => {
        console.log(process.argv[2], process.env.SYNCLR_THREADS);
        process.send({ finished: { file: '', summary: '' } });
      });`,
    );
    await suite([0], { program: spying, threads: 3, settings: { ...settings, work: `${folder}/spied` } });
    const printed = readFileSync(path.join(folder, 'spied', 'processes', '0.txt'), 'utf8');
    expect(JSON.parse(printed.slice(0, printed.lastIndexOf(' ')))).toEqual({ ...settings, work: `${folder}/spied` });
    expect(printed).toMatch(/ 3\n$/);
  });
});
