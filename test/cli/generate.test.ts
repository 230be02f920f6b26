import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportGenerator } from '../../lib/diffusion/exportGenerator.js';
import { initGenerator } from '../../lib/diffusion/generatorModel.js';
import { openPipeline } from '../../lib/diffusion/pipeline.js';
import { projectPath, readJson, sha256, writeJson } from '../../lib/runs/index.js';
import { toyConfig, toyTokenizer } from '../diffusion/toy.js';

const folder = mkdtempSync(path.join(tmpdir(), 'generate-'));
const inFolder = (name: string) => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => {
  const { model } = toyConfig();
  const weights = initGenerator(model, 1);
  exportGenerator(inFolder('model'), { config: model, weights, tokenizer: toyTokenizer, batch: 2 });
});

/** The built command line, with one thread a process. GLIBC_TUNABLES set: it doesn't start itself once more. */
function generate(out: string, ...args: string[]): ChildProcess {
  const main = projectPath('lib', 'dist', 'cli', 'main.js');
  const set = ['--count', '24', '--images', '2', '--steps', '60', '--shard-captions', '1', '--seed', '5'];
  return spawn(
    process.execPath,
    [main, 'generate', '--model', inFolder('model'), ...set, '--out', inFolder(out), ...args],
    { env: { ...process.env, SYNCLR_THREADS: '1', GLIBC_TUNABLES: '' }, stdio: 'ignore' },
  );
}

const shardsIn = (out: string) =>
  existsSync(inFolder(`${out}/shards`))
    ? readdirSync(inFolder(`${out}/shards`)).filter((n) => n.endsWith('.json'))
    : [];

/** The hashes of all files of a set. */
function hashes(out: string): Record<string, string> {
  const names = readdirSync(inFolder(out), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(inFolder(out), path.join(entry.parentPath, entry.name)))
    .sort();
  return Object.fromEntries(names.map((name) => [name, sha256(readFileSync(path.join(inFolder(out), name)))]));
}

/** Stops a run when the set has so many shards, and looks that it was not finished by then. */
async function stopAt(run: ChildProcess, out: string, shards: number, signal: NodeJS.Signals): Promise<unknown[]> {
  const ended = once(run, 'exit');
  while (shardsIn(out).length < shards && run.exitCode === null) await new Promise((next) => setTimeout(next, 2));
  run.kill(signal);
  const result = await ended;
  expect(existsSync(inFolder(`${out}/manifest.json`))).toBe(false);
  return result;
}

describe('synclr generate', () => {
  it('gives the same bytes from one process, from three, and from a run that was stopped three times', async () => {
    expect(await once(generate('one'), 'exit')).toEqual([0, null]);
    expect(await once(generate('three', '--workers', '3'), 'exit')).toEqual([0, null]);
    expect(await stopAt(generate('stopped'), 'stopped', 3, 'SIGKILL')).toEqual([null, 'SIGKILL']);
    expect(await stopAt(generate('stopped', '--workers', '2'), 'stopped', 8, 'SIGINT')).toEqual([130, null]);
    expect(await stopAt(generate('stopped'), 'stopped', 14, 'SIGKILL')).toEqual([null, 'SIGKILL']);
    expect(await once(generate('stopped'), 'exit')).toEqual([0, null]);
    const expected = hashes('one');
    expect(Object.keys(expected)).toHaveLength(3 + 2 * 24);
    expect(hashes('three')).toEqual(expected);
    expect(hashes('stopped')).toEqual(expected);
  }, 180_000);

  it('a worker that finds another model than the set was begun with says so in words', async () => {
    const built = new URL('../../lib/dist/diffusion/shardProcess.js', import.meta.url).href;
    const { forkShardMaker }: typeof import('../../lib/diffusion/shardProcess.js') = await import(built);
    const pipeline = await openPipeline(inFolder('model'), { providers: ['cpu'], log: () => {} });
    writeJson(inFolder('other/config.json'), { ...readJson<object>(inFolder('one/config.json')), model: 'another' });
    const made: number[] = [];
    const signal = new AbortController().signal;
    const maker = forkShardMaker({ pipeline, out: inFolder('other'), workers: 2, onMade: (n) => made.push(n), signal });
    await expect(maker.make(0)).rejects.toThrow(/the model of the image set, another/);
    expect(made).toEqual([]);
    maker.close();
    await pipeline.release();
  }, 60_000);
});

describe('synclr sheet', () => {
  it('lays out captions of a set with all their images', async () => {
    const main = projectPath('lib', 'dist', 'cli', 'main.js');
    const args = [main, 'sheet', inFolder('one'), '--count', '4', '--cell', '32', '--out', inFolder('sheet.png')];
    expect(await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit')).toEqual([0, null]);
    // Two captions of two images to a row.
    expect((await sharp(inFolder('sheet.png')).metadata()).width).toBe(4 * (32 + 2) + 2);
  }, 60_000);
});
