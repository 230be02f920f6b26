import { describe, expect, it } from 'vitest';
import { compile } from '../../lib/engine/compile.js';
import { tf } from '../../lib/engine/tf.js';
import { valueAndGrads } from '../../lib/nn/gradients.js';

import { checkEncoderConfig } from '../../lib/synclr/checkEncoderConfig.js';
import type { EncoderConfig } from '../../lib/synclr/config.js';
import { vicregLoss } from '../../lib/synclr/losses/vicreg.js';
import { trainEncoder } from '../../lib/synclr/train.js';
import golden from './golden/vicreg.json' with { type: 'json' };
import { colouredSource, toyStableRep } from './source.js';
import { distance, wave } from './wave.js';

const pair = (scale: number) => ({ first: wave([6, 4], 0.3, scale), second: wave([6, 4], 1.1, scale) });

/** The three terms one number at a time, in float64. */
function naive(views: number[][][]) {
  const [n, d] = [views[0].length, views[0][0].length];
  const terms = { invariance: 0, variance: 0, covariance: 0 };
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++) terms.invariance += (views[0][i][j] - views[1][i][j]) ** 2 / (n * d);
  for (const rows of views) {
    const mean = Array.from({ length: d }, (_, j) => rows.reduce((sum, row) => sum + row[j], 0) / n);
    const covariance = (j: number, k: number) =>
      rows.reduce((sum, row) => sum + (row[j] - mean[j]) * (row[k] - mean[k]), 0) / (n - 1);
    for (let j = 0; j < d; j++) {
      terms.variance += Math.max(0, 1 - Math.sqrt(covariance(j, j) + 1e-4)) / (2 * d);
      for (let k = 0; k < d; k++) if (k !== j) terms.covariance += covariance(j, k) ** 2 / d;
    }
  }
  return terms;
}

describe('vicregLoss', () => {
  it.each(golden)('equals PyTorch at scale $scale, with its gradients', async ({ scale, ...wanted }) => {
    const step = await compile(
      (state) => {
        const { loss, grads, aux } = valueAndGrads((p) => {
          const { loss, ...aux } = vicregLoss(p.first as tf.Tensor2D, p.second as tf.Tensor2D);
          return { loss, aux };
        }, state);
        return { state, outputs: { loss, ...aux, ...grads } };
      },
      { state: pair(scale), inputs: {} },
    );
    const found = await step.run({});
    await step.release();
    for (const [name, value] of Object.entries(wanted)) {
      const data = Array.isArray(value) ? value : [value];
      expect(distance(found[name], { data }), name).toBeLessThan(2e-6);
    }
  });

  it('equals a naive loop', () => {
    const { first, second } = pair(1.2);
    const views = [first, second].map(({ data }) => tf.tensor2d(data, [6, 4]));
    const found = vicregLoss(views[0], views[1]);
    const wanted = naive(views.map((view) => view.arraySync()));
    for (const [name, value] of Object.entries(wanted)) {
      expect(found[name as keyof typeof wanted].arraySync(), name).toBeCloseTo(value, 5);
    }
  });

  it('is at its least, 0, for equal crops whose dimensions vary enough and not together; a constant is dear', () => {
    const best = tf.tensor2d([2, 2, 2, -2, -2, 2, -2, -2], [4, 2]);
    expect(vicregLoss(best, best).loss.arraySync()).toBeCloseTo(0, 6);
    const collapsed = vicregLoss(tf.ones([4, 2]), tf.ones([4, 2])).loss.arraySync();
    expect(collapsed).toBeCloseTo(25 * (1 - 0.01), 4);
  });
});

describe('the objective vicreg', () => {
  const config: EncoderConfig = { ...toyStableRep, objective: 'vicreg', imagesPerCaption: 1, steps: 40, warmup: 4 };

  it('learns: the loss falls, and what it sums is told', async () => {
    const { metrics } = await trainEncoder({ ...config, captions: 6 }, colouredSource(), { seed: 1 });
    const mean = (part: typeof metrics) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(metrics.slice(-8))).toBeLessThan(0.9 * mean(metrics.slice(0, 8)));
    const { loss, parts } = metrics[5];
    expect(loss).toBeCloseTo(25 * parts.invariance + 25 * parts.variance + parts.covariance, 3);
  });

  it('refuses a batch of one image, and local crops', () => {
    expect(() => checkEncoderConfig({ ...config, captions: 1 })).toThrow(/a batch of one image/);
    expect(() => checkEncoderConfig({ ...config, crops: { ...config.crops, locals: 2 } })).toThrow(
      /local crops with vicreg/,
    );
  });
});
