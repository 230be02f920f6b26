import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { MimeBundle } from '../runs/display.js';
import type { Figure } from './figure.js';

/**
 * A figure that the reader can zoom, for each kind of viewer, without a network: Plotly's JSON for those that draw it
 * themselves (VS Code; JupyterLab with Python's plotly); for others a page that draws it (JupyterLab), and shows the
 * picture where scripts may not run. There is no `image/png`: viewers with Plotly would prefer it.
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
  // The library takes `self` for a place to put itself: here an object of its own.
  const script = `(() => {
const place = {};
((self, module) => {
${library}
})(place, undefined);
const Plotly = place.Plotly ?? place.moduleName;
const host = document.getElementById(${JSON.stringify(id)});
if (!Plotly || !host) return;
const { data, layout } = ${drawing};
host.replaceChildren();
Plotly.newPlot(host, data, layout, { displaylogo: false });
})();`;
  return `<div id="${id}" style="width:${width}px;height:${height}px">${picture}</div>\n<script>${script.replaceAll('</script', '<\\/script')}</script>`;
}

const attribute = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
