import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { evaluateCommand } from '../../lib/cli/evaluate.js';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'evaluate-'));
  for (const split of ['train', 'val', 'test'])
    for (const [name, colour] of [
      ['dark', 10],
      ['light', 240],
    ] as const) {
      mkdirSync(path.join(folder, 'own', split, name), { recursive: true });
      for (let i = 0; i < 6; i++) {
        const image = sharp(Buffer.alloc(12, colour + i), { raw: { width: 2, height: 2, channels: 3 } });
        await image.toFile(path.join(folder, 'own', split, name, `${i}.png`));
      }
    }
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const evaluate = async (...args: string[]) => {
  const out = path.join(folder, 'record.json');
  const common = ['--baseline', 'pixels', '--lambdas', '3', '--cache', path.join(folder, 'cache'), '--out', out];
  await evaluateCommand().parseAsync([...common, ...args], { from: 'user' });
  return JSON.parse(readFileSync(out, 'utf8'));
};

it('sets of one’s own are judged alone, and with tasks that are named', async () => {
  const { config, metrics } = await evaluate('--folders', path.join(folder, 'own'));
  expect(config.tasks).toEqual(['own']);
  expect(metrics.rows).toHaveLength(1);
  expect(metrics.rows[0].value).toBe(1);
});

it('parts have records of their own, which become the record of one process', async () => {
  const own = path.join(folder, 'own');
  const other = path.join(folder, 'other');
  cpSync(own, other, { recursive: true });
  const sets = ['--folders', own, other];
  const whole = await evaluate(...sets);
  expect(whole.metrics.rows.map(({ task }: { task: string }) => task)).toEqual(['own', 'other']);
  for (const part of ['0/2', '1/2']) await evaluate(...sets, '--part', part);
  const records = [0, 1].map((i) => path.join(folder, `record.part-${i}-of-2.json`));
  expect(records.map((file) => JSON.parse(readFileSync(file, 'utf8')).config.tasks)).toEqual([['own'], ['other']]);
  const same = ({ config, configHash, inputs, seed, metrics }: typeof whole) => ({
    config,
    configHash,
    inputs,
    seed,
    metrics,
  });
  expect(same(await evaluate(...sets, '--parts', ...records))).toEqual(same(whole));
  // A part that was lost is done now: its row is not taken from the other.
  const changed = JSON.parse(readFileSync(records[0], 'utf8'));
  changed.metrics.rows[0].value = 0.5;
  writeFileSync(records[0], JSON.stringify(changed));
  const merged = await evaluate(...sets, '--parts', records[0]);
  expect(merged.metrics.rows.map(({ value }: { value: number }) => value)).toEqual([0.5, 1]);
  await expect(evaluate(...sets, '--parts', records[0], '--seed', '1')).rejects.toThrow(
    /part-0-of-2[\s\S]*same encoder/,
  );
  // A set that has changed since keeps no old score.
  const [first] = readdirSync(own, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.png'));
  const pictures = readFileSync(path.join(own, first));
  rmSync(path.join(own, first));
  await expect(evaluate(...sets, '--parts', records[0])).rejects.toThrow(/own[\s\S]*pictures that are there now/);
  writeFileSync(path.join(own, first), pictures);
});

it('two sets of one name are refused: a record has one row a name', async () => {
  const own = path.join(folder, 'own');
  cpSync(own, path.join(folder, 'elsewhere', 'own'), { recursive: true });
  for (const sets of [
    [own, path.join(folder, 'elsewhere', 'own')],
    [own, own],
  ]) {
    await expect(evaluate('--folders', ...sets)).rejects.toThrow(
      /sets of different names[\s\S]*two that are called own/,
    );
  }
});

it('a task that there is not, and a class that one split lacks, are told in words', async () => {
  await expect(evaluate('--tasks', 'none', '--folders', path.join(folder, 'own'))).rejects.toThrow(
    /--tasks[\s\S]*none/,
  );
  rmSync(path.join(folder, 'own', 'test', 'dark'), { recursive: true });
  mkdirSync(path.join(folder, 'own', 'test', 'dim'));
  await sharp(Buffer.alloc(12), { raw: { width: 2, height: 2, channels: 3 } }).toFile(
    path.join(folder, 'own', 'test', 'dim', 'a.png'),
  );
  await expect(evaluate('--folders', path.join(folder, 'own'))).rejects.toThrow(
    /only in train: dark; only in test: dim/,
  );
});
