import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import { EXAMPLES_PER_PROMPT, type InContextBanks } from './examples.js';
import { type CaptionMixture, drawConcept } from './mixture.js';
import { bankFor, type CaptionTemplate, layoutPrompt, RELATIONS } from './templates.js';

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
  { seed, mixture, banks }: { seed: number; mixture: CaptionMixture; banks: InContextBanks },
): CaptionPrompt {
  const stream = rng(seed, 'caption', index);
  const { source, concept, template } = drawConcept(mixture, stream.child('concept'));
  const extra = drawExtra(template, concept.name, concept.backgrounds, stream.child('extra'));
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
    text: layoutPrompt({ bank, examples, query }),
  };
}

function drawExtra(
  template: CaptionTemplate,
  name: string,
  backgrounds: readonly string[] | undefined,
  stream: ReturnType<typeof rng>,
): { background?: string; relation?: string } {
  if (template === 'c') return {};
  if (template === 'c,rel') return { relation: stream.choice(RELATIONS) };
  if (!backgrounds?.length) {
    throw new InputError({
      where: `drawPrompt: concept "${name}"`,
      expected: 'a list of backgrounds, since template c,bg was drawn for it',
      found: 'none',
      fix: 'give the concept backgrounds, give the mixture backgrounds for all, or set the share of c,bg to 0',
    });
  }
  return { background: stream.choice(backgrounds) };
}
