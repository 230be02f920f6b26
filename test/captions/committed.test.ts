import { describe, expect, it } from 'vitest';
import { inContextBanks } from '../../lib/captions/examples.js';
import { readCaptionLog } from '../../lib/captions/log.js';
import type { CaptionMixture } from '../../lib/captions/mixture.js';
import { drawPrompt } from '../../lib/captions/prompts.js';
import { captionReport } from '../../lib/captions/report.js';
import { strategyMixture } from '../../lib/captions/strategies.js';
import { BACKGROUNDS } from '../../lib/data/backgrounds/index.js';
import {
  backgroundSynonyms,
  CAPTION_LOG,
  LARGER_WRITER_LOG,
  PLACES_CAPTION_LOG,
  worldMixture,
} from '../../lib/tiers/world/captions.js';

const anywhere = () =>
  strategyMixture('IN+Places+LLM', { mixture: worldMixture(), places: BACKGROUNDS.map(({ name }) => name) });

const LOGS: [name: string, file: string, mixture: () => CaptionMixture, captions: number][] = [
  ['the laptop tier', CAPTION_LOG, worldMixture, 20_000],
  ['any background', PLACES_CAPTION_LOG, anywhere, 1000],
  ['a larger writer', LARGER_WRITER_LOG, worldMixture, 2000],
];

describe.each(LOGS)('the committed log of %s', (_name, file, mixtureOf, captions) => {
  const { config, records } = readCaptionLog(file);

  it('holds captions 0 … n − 1 of the prompts that this code draws', () => {
    const [mixture, banks, seed] = [mixtureOf(), inContextBanks(), config.seed as number];
    expect(records.length).toBe(captions);
    const drawn = records.map((_, index) => {
      const { text: _text, ...prompt } = drawPrompt(index, { seed, mixture, banks });
      return prompt;
    });
    expect(records.map(({ caption: _, model: _model, ...prompt }) => prompt)).toEqual(drawn);
    expect(records.every(({ model }) => JSON.stringify(model) === JSON.stringify(config.model))).toBe(true);
  });

  it('names its concepts and backgrounds more often than not', () => {
    const report = captionReport(records, { synonyms: backgroundSynonyms });
    expect(report.namingConcept).toBeGreaterThan(0.5);
    expect(report.namingBackground).toBeGreaterThan(0.5);
    expect(report.duplicates).toBeLessThan(0.05);
  });
});
