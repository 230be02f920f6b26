import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { rng } from '../../lib/random/rng.js';
import { projectPath } from '../../lib/runs/paths.js';
import { readRunRecord } from '../../lib/runs/record.js';
import { initVit, vitConfigs } from '../../lib/synclr/vit.js';
import { writeBackbone } from '../../lib/synclr/weights/readBackbone.js';

const folder = mkdtempSync(path.join(tmpdir(), 'tuning-'));
afterAll(() => rmSync(folder, { recursive: true }));
const encoder = path.join(folder, 'toy.safetensors');
writeBackbone(encoder, { params: initVit(rng(0), vitConfigs.toy), config: vitConfigs.toy });

/** Runs the built command line as a user would. */
const synclr = (...args: string[]) => {
  const main = projectPath('lib', 'dist', 'cli', 'main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
};
const small = ['--encoder', encoder, '--concepts', '4', '--train', '8', '--test', '8', '--batch', '4'];

describe('the command line', () => {
  it('fine-tunes an encoder and writes a record', () => {
    const out = path.join(folder, 'finetune');
    const { status, said } = synclr('finetune', ...small, '--epochs', '3', '--out', out);
    expect(said).toMatch(/toy: last .* best /);
    expect(status).toBe(0);
    const { name, metrics, inputs } = readRunRecord(path.join(out, 'record.json'));
    expect(name).toBe('finetune-laptop/toy');
    expect(metrics).toMatchObject({ steps: 6, raw: { last: { epoch: 3 } }, ema: { last: { epoch: 3 } } });
    expect(inputs.encoder).toHaveLength(64);
  });

  it('trains a segmentation head and writes a record', () => {
    const out = path.join(folder, 'segment');
    const options = ['--preset', 'laptop-linear', '--random-init', '--steps', '3', '--size', '80'];
    const { status, said } = synclr('segment', ...small, ...options, '--out', out);
    expect(said).toMatch(/random init: mIoU /);
    expect(status).toBe(0);
    const { name, metrics, config, inputs } = readRunRecord(path.join(out, 'record.json'));
    expect(name).toBe('segment-laptop-linear/random init');
    expect(metrics).toMatchObject({ steps: 3, last: { step: 3 } });
    expect(config).toMatchObject({ frozen: true, steps: 3, train: 8, test: 8 });
    expect(inputs.encoder).toHaveLength(64);
  });

  it.each([
    ['an encoder that is not there', ['segment', '--encoder', path.join(folder, 'none')], /none/],
    ['an encoder too shallow', ['segment', ...small], /blocks 2,3,4,6 of 1/],
    ['a batch too large', ['finetune', ...small, '--batch', '9'], /batches of 9 of 8/],
    ['a folder without pictures', ['finetune', ...small, '--images', folder], /train/],
  ])('says in words what is wrong: %s', (_what, args, message) => {
    const { status, said } = synclr(...args);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });
});
