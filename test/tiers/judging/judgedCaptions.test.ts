import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCaptionLog } from '../../../lib/captions/log.js';
import { InputError } from '../../../lib/errors.js';
import { readJson, writeJson } from '../../../lib/runs/files.js';
import { projectPath } from '../../../lib/runs/paths.js';
import { captionsToJudge, judgedCaptions } from '../../../lib/tiers/judging/judgedCaptions.js';
import { CAPTION_LOG } from '../../../lib/tiers/world/captions.js';

const { records } = readCaptionLog(CAPTION_LOG);
const committed = projectPath('data', 'captions', 'judged.json');

describe('the captions that were read', () => {
  it('are those that the seed draws, each with a verdict', () => {
    const { captions, meaning, seed } = judgedCaptions(records);
    expect(captions.map(({ record }) => record.index)).toEqual(captionsToJudge(records.length, { seed }));
    expect(captions.length).toBe(30);
    for (const { verdict, fault } of captions) {
      expect(Object.keys(meaning)).toContain(verdict);
      if (verdict !== 'picture') expect(fault).not.toBe('');
    }
  });

  it('are refused when they are not those of the log, or were chosen', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'judged-')), 'judged.json');
    const json = readJson<{ captions: { index: number; caption: string }[] }>(committed);
    const [first, second, ...rest] = json.captions;
    writeJson(file, { ...json, captions: [{ ...first, caption: 'A better one.' }, second, ...rest] });
    expect(() => judgedCaptions(records, file)).toThrow(InputError);
    writeJson(file, { ...json, captions: [second, first, ...rest] });
    expect(() => judgedCaptions(records, file)).toThrow(/captionsToJudge/);
    expect(() => judgedCaptions(records.slice(1), committed)).toThrow(InputError);
  });
});
