import { InputError } from '../errors.js';
import type { Rng } from '../random/rng.js';
import { CAPTION_TEMPLATES, type CaptionKind, type CaptionTemplate } from './templates.js';

/** A visual concept, and the backgrounds that template `c,bg` may put it before. */
export interface CaptionConcept {
  readonly name: string;
  readonly backgrounds?: readonly string[];
}

/** One concept list with its share of all captions. A name that occurs twice in a list has double weight (paper §3.1). */
export interface CaptionSource {
  readonly name: string;
  readonly kind: CaptionKind;
  readonly share: number;
  readonly concepts: readonly CaptionConcept[];
}

/** What prompts are drawn from: sources with shares that sum to 1, and template shares (of objects) that sum to 1. */
export interface CaptionMixture {
  readonly sources: readonly CaptionSource[];
  readonly templates: Readonly<Record<CaptionTemplate, number>>;
}

/** Template shares of object captions (published code). Places and textures always use `c`. */
export const TEMPLATE_SHARES: Readonly<Record<CaptionTemplate, number>> = { c: 0.44, 'c,rel': 0.11, 'c,bg': 0.45 };

/** The paper's concept lists by name, and their kinds. */
export const PUBLISHED_SOURCES = {
  'in-1k': 'object',
  'in-21k': 'object',
  aircraft: 'object',
  cars: 'object',
  food: 'object',
  flowers: 'object',
  places: 'place',
  dtd: 'texture',
} as const satisfies Record<string, CaptionKind>;
export type PublishedSource = keyof typeof PUBLISHED_SOURCES;

/**
 * Shares of the sources. `code` multiplies the published code's draws: kind (object .91, place .088, texture .002),
 * then, for objects, list. `table11` is Table 11, which rounds them and leaves textures out.
 */
export const SOURCE_SHARES = {
  code: {
    'in-1k': 0.91 * 0.504,
    'in-21k': 0.91 * 0.296,
    aircraft: 0.91 * 0.06,
    cars: 0.91 * 0.06,
    food: 0.91 * 0.05,
    flowers: 0.91 * 0.03,
    places: 0.088,
    dtd: 0.002,
  },
  table11: {
    'in-1k': 0.47,
    'in-21k': 0.26,
    aircraft: 0.05,
    cars: 0.05,
    food: 0.05,
    flowers: 0.03,
    places: 0.09,
    dtd: 0,
  },
} as const satisfies Record<string, Record<PublishedSource, number>>;

/** The paper's mixture over your copies of its concept lists. Lists with share 0 may be left out. */
export function publishedMixture({
  lists,
  shares = 'code',
  templates = TEMPLATE_SHARES,
}: {
  lists: Partial<Record<PublishedSource, readonly CaptionConcept[]>>;
  shares?: keyof typeof SOURCE_SHARES;
  templates?: Readonly<Record<CaptionTemplate, number>>;
}): CaptionMixture {
  const sources = (Object.keys(PUBLISHED_SOURCES) as PublishedSource[])
    .filter((name) => SOURCE_SHARES[shares][name] > 0)
    .map((name) => ({
      name,
      kind: PUBLISHED_SOURCES[name],
      share: SOURCE_SHARES[shares][name],
      concepts: lists[name] ?? [],
    }));
  return checkedMixture({ sources, templates });
}

/**
 * A mixture over one list of object concepts: the emoji world, or your own list.
 *
 * @param backgrounds  used for concepts that carry none of their own
 */
export function objectMixture({
  concepts,
  backgrounds,
  source = 'emoji',
  templates = TEMPLATE_SHARES,
}: {
  concepts: readonly (string | CaptionConcept)[];
  backgrounds?: readonly string[];
  source?: string;
  templates?: Readonly<Record<CaptionTemplate, number>>;
}): CaptionMixture {
  const filled = concepts.map((concept): CaptionConcept => {
    // Only the two fields a prompt needs, so that a log's header doesn't depend on what else a list knows.
    const { name, backgrounds: own } = typeof concept === 'string' ? { name: concept } : concept;
    const places = own ?? backgrounds;
    return places === undefined ? { name } : { name, backgrounds: places };
  });
  return checkedMixture({ sources: [{ name: source, kind: 'object', share: 1, concepts: filled }], templates });
}

