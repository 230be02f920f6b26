import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { openPage } from '../../lib/figures/devtools.js';
import { interactiveBundle } from '../../lib/figures/interactive.js';
import { findChromium } from '../../lib/figures/unpackChromium.js';
import { notebookHtml, toNotebook } from '../../lib/notebook/index.js';

const folder = mkdtempSync(path.join(tmpdir(), 'synclr-html-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a browser without a network makes of a page. */
async function look(html: string, expression: string): Promise<unknown> {
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(html));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  const page = await openPage(await findChromium(), ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1']);
  try {
    await page.evaluate(`location.href = 'http://127.0.0.1:${port}/'`);
    for (let tries = 0; tries < 200; tries++) {
      const ready = `document.readyState === 'complete' && location.port === '${port}'`;
      if ((await page.evaluate(ready).catch(() => false)) === true) break;
      await sleep(50);
    }
    return JSON.parse(String(await page.evaluate(`JSON.stringify(${expression})`)));
  } finally {
    await page.close();
    server.close();
  }
}

describe('the page of a notebook', () => {
  it('draws its formulas, pictures and figures to zoom in a browser without a network, and asks for nothing', {
    timeout: 120_000,
  }, async () => {
    const png = await sharp({ create: { width: 8, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    writeFileSync(path.join(folder, 'beside.png'), png);
    const figure = { data: [{ type: 'scatter', y: [1, 3, 2] }], layout: { width: 500, height: 300 } };
    const notebook = toNotebook(
      '// %% [markdown]\n/*\n# Mine\n\nWith $a_1 < b$ and ![a picture](beside.png)\n*/\n\n// %%\nawait showFigure();\n',
    );
    notebook.cells[1].outputs = [
      { output_type: 'display_data', data: interactiveBundle(figure, { png, alt: 'a line' }), metadata: {} },
      {
        output_type: 'display_data',
        data: { 'image/png': png.toString('base64') },
        metadata: { 'image/png': { width: 4 } },
      },
    ];
    const seen = await look(
      notebookHtml(notebook, { title: 'Mine', folder }),
      `{
        pictures: [...document.images].map((img) => [img.naturalWidth, img.width]),
        formula: document.querySelector('math')?.getBoundingClientRect().width > 10,
        plot: [...document.querySelectorAll('.js-plotly-plot')].map((plot) => [plot.clientWidth, plot.clientHeight, plot.querySelectorAll('path.js-line').length]),
        asked: performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.startsWith('data:') && !name.endsWith('/favicon.ico')),
      }`,
    );
    expect(seen).toEqual({
      pictures: [
        [8, 8],
        [8, 4],
      ],
      formula: true,
      plot: [[500, 300, 1]],
      asked: [],
    });
  });
});
