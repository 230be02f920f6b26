import { describe, expect, test } from 'vitest';
import { type EncoderConfig, laptopClip, trainEncoder } from '../../lib/synclr/index.js';
import { textConfigs } from '../../lib/synclr/textTower.js';
import { colouredSource, toyStableRep } from './source.js';

const toyClip: EncoderConfig = {
  ...laptopClip,
  model: toyStableRep.model,
  clip: { text: textConfigs.toy, output: 8 },
  captions: 4,
  steps: 3,
  warmup: 1,
  optimiser: 'adamw',
  crops: toyStableRep.crops,
};

const source = { ...colouredSource(), tokens: (caption: number) => Int32Array.of(caption, 3, 15, 0, 0, 0, 0, 0) };

describe('trainEncoder', () => {
  test('the traced engine and the cpu backend give the same losses', async () => {
    const oracle = await trainEncoder(toyClip, source, { seed: 1, device: 'cpu' });
    const traced = await trainEncoder(toyClip, source, { seed: 1, device: 'onnx' });
    oracle.metrics.forEach(({ loss }, i) => {
      expect(traced.metrics[i].loss).toBeCloseTo(loss, 4);
    });
    expect(oracle.metrics[0].loss).toBeGreaterThan(0.5);
  });
});
