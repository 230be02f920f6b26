import { describe, expect, it } from 'vitest';
import { rng } from '../../lib/random/rng.js';
import type { CropsAt, EncoderConfig } from '../../lib/synclr/index.js';
import { batchOfStep, chooseCropsAt, trainEncoder } from '../../lib/synclr/index.js';
import { colouredSource, toyStableRep, toySynclr } from './source.js';

const source = colouredSource();
const apart = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((x, i) => Math.abs(x / b[i] - 1)));

describe('crops cut on the device', () => {
  it.each([
    ['synclr', toySynclr],
    ['stablerep', toyStableRep],
    ['simclr, two crops an image', { ...toyStableRep, objective: 'simclr', crops: toySynclr.crops } as EncoderConfig],
  ])('train as those of the host do: %s', async (_, asked) => {
    const config = { ...asked, crops: asked.objective === 'synclr' ? asked.crops : { ...asked.crops, locals: 0 } };
    const [host, device] = await Promise.all(
      (['host', 'device'] as const).map((cropsAt: CropsAt) => trainEncoder(config, source, { seed: 3, cropsAt })),
    );
    const losses = [host, device].map(({ metrics }) => metrics.map(({ loss }) => loss));
    expect(apart(losses[0], losses[1])).toBeLessThan(1e-3);
    expect(losses[0]).not.toEqual(losses[1]); // they did run in two places
  });

  it('leave everything else of a batch as it is, and write over a spare one', async () => {
    const host = await batchOfStep(rng(1), 3, source, toySynclr);
    const device = await batchOfStep(rng(1), 3, source, toySynclr, { cropsAt: 'device' });
    const { crops, locals, ...same } = host;
    const { pictures, cropDraws, localDraws, ...others } = device;
    expect(others).toEqual(same);
    expect([pictures, cropDraws, localDraws].map(({ shape }) => shape[0])).toEqual([6, 6, 12]);
    expect([crops, locals].map(({ shape }) => shape[0])).toEqual([6, 12]);
    const spare = await batchOfStep(rng(1), 4, source, toySynclr, { cropsAt: 'device' });
    const again = await batchOfStep(rng(1), 3, source, toySynclr, { cropsAt: 'device', spare });
    expect(again).toEqual(device);
    expect(again.pictures.data).toBe(spare.pictures.data);
  });

  it('are the choice of GPUs and XLA, and of no step in chunks', () => {
    const whole = { chunked: false };
    expect((['onnx', 'cpu', 'xla', 'onnx-cuda'] as const).map((device) => chooseCropsAt(device, whole))).toEqual([
      'host',
      'host',
      'device',
      'device',
    ]);
    expect(chooseCropsAt('onnx', { asked: 'device', chunked: false })).toBe('device');
    expect(chooseCropsAt('xla', { chunked: true })).toBe('host');
    expect(() => chooseCropsAt('xla', { asked: 'device', chunked: true })).toThrow(/chunk/);
  });
});
