import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { logSpacedLambdas, rawPixelFeatures } from '../../../lib/evaluate/index.js';
import { openEncoder, vitConfigs } from '../../../lib/synclr/index.js';
import { compareOnScenes, tierScenes, untrained } from '../../../lib/tiers/index.js';
import { classify } from '../../evaluate/classify.js';

const cache = mkdtempSync(path.join(tmpdir(), 'features-'));
afterAll(() => rmSync(cache, { recursive: true }));
const model = { ...vitConfigs.tiny, image: 32, width: 32, depth: 1, heads: 2 };

it('compares an encoder and raw pixels as if each were evaluated alone, and keeps their features', async () => {
  const frozen = untrained(model);
  const rows = await compareOnScenes('smoke', [frozen], { cache });
  const scenes = await tierScenes('smoke');
  const lambdas = logSpacedLambdas(5);
  const encoder = await openEncoder(frozen.params, model);
  const alone = await classify((images) => encoder.encode(images), scenes, { lambdas });
  await encoder.release();
  const pixels = await classify(rawPixelFeatures(), scenes, { lambdas });
  expect(rows).toEqual([
    { method: 'random init', ...alone },
    { method: 'raw pixels', ...pixels },
  ]);

  // Another encoder of the same name and shape has features of its own.
  const names = readdirSync(cache);
  expect(names).toHaveLength(6);
  const [other, same] = await compareOnScenes('smoke', [untrained(model, { seed: 1 })], { cache });
  expect(same).toEqual(rows[1]);
  expect(other.trials).not.toEqual(rows[0].trials);
  expect(readdirSync(cache)).toHaveLength(9);
}, 240_000);
