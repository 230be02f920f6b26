import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { openPage } from './devtools.js';
import type { Figure } from './figure.js';
import { findChromium } from './unpackChromium.js';

/** Size in CSS pixels; `scale` pixels of the PNG for each. */
export interface ImageSize {
  width?: number;
  height?: number;
  scale?: number;
}

export interface Renderer {
  png(figure: Figure, size?: ImageSize): Promise<Buffer>;
  svg(figure: Figure, size?: ImageSize): Promise<string>;
  /** whether the browser has ended, by whatever cause */
  gone(): boolean;
  close(): Promise<void>;
}

/**
 * Plotly names clip paths and the like at random. Seeded anew for each figure (mulberry32), the same figure gives the
 * same bytes, whatever was drawn before.
 */
const seed = `(() => { let a = 1; Math.random = () => {
  a = (a + 0x6d2b79f5) | 0; let t = Math.imul(a ^ (a >>> 15), 1 | a);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; }; })();`;

/**
 * Starts a headless Chromium with Plotly in it: some seconds, then well under a second a figure.
 *
 * The same figure gives the same bytes, in every process of one machine. Throws InputError when Chromium cannot start.
 */
export async function openRenderer(): Promise<Renderer> {
  const page = await openPage(await findChromium());
  const plotly = createRequire(import.meta.url).resolve('plotly.js-dist');
  await page.evaluate(`${readFileSync(plotly, 'utf8')}\n;0`);

  const draw = async (figure: Figure, format: 'png' | 'svg', size: ImageSize): Promise<string> => {
    const { width = figure.layout.width, height = figure.layout.height, scale = format === 'png' ? 2 : 1 } = size;
    const options = JSON.stringify({ format, width, height, scale, imageDataOnly: true });
    const content = JSON.stringify({ data: figure.data, layout: figure.layout });
    const value = await page.evaluate(`${seed} Plotly.toImage(${content}, ${options})`);
    if (typeof value !== 'string') throw new Error('Plotly gave no picture.');
    return value;
  };
  return {
    png: async (figure, size = {}) => Buffer.from(await draw(figure, 'png', size), 'base64'),
    svg: async (figure, size = {}) => inOneOrder(await draw(figure, 'svg', size)),
    gone: page.gone,
    close: page.close,
  };
}

/** Plotly sets two attributes of the root in either order, as its timers fall: here the empty style comes first. */
function inOneOrder(svg: string): string {
  return svg.replace(/^(<svg[^>]*?)( viewBox="[^"]*")( style="")/, '$1$3$2');
}
