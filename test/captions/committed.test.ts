import { describe, expect, it } from 'vitest';
import { inContextBanks } from '../../lib/captions/examples.js';
import { readCaptionLog } from '../../lib/captions/log.js';
import { objectMixture } from '../../lib/captions/mixture.js';
import { drawPrompt } from '../../lib/captions/prompts.js';
import { captionReport } from '../../lib/captions/report.js';
import { BACKGROUNDS } from '../../lib/data/backgrounds/index.js';
import { worldConcepts } from '../../lib/data/concepts.js';
import { projectPath } from '../../lib/runs/paths.js';

describe('data/captions/emoji-laptop.jsonl.gz', () => {
  const { config, records } = readCaptionLog(projectPath('data', 'captions', 'emoji-laptop.jsonl.gz'));

  it('holds captions 0 … n − 1 of the prompts that this code draws', () => {
    const mixture = objectMixture({
      concepts: worldConcepts({ count: 120 }),
      backgrounds: BACKGROUNDS.map(({ name }) => name),
    });
    const banks = inContextBanks();
    records.forEach((record, index) => {
      const { text: _, ...prompt } = drawPrompt(index, { seed: config.seed as number, mixture, banks });
      expect(record).toEqual({ ...prompt, caption: record.caption, model: config.model });
    });
  });

  it('names its concepts and backgrounds more often than not', () => {
    const report = captionReport(records);
    expect(report.count).toBeGreaterThanOrEqual(200);
    expect(report.namingConcept).toBeGreaterThan(0.5);
    expect(report.namingBackground).toBeGreaterThan(0.5);
    expect(report.duplicates).toBeLessThan(0.05);
  });
});
