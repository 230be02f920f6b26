import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeGeneratorCheckpoint } from '../../lib/diffusion/generatorCheckpoint.js';
import { initGenerator } from '../../lib/diffusion/generatorModel.js';
import { generatorState } from '../../lib/diffusion/generatorStep.js';
import { projectPath } from '../../lib/runs/paths.js';
import { toyConfig, toyTokenizer } from '../diffusion/toy.js';

const folder = mkdtempSync(path.join(tmpdir(), 'surroundings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const main = projectPath('lib', 'dist', 'cli', 'main.js');
/** Runs the built command line in a shell. */
const shell = (script: string, ...args: string[]) =>
  spawnSync('sh', ['-c', script, 'sh', process.execPath, main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, GLIBC_TUNABLES: '' },
  });

describe('the command line', () => {
  it('ends without a word when nobody reads what it prints', () => {
    for (const reader of ['head -1', 'true']) {
      const run = shell(`"$@" | ${reader}`, 'train-encoder', '--help');
      expect(run.stderr).toBe('');
      expect(run.status).toBe(0);
    }
  });

  it('shows control characters of others, and does not send them to the terminal', () => {
    const run = shell('"$@"', 'sheet', path.join(folder, '\u001b[31mred\u0007'));
    expect(run.stderr).toContain('␛[31mred␇');
    expect(run.stderr).not.toContain('\u001b');
    expect(run.status).toBe(1);
  });

  it('writes an exported generator into no folder of others, and into its own again', () => {
    const run = path.join(folder, 'run');
    const config = toyConfig();
    const counts = { captions: 0, truncated: 0, withUnknown: 0 };
    const state = generatorState(initGenerator(config.model, 1));
    writeGeneratorCheckpoint(run, {
      step: 1,
      state,
      config,
      tokenizer: toyTokenizer,
      counts,
      seconds: 1,
      history: [],
      pending: [],
    });
    writeFileSync(path.join(run, 'run.json'), JSON.stringify({ what: 'training of the text-to-image model' }));
    writeFileSync(path.join(run, 'loss.jsonl'), '');
    const foreign = path.join(folder, 'foreign');
    mkdirSync(foreign);
    writeFileSync(path.join(foreign, 'model_index.json'), '{"_class_name": "StableDiffusionPipeline"}');
    const refused = shell('"$@"', 'export-generator', '--run', run, '--out', foreign);
    expect(refused.stderr).toMatch(/expected: a new folder, an empty one, or an exported generator of ours/);
    expect(readFileSync(path.join(foreign, 'model_index.json'), 'utf8')).toMatch(/StableDiffusion/);
    for (let time = 0; time < 2; time++) {
      const made = shell('"$@"', 'export-generator', '--run', run, '--out', path.join(folder, 'model'));
      expect(made.stderr).toBe('');
      expect(made.status).toBe(0);
    }
  }, 180_000);
});
