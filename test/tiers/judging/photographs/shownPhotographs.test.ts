import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawnConcepts } from '../../../../lib/data/drawnScenes.js';
import { projectPath, sha256 } from '../../../../lib/runs/index.js';
import { readShownPhotographs } from '../../../../lib/tiers/judging/photographs/shownPhotographs.js';

const shown = readShownPhotographs();
const text = (...parts: string[]) => readFileSync(projectPath(...parts), 'utf8').replace(/\s+/g, ' ');

describe('the photographs that are committed', () => {
  it('are four to eight, those of origin.json and no others', () => {
    expect(shown.length).toBeGreaterThanOrEqual(4);
    expect(shown.length).toBeLessThanOrEqual(8);
    const there = readdirSync(projectPath('data', 'photographs', 'shown')).filter((file) => file.endsWith('.webp'));
    expect(shown.map(({ file }) => path.basename(file)).sort()).toEqual(there.sort());
  });

  it.each(shown.map((one) => [one.shows, one] as const))(
    '%s: its bytes, its size, a concept of the drawings',
    async (_, one) => {
      const bytes = readFileSync(one.file);
      expect(sha256(bytes)).toBe(one.sha256);
      expect(bytes.length).toBeLessThanOrEqual(20_000);
      const { format, width, height, exif, xmp } = await sharp(bytes).metadata();
      expect({ format, width, height, exif, xmp }).toEqual({ format: 'webp', width: 192, height: 192 });
      if (one.concept !== null) expect(drawnConcepts().map(({ name }) => name)).toContain(one.concept);
      expect(one.source.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(one.crop.side).toBeGreaterThanOrEqual(192);
    },
  );

  it.each(shown.map((one) => [one.shows, one] as const))('%s: an open licence, told in README and NOTICE', (_, one) => {
    expect(['CC0', 'public domain', 'CC BY 2.0']).toContain(one.licence);
    const readme = text('data', 'photographs', 'README.md');
    const row = readme.split('| `shown/').find((part) => part.startsWith(`${path.basename(one.file)}\``));
    for (const told of [one.by, one.licence, one.source.file]) expect(row).toContain(told);
    for (const told of [one.source.package, ...(one.page === null ? [] : [one.page])]) expect(readme).toContain(told);
    expect(text('NOTICE')).toContain(`${path.basename(one.file)}: by ${one.by}; ${one.licence}`);
  });
});
