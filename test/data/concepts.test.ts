import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { conceptsNamed, worldCategories, worldConcepts } from '../../lib/data/concepts.js';
import { FAMILIES, HELD_OUT_FAMILIES, openFamily } from '../../lib/data/families.js';
import { InputError } from '../../lib/errors.js';
import { projectPath } from '../../lib/runs/paths.js';

const all = worldConcepts();
const require = createRequire(import.meta.url);

describe('the concepts of the emoji world', () => {
  it('are at least 300 in all seven families, each name, code point and drawing once', () => {
    expect(worldConcepts({ everyFamily: true }).length).toBeGreaterThanOrEqual(300);
    expect(new Set(all.map((concept) => concept.name)).size).toBe(all.length);
    expect(new Set(all.map((concept) => concept.codepoint)).size).toBe(all.length);
    for (const concept of all) expect(concept.name).toMatch(/^[a-z0-9]+( [a-z0-9]+)*$/);
  });

  it('exist in the packages, and the code points of the packages agree', () => {
    for (const family of FAMILIES) {
      const icons = openFamily(family);
      const chars = require(`@iconify-json/${family}/chars.json`) as Record<string, string>;
      for (const concept of all) {
        const icon = concept.icons[family];
        if (icon === undefined) {
          expect(family, concept.name).toBe('emojione-v1');
          continue;
        }
        expect(icons.svg(icon), `${concept.name} in ${family}`).toMatch(/^<svg .*<\/svg>$/s);
        if (chars[concept.codepoint] !== undefined) expect(chars[concept.codepoint]).toBe(icon);
      }
    }
    for (const concept of all) for (const family of HELD_OUT_FAMILIES) expect(concept.icons[family]).toBeDefined();
  });

  it('are balanced in every prefix: no category is ahead of another that still has concepts', () => {
    const categories = worldCategories();
    const totals = new Map(categories.map((c) => [c, all.filter((concept) => concept.category === c).length]));
    const counts = new Map(categories.map((c) => [c, 0]));
    for (const { category } of all) {
      counts.set(category, counts.get(category)! + 1);
      for (const other of categories) {
        if (counts.get(other)! < totals.get(other)!) {
          expect(counts.get(category)! - counts.get(other)!).toBeLessThanOrEqual(1);
        }
      }
    }
    expect(worldCategories(worldConcepts({ count: categories.length }))).toEqual(categories);
  });

  it('can be picked by name and category, and say what is wrong', () => {
    expect(conceptsNamed(['castle', 'panda']).map((concept) => concept.category)).toEqual(['building', 'mammal']);
    expect(worldConcepts({ categories: ['fruit'] }).every((concept) => concept.category === 'fruit')).toBe(true);
    expect(() => conceptsNamed(['apple'])).toThrow(/red apple/);
    expect(() => worldConcepts({ count: 0 })).toThrow(InputError);
    expect(() => worldConcepts({ count: all.length + 1 })).toThrow(InputError);
    expect(() => worldConcepts({ categories: ['gods'] })).toThrow(InputError);
    expect(() => openFamily('noto').svg('no-such-icon')).toThrow(InputError);
  });
});

describe('NOTICE', () => {
  it('names every family with its licence, source and the version that is installed', () => {
    const notice = readFileSync(projectPath('NOTICE'), 'utf8');
    for (const family of FAMILIES) {
      const info = require(`@iconify-json/${family}/info.json`) as {
        name: string;
        author: { url: string };
        license: { spdx: string; url: string };
      };
      const at = notice.indexOf(`@iconify-json/${family} ${openFamily(family).version}\n`);
      expect(at, family).toBeGreaterThan(0);
      const entry = notice.slice(notice.lastIndexOf('\n\n', at), at);
      for (const text of [info.name, info.author.url, info.license.spdx, info.license.url])
        expect(entry).toContain(text);
    }
  });

  it.each([
    'plotly.js-basic-dist-min',
    'tslab',
    '@fontsource-variable/source-serif-4',
    '@fontsource/noto-sans-math',
    'temml',
    'minisearch',
    'typedoc',
  ])('names %s, of which something is carried or written, in the version of the lock file', (name) => {
    const notice = readFileSync(projectPath('NOTICE'), 'utf8');
    const { packages } = JSON.parse(readFileSync(projectPath('package-lock.json'), 'utf8'));
    const { version, license } = packages[`node_modules/${name}`];
    const entry = notice.split('\n\n').find((part) => part.includes(`from ${name} ${version}`));
    expect(entry).toContain(`(${license})`);
  });
});
