import type { CaptionRecord } from '../../captions/log.js';
import { InputError } from '../../errors.js';
import { rng } from '../../random/rng.js';
import { readJson } from '../../runs/files.js';
import { projectPath } from '../../runs/paths.js';

/** Whether one could paint what a caption says: its concept is the subject; it is there among odd things; it is not. */
export type CaptionVerdict = 'picture' | 'odd' | 'useless';

interface JudgedFile {
  readonly seed: number;
  readonly meaning: Readonly<Record<CaptionVerdict, string>>;
  readonly captions: readonly { index: number; caption: string; verdict: CaptionVerdict; fault: string }[];
}

/** Captions of a log that were drawn at random and read one by one, with what was found. */
export interface JudgedCaptions extends Pick<JudgedFile, 'seed' | 'meaning'> {
  readonly captions: readonly { record: CaptionRecord; verdict: CaptionVerdict; fault: string }[];
}

/** Which captions of `count` are read: thirty, drawn with a seed, so that nobody chose them. */
export function captionsToJudge(count: number, { seed = 0, captions = 30 } = {}): number[] {
  const indices = Array.from({ length: count }, (_, index) => index);
  return rng(seed, 'judged captions').sample(indices, captions);
}

/**
 * The readings of data/captions/judged.json, beside the log's records.
 *
 * @throws InputError if they are of other captions than the log holds or the seed draws
 */
export function judgedCaptions(
  records: readonly CaptionRecord[],
  file = projectPath('data', 'captions', 'judged.json'),
): JudgedCaptions {
  const { seed, meaning, captions } = readJson<JudgedFile>(file);
  const drawn = captionsToJudge(records.length, { seed, captions: captions.length });
  const other = captions.find(({ index, caption }, i) => index !== drawn[i] || records[index]?.caption !== caption);
  if (other) {
    throw new InputError({
      where: file,
      expected: 'readings of the captions that its seed draws from this log',
      found: `caption ${other.index}: "${other.caption}"`,
      fix: 'read the captions of captionsToJudge() again',
    });
  }
  const read = captions.map(({ index, verdict, fault }) => ({ record: records[index], verdict, fault }));
  return { seed, meaning, captions: read };
}
