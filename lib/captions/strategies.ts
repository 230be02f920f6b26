import { InputError } from '../errors.js';
import type { CaptionLog } from './log.js';
import { type CaptionMixture, checkBackgrounds, checkedMixture } from './mixture.js';
import type { CaptionTemplate } from './templates.js';

/**
 * The caption sets of Table 2, by the paper's names: real captions (`readRealCaptions`), names joined without a language
 * model (`joinedNames`), and three that a language model writes (`strategyMixture`). IN stands for the list of concepts,
 * Places for all backgrounds: with other lists the names stay.
 */
export const CAPTION_STRATEGIES = ['real', 'IN+h+Places', 'IN+Places+LLM', 'IN+OurBG+LLM', 'ours'] as const;
export type CaptionStrategy = (typeof CAPTION_STRATEGIES)[number];

/** The strategies whose captions come from `synthesiseCaptions`. */
export type WrittenStrategy = Exclude<CaptionStrategy, 'real' | 'IN+h+Places'>;

const WITH_BACKGROUND: Readonly<Record<CaptionTemplate, number>> = { c: 0, 'c,rel': 0, 'c,bg': 1 };

/**
 * What a strategy's prompts are drawn from, given that of `ours`: a mixture of objects, each with plausible backgrounds.
 *
 * - `ours` is the mixture itself: three templates.
 * - `IN+OurBG+LLM` has template `c,bg` alone, before the concept's own backgrounds.
 * - `IN+Places+LLM` has template `c,bg` alone, before any of `places`, whether or not the concept is ever found there.
 *
 * Prompt i is the same in `ours` and in `IN+OurBG+LLM` wherever `ours` drew `c,bg` for it (see `captionsWithBackground`).
 *
 * @throws InputError if a source other than of objects has a share, a concept lacks backgrounds, or there are no places
 */
export function strategyMixture(
  strategy: WrittenStrategy,
  { mixture, places = [] }: { mixture: CaptionMixture; places?: readonly string[] },
): CaptionMixture {
  if (strategy === 'ours') return checkedMixture(mixture);
  refuseOtherKinds(strategy, mixture);
  const sources =
    strategy === 'IN+OurBG+LLM'
      ? mixture.sources
      : mixture.sources.map((source) => ({
          ...source,
          concepts: source.concepts.map(({ name }) => ({ name, backgrounds: places })),
        }));
  const result = checkedMixture({ sources, templates: WITH_BACKGROUND });
  checkBackgrounds(result);
  return result;
}

/**
 * The captions of template `c,bg` in a log: those that `IN+OurBG+LLM` has the language model write at the same indices,
 * when the log's mixture is of objects with their own backgrounds. Spares a run of the model. Indices stay.
 */
export function captionsWithBackground({ config, records }: CaptionLog): CaptionLog {
  return {
    config: { ...config, only: 'c,bg' },
    records: records.filter(({ template }) => template === 'c,bg'),
  };
}

function refuseOtherKinds(strategy: WrittenStrategy, { sources }: CaptionMixture): void {
  const other = sources.find(({ kind, share }) => kind !== 'object' && share > 0);
  if (other === undefined) return;
  throw new InputError({
    where: `strategyMixture: ${strategy}`,
    expected: 'sources of objects alone, since template c,bg puts an object before a background',
    found: `source "${other.name}" of kind "${other.kind}"`,
    fix: 'give a mixture without it: the paper takes the classes of ImageNet-1k',
  });
}
