import { pairedBootstrap } from '../../evaluate/interval.js';
import { rng } from '../../random/rng.js';
import { inPercent, written } from '../../runs/measured.js';
import { judgedBy, type RecordsFrom } from './evaluationScores.js';

/**
 * What the records say of drawings by many hands, in percent: logistic regression and neighbours, the unseen emoji family beside
 * it, and the difference to `against`, paired by drawings.
 */
export function drawingsTable(
  from: RecordsFrom = {},
  { against = 'raw pixels' }: { against?: string } = {},
): Record<string, unknown>[] {
  const judged = judgedBy('drawings', from);
  const other = judged.find(({ method }) => method === against);
  return judged.map(({ method, metrics: { family, hands, counts } }) => {
    const each = counts.hands / counts.drawings;
    const shares = (right: readonly number[]) => right.map((count) => count / each);
    const paired =
      other && other.method !== method
        ? pairedBootstrap(shares(hands.right), shares(other.metrics.hands.right), { rng: rng(0, 'drawings', method) })
        : null;
    return {
      method,
      'many hands': written(inPercent(hands.logistic.accuracy, hands.logistic.interval)),
      [`minus ${against}`]: paired ? written(inPercent(paired.difference, paired)) : '',
      'neighbours, many hands': written(inPercent(hands.knn.accuracy, hands.knn.interval)),
      'an unseen family': written(inPercent(family.logistic.accuracy, family.logistic.interval)),
      chance: 100 / counts.classes,
    };
  });
}
