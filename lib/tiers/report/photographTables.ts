import { pairedBootstrap } from '../../evaluate/interval.js';
import type { Share } from '../../evaluate/share.js';
import { rng } from '../../random/rng.js';
import { type Interval, inPercent, written } from '../../runs/measured.js';
import type { SetScores } from '../judging/photographs/judgePhotographs.js';
import { readPhotographRecords } from '../judging/photographs/photographRecords.js';
import { missingPhotographs } from '../judging/photographs/photographSets.js';
import { readSecondVerdict } from '../judging/photographs/secondJudge.js';

type SetName = 'foods' | 'stamps';

const judged = () =>
  readPhotographRecords().flatMap(({ key, name, found }) =>
    'notRun' in found ? [] : [{ key, name, metrics: found.metrics }],
  );

const flagsOf = (rows: string) => Uint8Array.from(rows, Number);

/** Whether the photographs are here, in one sentence for the notebook. */
export function photographsHere(): string {
  const missing = missingPhotographs();
  return missing
    ? `Photographs are ${missing}. What follows is read from committed features and records.`
    : 'The photographs are here: `synclr photographs --force` computes all that follows again.';
}

/** From photograph to photograph, in percent with 95 % intervals. */
export function photographTable(set: SetName): Record<string, unknown>[] {
  return judged().map(({ name, metrics }) => {
    const { logistic, knn, fewShot, photographs, classes } = metrics[set];
    return {
      method: name,
      'logistic regression': written(inPercent(logistic.accuracy, logistic.interval)),
      'five neighbours': written(inPercent(knn.accuracy, knn.interval)),
      '5-way 5-shot': written(inPercent(fewShot.accuracy, fewShot.interval)),
      photographs,
      classes,
    };
  });
}

/** Differences of pairs on the same photographs, logistic regression and neighbours, in points; decided where 0 is outside of the interval. */
export function photographDifferences(
  set: SetName,
  pairs: readonly (readonly [string, string])[],
): Record<string, unknown>[] {
  const all = judged();
  return pairs.flatMap(([first, second]) => {
    const [a, b] = [first, second].map((key) => all.find((one) => one.key === key));
    if (!a || !b) return [];
    const difference = (of: (scores: SetScores) => string) => {
      const [left, right] = [a, b].map(({ metrics }) => flagsOf(of(metrics[set])));
      return pairedBootstrap(left, right, { rng: rng(0, 'photographs', set, first, second) });
    };
    const [logistic, knn] = [difference(({ logistic }) => logistic.rows), difference(({ knn }) => knn.rows)];
    const outside = ({ low, high }: Interval) => (low > 0 || high < 0 ? 'yes' : 'no');
    return [
      {
        difference: `${a.name} − ${b.name}`,
        'logistic regression': written(inPercent(logistic.difference, logistic)),
        'regression decided': outside(logistic),
        'five neighbours': written(inPercent(knn.difference, knn)),
        'neighbours decided': outside(knn),
      },
    ];
  });
}

/** In percent with its interval; the bootstrap cannot say how far chance goes where nothing was right. */
const share = ({ accuracy, interval }: { accuracy: number; interval: { low: number; high: number } }, count: number) =>
  accuracy === 0 ? `0 of ${count}` : written(inPercent(accuracy, interval));

/** From drawing to photograph, in percent. */
export function drawingToPhotographTable(): Record<string, unknown>[] {
  return judged().map(({ name, metrics: { concepts } }) => ({
    method: name,
    'logistic regression': share(concepts.logistic, concepts.photographs),
    'twenty neighbours': share(concepts.knn, concepts.photographs),
    chance: 100 / concepts.classes,
    concepts: concepts.classes,
    photographs: concepts.photographs,
  }));
}

/** Foreground of a patch-PCA against the alpha of cut-outs, 0 … 1. */
export function photographPcaTable(): Record<string, unknown>[] {
  return judged().flatMap(({ name, metrics: { pca } }) =>
    pca
      ? [{ method: name, IoU: pca.iou, low: pca.interval.low, high: pca.interval.high, 'box in the middle': pca.box }]
      : [],
  );
}

/** A photograph and its nearest, by the names of their files, for each who looks. */
export function neighbourTable(set: SetName, { queries = 3 }: { queries?: number } = {}): Record<string, unknown>[] {
  const short = (file: string) => file.replace(/^.*\//, '').replace(/\.\w+$/, '');
  const all = judged();
  return Array.from({ length: queries }, (_, q) =>
    all.flatMap(({ name, metrics }) => {
      const [query, ...near] = metrics[set].neighbours[q] ?? [];
      return query === undefined
        ? []
        : [{ photograph: short(query), method: name, 'its five nearest': near.map(short).join(', ') }];
    }),
  ).flat();
}

/** The ImageNet network as a judge of pictures: on true scenes first. */
export function secondJudgeTable(): Record<string, unknown>[] {
  const verdict = readSecondVerdict();
  if ('notRun' in verdict) return [{ pictures: 'all', 'not run': verdict.notRun }];
  const row = (pictures: string, { share, of, ...interval }: Share) => ({
    pictures,
    'named right': written(inPercent(share, interval)),
    of,
    chance: 100 * verdict.chance,
  });
  return [
    row('true scenes, drawings of held-out families', verdict.trueScenes),
    row('generated pictures', verdict.generated),
  ];
}

/** Who has no record, and why. */
export function photographsNotRun(): Record<string, string>[] {
  return readPhotographRecords().flatMap(({ name, found }) =>
    'notRun' in found ? [{ method: name, 'not run': found.notRun }] : [],
  );
}
