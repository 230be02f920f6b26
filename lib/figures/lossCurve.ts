import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { spread } from './spread.js';
import { chart, methodColour } from './theme.js';

export interface LossCurveData {
  series: { name: string; steps: number[]; loss: number[] }[];
  /** what the loss is, for the axis */
  quantity?: string;
  /** weight of the past in the running mean drawn over the raw values; 0 draws the raw values only */
  smoothing?: number;
}

/** Running mean m ← s·m + (1 − s)·x, corrected for its start at 0 as in Adam. */
function runningMean(values: number[], smoothing: number): number[] {
  let mean = 0;
  let weight = 0;
  return values.map((value) => {
    mean = smoothing * mean + (1 - smoothing) * value;
    weight = smoothing * weight + (1 - smoothing);
    return mean / weight;
  });
}

/** Loss over training steps: raw values faint, their running mean on top, the name at the end of each line. */
export function lossCurve({ series, quantity = 'loss', smoothing = 0.9 }: LossCurveData): Figure {
  const means = series.map(({ loss }) => runningMean(loss, smoothing));
  const all = series.flatMap(({ loss }) => loss);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const pad = (high - low || 1) * 0.05;
  const range = [low - pad, high + pad];
  const share = (value: number) => (value - range[0]) / (range[1] - range[0]);
  const places = spread(means.map((mean) => share(mean[mean.length - 1])));
  const traces: PlotlyObject[] = series.flatMap(({ name, steps, loss }, at) => {
    const color = methodColour(name);
    const raw = { type: 'scatter', mode: 'lines', x: steps, y: loss, line: { color, width: 1 }, opacity: 0.3, name };
    const smooth = { type: 'scatter', mode: 'lines', x: steps, y: means[at], line: { color, width: 2.2 }, name };
    return smoothing > 0 ? [raw, smooth] : [{ ...raw, opacity: 1 }];
  });
  const lastStep = Math.max(...series.flatMap(({ steps }) => steps));
  const annotations = series.map(({ name }, at) => ({
    x: 1.01,
    xref: 'paper',
    y: range[0] + places[at] * (range[1] - range[0]),
    text: `<b>${plotlyText(name)}</b> ${means[at][means[at].length - 1].toFixed(2)}`,
    showarrow: false,
    xanchor: 'left',
    font: { color: methodColour(name) },
  }));
  return chart(traces, {
    width: 640,
    height: 340,
    margin: { r: 150 },
    xaxis: { title: { text: 'training step' }, range: [0, lastStep], separatethousands: true },
    yaxis: { title: { text: quantity }, range },
    annotations,
  });
}
