import { EVALUATION_TASKS } from '../../evaluate/tasks/tasksNamed.js';
import type { GridRow } from '../../figures/imageGrid.js';
import { pictureUri } from '../../figures/pictures.js';
import { evaluateAll, type ProtocolName } from '../judging/evaluateAll.js';
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
