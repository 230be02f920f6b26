import type { Figure } from './figure.js';
import { linePanels } from './linePanels.js';
import type { DrawnPoint } from './measuredPoints.js';
import { methodColors, okabeIto } from './theme.js';

export interface LengthCurvesData {
  quantity: string;
  lines: readonly { name: string; points: readonly (DrawnPoint & { steps: number })[] }[];
  note?: string;
}

/** Table 4's rows between StableRep and SynCLR have no method of their own: shades between. */
const COLORS: Readonly<Record<string, string>> = {
  ...methodColors,
  '+ EMA': okabeIto.purple,
  '+ EMA + iBOT': okabeIto.skyBlue,
  '+ EMA + multi-crop': okabeIto.green,
};

/** Accuracy against the length of training, on a logarithmic axis; each point is a run of its own. */
export function lengthCurves({ lines, ...panel }: LengthCurvesData): Figure {
  const steps = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.steps)))].sort((a, b) => a - b);
  return linePanels([
    {
      title: 'ours',
      axis: 'training steps',
      ...panel,
      log: true,
      ticks: steps.map((x) => ({ x, text: String(x) })),
      lines: lines.map(({ name, points }) => ({
        name,
        color: COLORS[name] ?? okabeIto.black,
        points: points.map(({ steps: x, ...point }) => ({ ...point, x })),
      })),
    },
  ]);
}
