import { firstSentence } from '../captions/firstSentence.js';
import { type CaptionRecord, readCaptionLog } from '../captions/log.js';
import { selectCaptions } from '../captions/select.js';
import { captionsWithBackground } from '../captions/strategies.js';
import { worldConcepts } from '../data/concepts.js';
import type { SetCaption } from '../diffusion/imageSetFormat.js';
import { rng } from '../random/rng.js';
import { backgroundSynonyms, CAPTION_LOG, LARGER_WRITER_LOG, PLACES_CAPTION_LOG } from '../tiers/world/captions.js';
import { worldAltTexts, worldJoinedNames, worldNames } from '../tiers/world/strategies.js';

/**
 * The caption sets of Table 2 in the emoji world. `alt-texts` stand for cc12m, `joined-names` are IN+h+Places, `places` are
 * IN+Places+LLM, `our-backgrounds` IN+OurBG+LLM, and `synthesised` is the final mixture. Two more, which no model writes
 * and which name no place: `bare-names` ("a photo of a castle") and `placeless`, in the several phrasings of `alt-texts`. And
 * one that a larger model wrote, of the final mixture: `larger-writer`, the first sentence of each answer.
 */
export const CAPTION_SOURCES = [
  'alt-texts',
  'joined-names',
  'places',
  'our-backgrounds',
  'synthesised',
  'bare-names',
  'placeless',
  'larger-writer',
] as const;
export type CaptionSourceName = (typeof CAPTION_SOURCES)[number];

/**
 * The first `count` captions of a source about the first `concepts` concepts of the world. A smaller count is a prefix of a
 * larger one. A source that has fewer is repeated, each time with pictures of other noise ("duplicated if fewer exist",
 * Table 2).
 *
 * Of what the language model wrote, only captions that name their concept and, where they were asked for one, their
 * background are kept, as everywhere in this tier. The paper keeps all.
 */
export async function captionsOfSource(
  source: CaptionSourceName,
  { count, concepts }: { count: number; concepts: number },
): Promise<SetCaption[]> {
  const own = await recordsOf(source, { count, concepts });
  return Array.from({ length: count }, (_, place) => {
    const { index, caption, concept, background } = own[place % own.length];
    const round = Math.floor(place / own.length);
    return {
      id: `${source}-${index}${round > 0 ? `-${round + 1}` : ''}`,
      text: caption,
      concept,
      ...(background && { background }),
    };
  });
}

async function recordsOf(
  source: CaptionSourceName,
  { count, concepts }: { count: number; concepts: number },
): Promise<readonly CaptionRecord[]> {
  switch (source) {
    case 'alt-texts':
      return worldAltTexts({ concepts, count });
    case 'bare-names':
      return worldNames({ concepts, count, frames: ['a photo of'] });
    case 'placeless':
      return worldNames({ concepts, count });
    case 'joined-names':
      return worldJoinedNames({ concepts });
    case 'places':
      return shuffled(source, usable(readCaptionLog(PLACES_CAPTION_LOG).records, concepts));
    case 'our-backgrounds':
      return shuffled(source, usable(captionsWithBackground(readCaptionLog(CAPTION_LOG)).records, concepts));
    case 'synthesised':
      return shuffled(source, usable(readCaptionLog(CAPTION_LOG).records, concepts));
    case 'larger-writer':
      return shuffled(source, usable(readCaptionLog(LARGER_WRITER_LOG).records.map(clipped), concepts));
  }
}

function usable(records: readonly CaptionRecord[], concepts: number): CaptionRecord[] {
  const names = new Set(worldConcepts({ count: concepts }).map(({ name }) => name));
  return selectCaptions(
    records.filter(({ concept }) => names.has(concept)),
    { requireConcept: true, requireBackground: true, dropDuplicates: true, synonyms: backgroundSynonyms },
  );
}

const clipped = (record: CaptionRecord): CaptionRecord => ({ ...record, caption: firstSentence(record.caption) });

const shuffled = (source: string, records: readonly CaptionRecord[]) =>
  rng(0, 'captions of experiments', source).shuffle(records);
