import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectPath } from '../../lib/runs/paths.js';
import { readRunRecord } from '../../lib/runs/record.js';
import { readEncoder } from '../../lib/synclr/index.js';

const folder = mkdtempSync(path.join(tmpdir(), 'train-encoder-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the built command line as a user would. */
const train = (...args: string[]) => {
  const main = projectPath('lib', 'dist', 'cli', 'main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'train-encoder', ...args], {
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
};

describe('train-encoder --real', () => {
  it.each(['supervised', 'simclr'])('trains %s on real scenes, and its record says on which', (objective) => {
    const out = path.join(folder, objective);
    const few = ['--batch', '8', '--steps', '2', '--patch', '16', '--seed', '3'];
    expect(train('--real', '24', '--objective', objective, ...few, '--out', out)).toMatchObject({ status: 0 });
    const { config, inputs, metrics } = readRunRecord(path.join(out, 'record.json'));
    expect(config).toMatchObject({ objective, captions: 8, imagesPerCaption: 1 });
    const scenes = { real: 'train', count: 24, concepts: 200, size: 64, seed: 4 };
    expect(metrics).toMatchObject({ steps: 2, images: 24, scenes });
    expect(Object.keys(inputs)).toEqual(['scenes']);
    expect(readEncoder(out).student.cls_token.shape).toEqual([1, 1, 192]);
  });

  it.each([
    ['one picture a caption for StableRep', ['24'], /--real[\s\S]*several images of a caption[\s\S]*stablerep/],
    ['no words for CLIP', ['24', '--objective', 'clip'], /nor its words[\s\S]*clip/],
    ['fewer than a batch', ['24', '--objective', 'supervised'], /at least 128 captions/],
    ['no number', ['many', '--objective', 'supervised'], /--real[\s\S]*a whole number/],
    ['two sources', ['24', '--images', folder], /'--real <count>' cannot be used with option '--images <folder>'/],
  ])('refuses %s', (_what, args, message) => {
    const { status, said } = train('--out', path.join(folder, 'refused'), '--real', ...args);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });
});
