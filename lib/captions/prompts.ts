import { type Rng, rng } from '../random/rng.js';
import { EXAMPLES_PER_PROMPT, type InContextBanks } from './examples.js';
import { backgroundsOf, type CaptionConcept, type CaptionMixture, drawConcept } from './mixture.js';
import { bankFor, type CaptionTemplate, layoutPrompt, type PromptLayout, RELATIONS } from './templates.js';

/** A drawn prompt, and everything a caption record keeps of it. */
export interface CaptionPrompt {
  readonly index: number;
  readonly concept: string;
  readonly source: string;
  readonly template: CaptionTemplate;
  readonly background?: string;
  readonly relation?: string;
  /** Keys of the in-context examples, in the order shown. */
  readonly examples: readonly string[];
  /** Seed of the decoding of this prompt, in [0, 2³¹). */
  readonly seed: number;
  /** What the language model completes. */
  readonly text: string;
}

/**
 * Prompt number `index`: a pure function of (seed, index) and the lists, whatever was drawn before it or beside it.
 *
 * @throws InputError if `c,bg` is drawn for a concept that has no backgrounds
 */
export function drawPrompt(
  index: number,
  { seed, mixture, banks, ...layout }: { seed: number; mixture: CaptionMixture; banks: InContextBanks } & PromptLayout,
): CaptionPrompt {
  const stream = rng(seed, 'caption', index);
  const { source, concept, template } = drawConcept(mixture, stream.child('concept'));
  const extra = drawExtra(template, concept, stream.child('extra'));
  const bank = bankFor(source.kind, template);
  const examples = stream.child('examples').sample(banks[bank], EXAMPLES_PER_PROMPT);
  const query = [concept.name, ...Object.values(extra)].join(', ');
  return {
    index,
    concept: concept.name,
    source: source.name,
    template,
    ...extra,
    examples: examples.map(({ key }) => key),
    seed: stream.child('decode').int(2 ** 31),
    text: layoutPrompt({ bank, examples, query, ...layout }),
  };
}

function drawExtra(
  template: CaptionTemplate,
  concept: CaptionConcept,
  stream: Rng,
): { background?: string; relation?: string } {
  if (template === 'c') return {};
  if (template === 'c,rel') return { relation: stream.choice(RELATIONS) };
  return { background: stream.choice(backgroundsOf(concept)) };
}
