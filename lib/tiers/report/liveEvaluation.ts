import { existsSync } from 'node:fs';
import path from 'node:path';
import { extractFeatures } from '../../evaluate/features.js';
import { EVALUATION_TASKS } from '../../evaluate/tasks/tasksNamed.js';
import { evaluateZeroShot, zeroShotClassifier } from '../../evaluate/zeroShot.js';
import type { GridRow } from '../../figures/imageGrid.js';
import { pictureUri } from '../../figures/pictures.js';
import { inPercent, written } from '../../runs/measured.js';
import { projectPath } from '../../runs/paths.js';
import { paperNumbers } from '../../runs/published.js';
import { evaluateAll, type ProtocolName } from '../judging/evaluateAll.js';
import { tierScenes } from '../judging/tierScenes.js';
import { openClipRun } from '../world/clipRun.js';
import { type Tier, tierSettings } from '../world/settings.js';
import type { RecordsFrom } from './evaluationScores.js';

/** The records that a notebook reads: the laptop's are committed, those of smoke are made here. */
export async function evaluationRecords(tier: Tier, protocols: readonly ProtocolName[]): Promise<RecordsFrom> {
  if (tier === 'smoke') await evaluateAll({ tier, protocols });
  return { tier };
}

/** What the tasks ask, and of which data set of the paper each holds the place. */
export function taskTable(): { task: string; metric: string; 'stands for': string }[] {
  return EVALUATION_TASKS.map(({ name, metric, mirrors }) => ({ task: name, metric, 'stands for': mirrors }));
}

/** Test pictures of every task that can be opened, a row each for `imageGrid`, their classes below. */
export async function taskPictures(tier: Tier, { images = 6, seed = 0 } = {}): Promise<GridRow[]> {
  const { size } = tierSettings(tier);
  const rows: GridRow[] = [];
  for (const task of EVALUATION_TASKS.filter((one) => !one.missing?.())) {
    const { test } = await task.open({ size, share: 0.01, seed });
    const shown = Array.from({ length: Math.min(images, test.length) }, (_, i) => i);
    const { images: pixels, labels, relevant } = await test.batch(shown);
    const each = size * size * 3;
    const picture = (i: number) => ({ width: size, height: size, data: pixels.subarray(i * each, (i + 1) * each) });
    const count = (i: number) =>
      relevant?.subarray(i * test.classes.length, (i + 1) * test.classes.length).filter(Boolean).length;
    rows.push({
      label: task.name,
      images: await Promise.all(
        shown.map((i) => pictureUri(picture(i), { upscale: Math.max(1, Math.round(64 / size)) })),
      ),
      captions: shown.map((i) => (relevant ? `${count(i)} of ${test.classes.length}` : test.classes[labels[i]])),
    });
  }
  return rows;
}

/**
 * Classes told by their names alone (the paper: 44.4 % of ImageNet with CLIP trained on its captions), on the tier's real
 * test scenes; or why not.
 */
export async function zeroShotTable(
  tier: Tier,
  { folder = projectPath('data', 'models', 'encoder-clip') }: { folder?: string } = {},
): Promise<Record<string, unknown>[]> {
  const paper = paperNumbers().table10.clip_zero_shot_IN_on_SynCaps;
  if (!existsSync(path.join(folder, 'encoder.safetensors'))) {
    const because = 'no encoder with a text tower: `synclr train-encoder --objective clip`';
    return [{ method: 'CLIP, by the names', 'zero-shot': 'not run', because, 'paper, ImageNet': paper }];
  }
  const { test } = await tierScenes(tier);
  const { embedTexts, embedImages, release } = await openClipRun(folder);
  try {
    const classifier = await zeroShotClassifier(embedTexts, test.classes);
    const { accuracy, interval } = evaluateZeroShot(await extractFeatures(embedImages, test), classifier);
    return [
      {
        method: 'CLIP, by the names',
        'zero-shot': written(inPercent(accuracy, interval)),
        chance: 100 / test.classes.length,
        'paper, ImageNet': paper,
      },
    ];
  } finally {
    await release();
  }
}
