import type { ScoreCurvesData } from '../../figures/scoreCurves.js';
import { inPercent } from '../../runs/measured.js';
import type { PcaPoint } from '../judging/protocols/patchPca.js';
import { judgedBy, type RecordsFrom } from './evaluationScores.js';

const nameOf = (threshold: PcaPoint['threshold']) => (threshold === 'otsu' ? 'Otsu’s' : String(threshold));

/** Foreground IoU of every encoder on one split, with its interval, as the records have it. */
export function pcaTable(split: PcaPoint['split'], from: RecordsFrom = {}): Record<string, unknown>[] {
  return judgedBy('patch-pca', from).flatMap(({ method, metrics }) =>
    metrics.points
      .filter((point) => point.split === split)
      .map(({ size, threshold, iou, interval }) => ({
        method,
        pictures: `${size} px`,
        threshold: nameOf(threshold),
        IoU: iou,
        low: interval.low,
        high: interval.high,
        'box in the middle': metrics.box[split],
      })),
  );
}

/** IoU on validation scenes against the size of the pictures, for `scoreCurves`: both thresholds, dashed the per-picture one. */
export function pcaCurves(from: RecordsFrom = {}): ScoreCurvesData {
  const judged = judgedBy('patch-pca', from);
  const series = judged.flatMap(({ method, metrics }) =>
    ([0, 'otsu'] as const).map((threshold) => ({
      name: threshold === 'otsu' ? `${method}, Otsu’s` : method,
      method,
      ...(threshold === 'otsu' && { dash: 'dash' as const, unlabelled: true }),
      points: metrics.points
        .filter((point) => point.split === 'val' && point.threshold === threshold)
        .map(({ size: x, iou, interval }) => ({
          x,
          // One interval a method: those of the other line are as wide.
          ...(threshold === 0 ? inPercent(iou, interval) : { value: 100 * iou }),
        })),
    })),
  );
  return {
    series,
    x: 'side of the pictures (px), patches of 8; dashed: Otsu’s threshold',
    quantity: 'foreground IoU on validation scenes (%)',
    ticks: [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))],
    ...(judged[0] && { reference: { name: 'box in the middle', value: 100 * judged[0].metrics.box.val } }),
  };
}
