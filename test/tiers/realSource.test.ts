import { expect, it } from 'vitest';
import { realVsSynthetic } from '../../lib/experiments/definitions/realVsSynthetic.js';
import { experimentSettings, trainersOf } from '../../lib/experiments/settings.js';
import { laptopSupervised } from '../../lib/synclr/index.js';
import { openRealSource, tierSettings } from '../../lib/tiers/index.js';

it('real scenes are a source of one picture a caption, whose class is its concept', async () => {
  const source = await openRealSource({ real: 'train', count: 20, concepts: 8, size: 32, seed: 1 });
  const again = await openRealSource({ real: 'train', count: 20, concepts: 8, size: 32, seed: 1 });
  expect([source.captions, source.imagesPerCaption, source.size]).toEqual([20, 1, 32]);
  expect(source.classOf!(9)).toBe(1);
  expect(await source.image(3, 0)).toHaveLength(32 * 32 * 3);
  expect(await source.image(3, 0)).toEqual(await again.image(3, 0));
  expect(await source.image(3, 0)).not.toEqual(await source.image(4, 0));
});

it('the supervised upper bound has the classes of the tier, and is trained as in the experiments', () => {
  expect(laptopSupervised.classes).toBe(tierSettings('laptop').concepts);
  const settings = experimentSettings('laptop');
  const rows = realVsSynthetic.rows(settings, trainersOf(settings));
  const { encoder } = rows.find(({ label }) => label === 'supervised, real')!;
  const { model, steps, warmup } = encoder;
  expect(encoder).toEqual({ ...laptopSupervised, model, steps, warmup });
});
