import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';
import { FAMILIES, type Family } from './families.js';

/** One kind of thing in the emoji world. */
export interface WorldConcept {
  /** Common English words in lower case, as in a caption: 'red apple'. */
  readonly name: string;
  /** One of about twenty visual categories: 'fruit'. */
  readonly category: string;
  /** Unicode code point, hexadecimal: the identity on which the families are joined. */
  readonly codepoint: string;
  /** The icon's name in each family that draws it. Only `emojione-v1` may be absent. */
  readonly icons: Readonly<Partial<Record<Family, string>>>;
}

/**
 * The world's concepts (data/world/concepts.json), in the order of the file: categories take turns and the
 * easiest to draw come first, so that every prefix is a balanced smaller world.
 *
 * @param count  take the first `count`; all by default
 * @param everyFamily  keep only concepts that all seven families draw
 */
export function worldConcepts({
  count,
  everyFamily = false,
  categories,
}: {
  count?: number;
  everyFamily?: boolean;
  categories?: readonly string[];
} = {}): WorldConcept[] {
  const all = readJson<WorldConcept[]>(projectPath('data', 'world', 'concepts.json'));
  const known = new Set(all.map((concept) => concept.category));
  for (const category of categories ?? []) {
    if (!known.has(category)) throw unknownName('category', category, [...known]);
  }
  const kept = all.filter(
    (concept) =>
      (!everyFamily || FAMILIES.every((family) => concept.icons[family] !== undefined)) &&
      (!categories || categories.includes(concept.category)),
  );
  if (count === undefined) return kept;
  if (!(Number.isInteger(count) && count >= 1 && count <= kept.length)) {
    throw new InputError({
      where: 'worldConcepts: count',
      expected: `a whole number from 1 to ${kept.length}`,
      found: String(count),
      fix: 'ask for fewer concepts, or leave count out for all of them',
    });
  }
  return kept.slice(0, count);
}

/** The categories in the order of their first concept. */
export function worldCategories(concepts: readonly WorldConcept[] = worldConcepts()): string[] {
  return [...new Set(concepts.map((concept) => concept.category))];
}

/** The named concepts, in the order of the names. Throws InputError for a name that the world lacks. */
export function conceptsNamed(names: readonly string[]): WorldConcept[] {
  const byName = new Map(worldConcepts().map((concept) => [concept.name, concept]));
  return names.map((name) => {
    const concept = byName.get(name);
    if (!concept) throw unknownName('concept', name, [...byName.keys()]);
    return concept;
  });
}

function unknownName(kind: string, name: string, known: readonly string[]): InputError {
  const near = known.filter((other) => name !== '' && (other.includes(name) || name.includes(other)));
  return new InputError({
    where: `${kind} '${name}'`,
    expected: `a ${kind} of the emoji world (data/world/concepts.json)`,
    found: 'no such name',
    fix: near.length > 0 ? `did you mean ${near.slice(0, 5).join(', ')}?` : `e.g. ${known.slice(0, 5).join(', ')}`,
  });
}
