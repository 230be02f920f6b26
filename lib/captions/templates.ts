/** The three caption templates (paper §3.1): a concept alone, with a background, with a spatial relation. */
export const CAPTION_TEMPLATES = ['c', 'c,bg', 'c,rel'] as const;
export type CaptionTemplate = (typeof CAPTION_TEMPLATES)[number];

/** What a concept is. Places and textures are only ever used with template `c` (published code). */
export type CaptionKind = 'object' | 'place' | 'texture';

/** The five in-context banks. An object's bank follows its template; places and textures have their own. */
export const IN_CONTEXT_BANKS = ['object', 'place', 'texture', 'background', 'relation'] as const;
export type InContextBank = (typeof IN_CONTEXT_BANKS)[number];

/** The ten spatial relations of template `c,rel`, drawn uniformly (published code). */
export const RELATIONS = [
  'in',
  'on',
  'next to',
  'behind',
  'in front of',
  'over',
  'under',
  'above',
  'below',
  'besides',
] as const;

/** How the instruction line names the slots of each bank (published code). */
const SLOTS: Readonly<Record<InContextBank, string>> = {
  object: 'an object category',
  place: 'an environment category',
  texture: 'a texture category',
  background: 'an object category and an environment category',
  relation: 'an object category and a relation',
};

/** One worked example of a prompt: `key => sentence`; a pair's key is `concept, background` or `concept, relation`. */
export interface InContextExample {
  readonly key: string;
  readonly sentence: string;
}

/** The bank whose examples show this kind and template (published code). */
export function bankFor(kind: CaptionKind, template: CaptionTemplate): InContextBank {
  if (template === 'c,bg') return 'background';
  if (template === 'c,rel') return 'relation';
  return kind;
}

/** Spaces before examples and query in the published script: its source's indentation, which ended up in the text. */
const PUBLISHED_INDENTATION: Readonly<Record<InContextBank, number>> = {
  object: 36,
  place: 36,
  texture: 52,
  background: 59,
  relation: 75,
};

/** Where the paper, the published code and good sense lay a prompt out in different ways. */
export interface PromptLayout {
  /**
   * Before examples and query: nothing, as Figure 3 shows it, or the runs of spaces of the published code. `none` by
   * default: the spaces say nothing, and cost tokens.
   */
  indentation?: 'none' | 'published';
  /** What the instruction asks for: an image description (published code) or an image caption (Figure 3). */
  noun?: 'description' | 'caption';
}

/**
 * The text the language model completes (Figure 3, in the wording of the published code): an instruction line, the
 * worked examples, then the query with nothing after its arrow; blank lines between.
 */
export function layoutPrompt({
  bank,
  examples,
  query,
  indentation = 'none',
  noun = 'description',
}: {
  bank: InContextBank;
  examples: readonly InContextExample[];
  query: string;
} & PromptLayout): string {
  const margin = indentation === 'published' ? ' '.repeat(PUBLISHED_INDENTATION[bank]) : '';
  return [
    `Generate an image ${noun} with ${SLOTS[bank]}:`,
    ...examples.map(({ key, sentence }) => `${margin}${key} => ${sentence}`),
    `${margin}${query} =>`,
  ].join('\n\n');
}
