import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';
import type { WorldConcept } from './concepts.js';

interface PlausibleFile {
  readonly categories: Readonly<Record<string, readonly string[]>>;
  readonly concepts: Readonly<Record<string, readonly string[]>>;
}

/**
 * The world's concepts with the backgrounds they may plausibly stand before (data/world/backgrounds.json): what the
 * lists of GPT-4 are to ImageNet's classes in paper §3.1. A concept's own list stands before its category's.
 *
 * @throws InputError for a concept whose category has no list
 */
export function withPlausibleBackgrounds(
  concepts: readonly WorldConcept[],
): { name: string; backgrounds: readonly string[] }[] {
  const file = projectPath('data', 'world', 'backgrounds.json');
  const lists = readJson<PlausibleFile>(file);
  return concepts.map(({ name, category }) => {
    const backgrounds = lists.concepts[name] ?? lists.categories[category];
    if (backgrounds) return { name, backgrounds };
    throw new InputError({
      where: file,
      expected: `backgrounds of "${name}" or of its category "${category}"`,
      found: 'neither',
      fix: 'add a list for one of them',
    });
  });
}
