import { describe, expect, it } from 'vitest';
import { rng } from '../../lib/random/rng.js';
import type { HostTensors } from '../../lib/runs/hostTensor.js';
import type { EncoderConfig, ImageSource } from '../../lib/synclr/index.js';
import { batchOfStep } from '../../lib/synclr/index.js';
import { colouredSource } from './source.js';

// Worker threads run what was built (`npm test` builds first).
const built = new URL('../../lib/dist/synclr/openBatches.js', import.meta.url).href;
const { openBatches }: typeof import('../../lib/synclr/openBatches.js') = await import(built);
const toy = new URL('./trainToy.mjs', import.meta.url).href;
const { noiseSource, config: toyConfig }: { noiseSource(): ImageSource; config(steps: number): EncoderConfig } =
  await import(toy);

describe('openBatches', () => {
  it('gives the batches of the steps from `from` on, whatever the number of workers, also in arrays given back', async () => {
    const config = toyConfig(14);
    for (const workers of [0, 1, 3]) {
      const batches = openBatches({ config, seed: 4, source: noiseSource(), from: 2, workers });
      for (let step = 2; step < 14; step++) {
        const expected: HostTensors = await batchOfStep(rng(4, 'encoder').child('data'), step, noiseSource(), config);
        const batch = await batches.next();
        expect(batch).toEqual(expected);
        batches.giveBack(batch);
      }
      await expect(batches.next()).rejects.toThrow(RangeError);
      await batches.close();
    }
  });

  it('refuses workers for a source that they cannot open', () => {
    const options = { config: toyConfig(6), seed: 4, from: 0 };
    expect(() => openBatches({ ...options, source: colouredSource(), workers: 1 })).toThrow(/workers[\s\S]*opener/);
  });
});