/** One draw: source, concept of the source (uniform), template. The published code's draws, kind and list in one. */
export function drawConcept(
  mixture: CaptionMixture,
  rng: Rng,
): { source: CaptionSource; concept: CaptionConcept; template: CaptionTemplate } {
  const source = pick(mixture.sources, (s) => s.share, rng.uniform());
  const concept = rng.choice(source.concepts);
  const u = rng.uniform();
  const template = source.kind === 'object' ? pick(CAPTION_TEMPLATES, (t) => mixture.templates[t], u) : 'c';
  return { source, concept, template };
}

/** The item in whose share of [0, 1) u falls. Items with share 0 are never picked. */
function pick<T>(items: readonly T[], share: (item: T) => number, u: number): T {
  const possible = items.filter((item) => share(item) > 0);
  let rest = u;
  for (const item of possible) {
    rest -= share(item);
    if (rest < 0) return item;
  }
  // Shares such as .44 + .11 + .45 may sum to a hair below 1.
  return possible[possible.length - 1];
}

/** The backgrounds of a concept that template `c,bg` was drawn for. @throws InputError if it has none */
export function backgroundsOf({ name, backgrounds }: CaptionConcept): readonly string[] {
  if (backgrounds?.length) return backgrounds;
  throw new InputError({
    where: `captions: concept "${name}"`,
    expected: 'a list of backgrounds, since template c,bg may be drawn for it',
    found: 'none',
    fix: 'give the concept backgrounds (synthesiseBackgroundLists makes them), give all concepts shared ones, or set the share of c,bg to 0',
  });
}

/** Throws what `drawPrompt` would throw sooner or later: an object concept without backgrounds. @throws InputError */
export function checkBackgrounds({ sources, templates }: CaptionMixture): void {
  if (templates['c,bg'] === 0) return;
  for (const { kind, share, concepts } of sources) {
    if (kind === 'object' && share > 0) concepts.forEach(backgroundsOf);
  }
}

/** Returns the mixture if its shares and names can be drawn from. @throws InputError */
export function checkedMixture(mixture: CaptionMixture): CaptionMixture {
  const unknown = Object.keys(mixture.templates).find((name) => !CAPTION_TEMPLATES.includes(name as CaptionTemplate));
  if (unknown !== undefined) {
    throw new InputError({
      where: 'caption mixture: templates',
      expected: `shares of ${CAPTION_TEMPLATES.map((name) => `"${name}"`).join(', ')}`,
      found: `"${unknown}"`,
      fix: 'write the template as one of these',
    });
  }
  const sums: [string, number[]][] = [
    ['sources', mixture.sources.map((s) => s.share)],
    ['templates', CAPTION_TEMPLATES.map((t) => mixture.templates[t])],
  ];
  for (const [what, shares] of sums) {
    const sum = shares.reduce((a, b) => a + b, 0);
    if (!shares.every((share) => share >= 0) || !(Math.abs(sum - 1) < 1e-6)) {
      throw new InputError({
        where: `caption mixture: shares of ${what}`,
        expected: 'numbers of at least 0 that sum to 1',
        found: `${shares.join(' + ')} = ${sum}`,
        fix: 'change the shares',
      });
    }
  }
  for (const { name, share, concepts } of mixture.sources) {
    const bad = concepts.find((c) => !/^\S([^\n]*\S)?$/.test(c.name));
    if (share > 0 && (concepts.length === 0 || bad)) {
      throw new InputError({
        where: `caption mixture: source "${name}"`,
        expected: 'a list of concept names, each one line without spaces around it',
        found: bad ? JSON.stringify(bad.name) : 'an empty list',
        fix: 'give the list concepts, or the source share 0',
      });
    }
  }
  return mixture;
}
