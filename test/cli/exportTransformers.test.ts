import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encoderCard } from '../../lib/cli/encoderCard.js';
import { realScenes } from '../../lib/data/scenes.js';
import { openSession } from '../../lib/engine/session.js';
import { normalisations } from '../../lib/pictures/normalise.js';
import { projectPath } from '../../lib/runs/paths.js';
import { temporaryFolder } from '../../lib/runs/temporaryFolder.js';
import { encode, encodePatches } from '../../lib/synclr/encode.js';
import { exportTransformers } from '../../lib/synclr/weights/exportTransformers.js';
import { readBackbone } from '../../lib/synclr/weights/readBackbone.js';
import { tierConcepts } from '../../lib/tiers/world/captions.js';

const from = projectPath('data', 'models', 'encoder-synclr');
const backbone = readBackbone(from);
const folder = temporaryFolder('transformers');
beforeAll(() => exportTransformers(folder, backbone, { card: encoderCard(from, backbone) }));
afterAll(() => rmSync(folder, { recursive: true }));

const json = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));

/** Where @huggingface/transformers is installed (`npm install --no-save --ignore-scripts @huggingface/transformers`). */
function installed(): string | undefined {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('@huggingface/transformers')).href;
  } catch {
    return undefined;
  }
}

describe('the folder for @huggingface/transformers', () => {
  it('says what the model is, what pictures it wants, and what was measured of it', () => {
    expect(json('config.json')).toMatchObject({ model_type: 'vit', hidden_size: 192, patch_size: 8, image_size: 64 });
    const { image_mean, size, rescale_factor } = json('preprocessor_config.json');
    expect({ image_mean, size, rescale_factor }).toEqual({
      image_mean: normalisations.clip.mean,
      size: { height: 64, width: 64 },
      rescale_factor: 1 / 255,
    });
    const { linear } = JSON.parse(
      readFileSync(projectPath('paper-repro', 'results', 'laptop', 'evaluation', 'synclr-probe.json'), 'utf8'),
    ).metrics;
    expect(readFileSync(path.join(folder, 'README.md'), 'utf8')).toContain(`${(100 * linear.accuracy).toFixed(1)} %`);
  });

  it('has both files, with the ports that are asked for', async () => {
    for (const name of ['model', 'model_quantized']) {
      const session = await openSession(path.join(folder, 'onnx', `${name}.onnx`));
      expect([session.inputNames, session.outputNames]).toEqual([['pixel_values'], ['last_hidden_state']]);
      await session.release();
    }
  });

  const transformers = installed();
  it.skipIf(!transformers)('is loaded, and gives our features to 1e-4; in 8 bits, nearly', async () => {
    const { AutoModel, AutoProcessor, RawImage, env } = await import(transformers as string);
    env.allowRemoteModels = false;
    const scenes = await realScenes({ split: 'test', concepts: tierConcepts('laptop').slice(0, 3), count: 3, seed: 0 });
    const images = [0, 1, 2].map((i) => scenes.render(i).image);
    const { params, config } = backbone;
    const [cls, patches] = [await encode(params, config, images), await encodePatches(params, config, images)];
    const processor = await AutoProcessor.from_pretrained(folder);
    const pictures = images.map((image) => new RawImage(Uint8ClampedArray.from(image), 64, 64, 3));
    const tokens = 65 * 192;
    for (const [dtype, within] of [
      ['fp32', 1e-4],
      ['q8', 0.5],
    ] as const) {
      const model = await AutoModel.from_pretrained(folder, { dtype });
      const { last_hidden_state: found } = await model(await processor(pictures));
      expect(found.dims).toEqual([3, 65, 192]);
      for (let i = 0; i < 3; i++) {
        const expected = [
          ...cls.subarray(i * 192, (i + 1) * 192),
          ...patches.subarray(i * 64 * 192, (i + 1) * 64 * 192),
        ];
        const worst = expected.reduce(
          (most, value, k) => Math.max(most, Math.abs(value - found.data[i * tokens + k])),
          0,
        );
        expect(worst, dtype).toBeLessThan(within);
      }
      await model.dispose();
    }
  });
});
