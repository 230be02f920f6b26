import type { Figure } from './figure.js';
import { linePanels } from './linePanels.js';
import type { DrawnPoint } from './measuredPoints.js';
import { methodColours, okabeIto } from './theme.js';

export interface LengthCurvesData {
  quantity: string;
  lines: readonly { name: string; points: readonly (DrawnPoint & { x: number })[] }[];
}

/** Table 4's rows between StableRep and SynCLR have no method of their own: shades between. */
const COLOURS: Readonly<Record<string, string>> = {
  ...methodColours,
  '+ EMA': okabeIto.purple,
  '+ EMA + iBOT': okabeIto.skyBlue,
  '+ EMA + multi-crop': okabeIto.green,
};

/** Accuracy against the length of training, on a logarithmic axis; each point is a run of its own. */
export function lengthCurves({ lines, ...panel }: LengthCurvesData): Figure {
  const steps = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const panels = [
    {
      title: 'ours',
      axis: 'training steps',
      ...panel,
      log: true,
      ticks: steps.map((x) => ({ x, text: String(x) })),
      lines: lines.map(({ name, points }) => ({
        name,
        color: COLOURS[name] ?? okabeIto.black,
        points,
      })),
    },
  ];
  return linePanels(panels, { width: 420, room: 150 });
}
