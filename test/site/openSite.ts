import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { openPage, type Page } from '../../lib/figures/devtools.js';
import { type Browser, findChromium } from '../../lib/figures/unpackChromium.js';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
  '.wasm': 'application/wasm',
};

/** A page of the site in a browser, and what went wrong in it. */
export interface OpenSite {
  readonly page: Page;
  /** Opens a page and waits until it is loaded. @returns bytes that were transferred, and what went wrong */
  visit(name: string): Promise<{ bytes: number; problems: string[] }>;
  /** what went wrong since the last visit */
  problems(): string[];
  until(expression: string, seconds?: number): Promise<void>;
  press(key: string, code?: string): Promise<void>;
  close(): Promise<void>;
}

/** What a browser without a GPU says when a page asks for one: nothing went wrong. */
const NO_GPU = /No available adapters|WebGPU is experimental|Failed to create WebGPU Context Provider/;

/** Serves a folder and opens a browser on it. @returns undefined, and why, where none runs */
export async function openSite(
  folder: string,
  { browser = findChromium, flags = [] }: { browser?: () => Promise<Browser>; flags?: readonly string[] } = {},
): Promise<OpenSite | { why: string }> {
  let page: Page;
  try {
    page = await openPage(await browser(), ['--window-size=1280,900', ...flags]);
  } catch (error) {
    return { why: (error as Error).message };
  }
  const server = createServer((request, answer) => {
    const file = path.join(folder, decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
      answer.writeHead(404).end();
      return;
    }
    answer.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(answer);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  let problems: string[] = [];
  let bytes = 0;
  page.onEvent((method, params) => {
    const text = JSON.stringify(params).slice(0, 400);
    if (method === 'Runtime.exceptionThrown' || method === 'Network.loadingFailed') problems.push(text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning'].includes(String(params.type)))
      problems.push(text);
    if (method === 'Log.entryAdded' && (params.entry as { level: string }).level !== 'verbose' && !NO_GPU.test(text))
      problems.push(text);
    if (method === 'Network.loadingFinished') bytes += Number(params.encodedDataLength);
  });
  for (const domain of ['Runtime', 'Log', 'Network', 'Page']) await page.call(`${domain}.enable`);

  const until: OpenSite['until'] = async (expression, seconds = 20) => {
    const end = Date.now() + seconds * 1000;
    while ((await page.evaluate(expression).catch(() => false)) !== true) {
      if (Date.now() > end) throw new Error(`not within ${seconds} s: ${expression}\n${problems.join('\n')}`);
      await new Promise((later) => setTimeout(later, 50));
    }
  };
  return {
    page,
    until,
    async visit(name) {
      [problems, bytes] = [[], 0];
      const url = `${root}/${name}`;
      await page.call('Page.navigate', { url });
      await until(`location.href === ${JSON.stringify(url)} && document.readyState === 'complete'`, 30);
      await page.evaluate('document.fonts.ready.then(() => true)');
      return { bytes, problems };
    },
    problems: () => problems,
    async press(key, code = key) {
      const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
      const windowsVirtualKeyCode = { Enter: 13, Tab: 9, ArrowRight: 39 }[key];
      await page.call('Input.dispatchKeyEvent', { type: 'keyDown', key, code, text, windowsVirtualKeyCode });
      await page.call('Input.dispatchKeyEvent', { type: 'keyUp', key, code, windowsVirtualKeyCode });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await page.close();
    },
  };
}
