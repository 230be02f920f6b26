import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GeneratorStepReport } from '../../lib/diffusion/trainGenerator.js';
import { trainGenerator } from '../../lib/diffusion/trainGenerator.js';
import { toyConfig, toyImages, toyTokenizer } from './toy.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'generator-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const train = (out: string, options: Partial<Parameters<typeof trainGenerator>[0]> = {}) =>
  trainGenerator({
    config: toyConfig(),
    images: toyImages,
    tokenizer: toyTokenizer,
    out: path.join(folder, out),
    device: 'cpu',
    ...options,
  });

describe('trainGenerator', () => {
  it('learns: the loss falls', async () => {
    const reports: GeneratorStepReport[] = [];
    await train('run', { onStep: (report) => reports.push(report) });
    const mean = (from: number, to: number) =>
      reports.slice(from, to).reduce((sum, r) => sum + r.loss, 0) / (to - from);
    expect(reports).toHaveLength(30);
    expect(mean(20, 30)).toBeLessThan(0.6 * mean(0, 5));
    const lines = readFileSync(path.join(folder, 'run', 'loss.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).step)).toEqual([10, 20, 30]);
  });

  it('resumes to the same bits as an uninterrupted run', async () => {
    const config = toyConfig({ steps: 6 });
    const whole = await train('whole', { config });
    const stop = new AbortController();
    const half = await train('parts', {
      config,
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 3) stop.abort();
      },
    });
    expect(half.step).toBe(3);
    const resumed = await train('parts', { config });
    expect(resumed.step).toBe(6);
    for (const [name, tensor] of Object.entries(whole.state)) {
      expect(Buffer.from(resumed.state[name].data.buffer).equals(Buffer.from(tensor.data.buffer)), name).toBe(true);
    }
  });

  it('refuses to resume with other settings and names them', async () => {
    await train('run', { config: toyConfig({ steps: 2 }) });
    await expect(train('run', { config: toyConfig({ steps: 3, batch: 2 }) })).rejects.toThrow(
      /training\.batch: 4 then, 2 now; training\.steps: 2 then, 3 now[\s\S]*--allow/,
    );
    const longer = await train('run', { config: toyConfig({ steps: 3 }), allowChanges: ['training.steps'] });
    expect(longer.step).toBe(3);
    expect(longer.history).toEqual([{ step: 2, changed: ['training.steps'] }]);
  });

  it('stops at a loss that is not finite, says at which step, and keeps the last checkpoint', async () => {
    const config = toyConfig({ steps: 4 });
    const stop = new AbortController();
    await train('run', { config, signal: stop.signal, onStep: ({ step }) => step === 2 && stop.abort() });
    const before = readFileSync(path.join(folder, 'run', 'checkpoint.safetensors'));
    const broken = toyConfig({ steps: 4 });
    broken.training.lr = Number.NaN;
    broken.training.muonLr = Number.NaN;
    await expect(train('run', { config: broken, allowChanges: ['training.lr', 'training.muonLr'] })).rejects.toThrow(
      /finite/,
    );
    expect(readFileSync(path.join(folder, 'run', 'checkpoint.safetensors')).equals(before)).toBe(true);
  });
});
