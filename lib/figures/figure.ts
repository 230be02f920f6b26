/** A Plotly trace, layout and so on: plain JSON. See plotly.com/javascript/reference. */
export type PlotlyObject = Record<string, unknown>;

/** A figure as Plotly JSON. The layout holds its size, so that it looks the same wherever it is drawn. */
export interface Figure {
  data: PlotlyObject[];
  layout: PlotlyObject & { width: number; height: number };
}

/** Text for Plotly, which reads a little HTML. */
export function plotlyText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
