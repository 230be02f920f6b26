import { generatorScenes } from '../../data/scenes.js';
import { rng } from '../../random/rng.js';
import { argmaxRows } from '../metrics.js';
import { type Share, shareOf } from '../share.js';
import type { Judge } from './judgeOf.js';
import type { JudgePicture, JudgePictures } from './judgePictures.js';

/** How good a judge is, on pictures that it was not trained on. */
export interface JudgeExam {
  /** real scenes of the families it knows: other compositions, wide poses */
  real: Answers;
  /** scenes that the generator is trained on: four families the judge never saw, narrow poses. A perfect generator's score */
  generator: Answers;
  /** pictures that are none of the concepts, by kind: kinds as in training, and others */
  none: { seen: Record<string, NoneAnswers>; unseen: Record<string, NoneAnswers> };
}

interface Answers {
  /** right concepts */
  concept: Share;
  /** right backgrounds */
  background: Share;
  /** called 'none of these', wrongly */
  none: Share;
}

interface NoneAnswers {
  /** called 'none of these', rightly */
  none: Share;
  /** of spoilt drawings: taken for the thing that was spoilt, as if nothing had happened */
  passed?: Share;
}

/** Asks a judge about `count` real scenes, as many of the generator's families, and `noneCount` of each kind of none. */
export async function examineJudge(
  judge: Judge,
  pictures: JudgePictures,
  { count = 2000, noneCount = 200, seed = 1 }: { count?: number; noneCount?: number; seed?: number } = {},
): Promise<JudgeExam> {
  const { concepts } = pictures;
  const numbers = (length: number) => Array.from({ length }, (_, i) => i);
  const real = numbers(count).map((i) => pictures.real(rng(seed, 'exam', i), i % concepts.length));
  const scenes = await generatorScenes({ concepts, count, seed, size: judge.size });
  const drawn = scenes.batch(numbers(count));
  const generator = numbers(count).map((i) => ({
    image: drawn.images.subarray(i * judge.size ** 2 * 3, (i + 1) * judge.size ** 2 * 3),
    concept: drawn.labels[i],
    background: drawn.backgrounds[i],
  }));
  const noneShares = async (kinds: JudgePictures['none']['seen']) => {
    const shares: Record<string, NoneAnswers> = {};
    for (const [kind, make] of Object.entries(kinds)) {
      const asked = numbers(noneCount).map((i) => make(rng(seed, 'exam', kind, i)));
      shares[kind] = await noneAnswersOf(judge, asked);
    }
    return shares;
  };
  return {
    real: await answersOf(judge, real),
    generator: await answersOf(judge, generator),
    none: { seen: await noneShares(pictures.none.seen), unseen: await noneShares(pictures.none.unseen) },
  };
}

type Asked = Pick<JudgePicture, 'image' | 'concept' | 'background'>;

async function answersOf(judge: Judge, asked: readonly Asked[]): Promise<Answers> {
  const verdicts = await judge.judge(asked.map(({ image }) => image));
  const concepts = argmaxRows(verdicts.concepts, judge.concepts.length + 1);
  const backgrounds = argmaxRows(verdicts.backgrounds, judge.backgrounds.length);
  const count = (is: (picture: Asked, i: number) => boolean) => shareOf(asked.filter(is).length, asked.length);
  return {
    concept: count(({ concept }, i) => concepts[i] === concept),
    background: count(({ background }, i) => backgrounds[i] === background),
    none: count((_, i) => concepts[i] === judge.concepts.length),
  };
}

async function noneAnswersOf(judge: Judge, asked: readonly JudgePicture[]): Promise<NoneAnswers> {
  const { concepts } = await judge.judge(asked.map(({ image }) => image));
  const said = argmaxRows(concepts, judge.concepts.length + 1);
  const none = shareOf(said.filter((label) => label === judge.concepts.length).length, asked.length);
  if (asked[0].spoilt === undefined) return { none };
  return { none, passed: shareOf(asked.filter(({ spoilt }, i) => said[i] === spoilt).length, asked.length) };
}
