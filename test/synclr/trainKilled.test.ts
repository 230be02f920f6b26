import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { projectPath } from '../../lib/runs/index.js';

// These start processes with worker threads, so they run what was built (`npm test` builds first).
const folder = mkdtempSync(path.join(tmpdir(), 'synclr-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const STEPS = 300;

interface Run {
  child: ChildProcess;
  said: () => string;
  ended: Promise<unknown>;
}

function start(out: string, options: { workers: number; bad?: [number, number] }): Run {
  const given = JSON.stringify({ out: path.join(folder, out), steps: STEPS, ...options });
  const child = spawn(process.execPath, [projectPath('test', 'synclr', 'trainToy.mjs'), given], {
    env: { ...process.env, SYNCLR_THREADS: '1' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      said += text;
    });
  }
  return { child, said: () => said, ended: once(child, 'close') };
}

const metricsFile = (out: string) => path.join(folder, out, 'metrics.jsonl');
const stepsIn = (out: string) =>
  existsSync(metricsFile(out)) ? readFileSync(metricsFile(out), 'utf8').split('\n').length - 1 : 0;
const checkpoints = (out: string) =>
  readdirSync(path.join(folder, out)).filter((name) => /^checkpoint-\d+\.safetensors$/.test(name));

/** All that the run recorded, but the seconds of its steps. */
const linesOf = (out: string) =>
  readFileSync(metricsFile(out), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: 0 }));

/** Lets a run come to a step, and to a random moment of the steps behind it, then sends the signal. */
async function startAndStop(out: string, { at, signal }: { at: number; signal: 'SIGKILL' | 'SIGINT' }): Promise<Run> {
  const run = start(out, { workers: 2 });
  while (stepsIn(out) < at && run.child.exitCode === null) await sleep(5);
  await sleep(20 * Math.random());
  run.child.kill(signal);
  await run.ended;
  return run;
}

describe('a run with worker threads', () => {
  it('killed with -9 at random moments and stopped once = undisturbed without workers, bit for bit', async () => {
    const undisturbed = start('whole', { workers: 0 });
    const moments = [30, 110, 190].map((from) => from + Math.floor(50 * Math.random()));
    for (const at of moments) {
      const run = await startAndStop('killed', { at, signal: 'SIGKILL' });
      expect(run.child.signalCode, run.said()).toBe('SIGKILL');
    }
    const stopped = await startAndStop('killed', { at: 265, signal: 'SIGINT' });
    expect(stopped.child.exitCode, stopped.said()).toBe(130);
    expect(stopped.said()).toMatch(/stopping: run it again/);
    const last = start('killed', { workers: 1 });
    await Promise.all([last.ended, undisturbed.ended]);
    expect([last.said(), undisturbed.said()], `killed at ${moments}`).toEqual([`${STEPS}\n`, `${STEPS}\n`]);

    expect(linesOf('killed')).toEqual(linesOf('whole'));
    expect(linesOf('whole').map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i));
    for (const name of ['encoder.safetensors', 'best.safetensors', `checkpoint-000${STEPS}.safetensors`]) {
      const [killed, whole] = ['killed', 'whole'].map((out) => readFileSync(path.join(folder, out, name)));
      expect(killed.equals(whole), `${name}, killed at ${moments}`).toBe(true);
    }
    expect(checkpoints('whole')).toEqual(['checkpoint-000280.safetensors', 'checkpoint-000300.safetensors']);
    expect(checkpoints('killed')).toHaveLength(2);
  }, 120_000);

  it('an image that cannot be read ends the run, and is named', async () => {
    const run = start('bad', { workers: 1, bad: [2, 1] });
    await run.ended;
    expect(run.child.exitCode).toBe(1);
    expect(run.said()).toMatch(/training image 1 of caption 2[\s\S]*the file ends after 5 bytes/);
  });
});
