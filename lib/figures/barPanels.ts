import { type Figure, plotlyText } from './figure.js';
import { axisSuffix } from './measuredPoints.js';
import { chart, ink, okabeIto } from './theme.js';

export interface BarPanel {
  title: string;
  /** one a label; null: nothing is there any more */
  values: readonly (number | null)[];
  color?: string;
  /** below the panel; lines are broken at \n */
  note?: string;
}

/** CSS pixels */
const SIZE = { row: 19, width: 168, gap: 20, value: 46, top: 34, note: 16, letter: 7.2 };

/**
 * The same things in panels side by side, each with a bar for every one of them and its value at the end: what a step does to a
 * distribution.
 * @param options.write how a value is written; as percent by default
 */
export function barPanels(
  labels: readonly string[],
  panels: readonly BarPanel[],
  { write = (value: number) => `${(100 * value).toFixed(1)} %` }: { write?: (value: number) => string } = {},
): Figure {
  const left = 16 + SIZE.letter * Math.max(...labels.map((label) => label.length));
  const across = panels.length * SIZE.width + (panels.length - 1) * SIZE.gap;
  const below = 10 + SIZE.note * Math.max(...panels.map(({ note }) => (note ? note.split('\n').length : 0)));
  const height = labels.length * SIZE.row;
  const largest = Math.max(...panels.flatMap(({ values }) => values.map((value) => value ?? 0))) || 1;
  const places = panels.map((_, at) => (at * (SIZE.width + SIZE.gap)) / across);
  const rows = labels.map((_, at) => at);
  const paper = { xref: 'paper', showarrow: false, xanchor: 'left', align: 'left' } as const;
  const figure = chart(
    panels.map(({ title, values, color = okabeIto.blue }, at) => ({
      type: 'bar',
      orientation: 'h',
      name: title,
      x: values.map((value) => Number((value ?? 0).toPrecision(4))),
      y: rows,
      width: 0.7,
      marker: { color },
      xaxis: `x${axisSuffix(at)}`,
      yaxis: 'y',
      cliponaxis: false,
    })),
    {
      width: left + across + 12,
      height: SIZE.top + height + below,
      margin: { l: left, r: 12, t: SIZE.top, b: below },
      yaxis: {
        tickvals: rows,
        ticktext: labels.map(plotlyText),
        range: [labels.length - 0.5, -0.5],
        showgrid: false,
        tickfont: { size: 12 },
      },
      annotations: panels.flatMap(({ title, values, note }, at) => [
        {
          ...paper,
          x: places[at],
          y: 1,
          yref: 'paper',
          yanchor: 'bottom',
          yshift: 6,
          text: `<b>${plotlyText(title)}</b>`,
        },
        ...values.map((value, row) => ({
          xref: `x${axisSuffix(at)}`,
          x: value ?? 0,
          xshift: 4,
          y: row,
          showarrow: false,
          xanchor: 'left',
          yanchor: 'middle',
          text: value === null ? '–' : write(value),
          font: { size: 11, color: value === null ? ink.line : ink.text },
        })),
        ...(note
          ? [
              {
                ...paper,
                x: places[at],
                y: 0,
                yref: 'paper',
                yanchor: 'top',
                yshift: -6,
                text: plotlyText(note).replaceAll('\n', '<br>'),
                font: { size: 12, color: ink.muted },
              },
            ]
          : []),
      ]),
    },
  );
  for (const [at, from] of places.entries()) {
    figure.layout[`xaxis${axisSuffix(at)}`] = {
      domain: [from, from + SIZE.width / across],
      // Room for the number at the end of the longest bar.
      range: [0, largest / (1 - SIZE.value / SIZE.width)],
      visible: false,
      anchor: 'y',
    };
  }
  return figure;
}
