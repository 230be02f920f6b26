import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openFolderTokenizer } from '../../../lib/diffusion/folderTokenizer.js';
import { realVsSynthetic } from '../../../lib/experiments/definitions/realVsSynthetic.js';
import { experimentSettings, trainersOf } from '../../../lib/experiments/settings.js';
import { laptopClip, laptopSupervised } from '../../../lib/synclr/index.js';
import { openRealSource, tierSettings } from '../../../lib/tiers/index.js';
import { prepareTokenizer } from '../../../lib/tiers/world/clipRun.js';
import { altTextsOf } from '../../../lib/tiers/world/realSource.js';

it('real scenes are a source of one picture a caption, whose class is its concept', async () => {
  const source = await openRealSource({ real: 'train', count: 20, concepts: 8, size: 32, seed: 1 });
  const again = await openRealSource({ real: 'train', count: 20, concepts: 8, size: 32, seed: 1 });
  expect([source.captions, source.imagesPerCaption, source.size]).toEqual([20, 1, 32]);
  expect(source.classOf!(9)).toBe(1);
  expect(await source.image(3, 0)).toHaveLength(32 * 32 * 3);
  expect(await source.image(3, 0)).toEqual(await again.image(3, 0));
  expect(await source.image(3, 0)).not.toEqual(await source.image(4, 0));
});

it('has a true sentence for each scene when a text tower asks for one', async () => {
  const images = { real: 'train', count: 20, concepts: 8, size: 32, seed: 1 } as const;
  const captions = await altTextsOf(images);
  const run = mkdtempSync(path.join(tmpdir(), 'real-clip-'));
  const { words } = prepareTokenizer(run, laptopClip, { captions });
  const source = await openRealSource({ ...images, words });
  const tokenizer = openFolderTokenizer(words.tokenizer, { maxTokens: words.context });
  for (const [at, { text, concept }] of captions.entries()) {
    expect(text).toContain(concept);
    expect(source.tokens!(at)).toEqual(tokenizer.encode(text).ids);
    expect(captions.findIndex((other) => other.concept === concept)).toBe(
      captions.findIndex((_, i) => source.classOf!(i) === source.classOf!(at)),
    );
  }
});

it('the supervised upper bound has the classes of the tier, and is trained as in the experiments', () => {
  expect(laptopSupervised.classes).toBe(tierSettings('laptop').concepts);
  const settings = experimentSettings('laptop');
  const rows = realVsSynthetic.rows(settings, trainersOf(settings));
  const { encoder } = rows.find(({ label }) => label === 'supervised, real')!;
  const { model, steps, warmup } = encoder;
  expect(encoder).toEqual({ ...laptopSupervised, model, steps, warmup });
});
