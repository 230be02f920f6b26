import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { MimeBundle } from '../runs/display.js';
import type { Figure } from './figure.js';

/**
 * A figure that the reader can zoom, for each kind of viewer, without a network: Plotly's JSON for those that draw it
 * themselves (JupyterLab with Python's plotly; VS Code, which prefers `application/vnd.*` to HTML, and whose extension
 * ms-toolsai.jupyter-renderers draws this one, by its README); for others a page that draws it (JupyterLab), and shows
 * the picture where scripts may not run. There is no `image/png`: viewers with Plotly would prefer it.
 */
export function interactiveBundle(figure: Figure, { png, alt }: { png: Uint8Array; alt: string }): MimeBundle {
  return {
    'application/vnd.plotly.v1+json': { ...figure, config: { displaylogo: false } },
    'text/html': pageOf(figure, { png, alt }),
    'text/plain': alt,
  };
}

function pageOf(figure: Figure, { png, alt }: { png: Uint8Array; alt: string }): string {
  const { width, height } = figure.layout;
  const id = `figure-${randomUUID()}`;
  const picture = `<img src="data:image/png;base64,${Buffer.from(png).toString('base64')}" width="${width}" height="${height}" alt="${attribute(alt)}">`;
  const library = readFileSync(createRequire(import.meta.url).resolve('plotly.js-basic-dist-min'), 'utf8');
  const drawing = JSON.stringify({ data: figure.data, layout: figure.layout });
  // The library puts itself into the window: once, and beside another Plotly that may be there.
  const script = `(() => {
const theirs = window.Plotly;
window.synclrPlotly ??= ((module) => {
${library}
return window.Plotly;
})();
window.Plotly = theirs;
const host = document.getElementById(${JSON.stringify(id)});
const { data, layout } = ${drawing};
host.replaceChildren();
window.synclrPlotly.newPlot(host, data, layout, { displaylogo: false });
})();`;
  return `<div id="${id}" style="width:${width}px;height:${height}px">${picture}</div>\n<script>${script.replaceAll('</script', '<\\/script')}</script>`;
}

const attribute = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
