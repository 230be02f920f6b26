import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { temporaryFolder } from '../../lib/runs/temporaryFolder.js';
import { buildSite } from '../../lib/site/buildSite.js';
import { highlight } from '../../lib/site/highlight.js';
import { type OpenSite, openSite } from './openSite.js';

const out = temporaryFolder('site');
let site: OpenSite | { why: string };
beforeAll(async () => {
  await buildSite(out);
  site = await openSite(out);
}, 300_000);
afterAll(async () => {
  if ('close' in site) await site.close();
  rmSync(out, { recursive: true, force: true });
});

const names = () => readdirSync(out).filter((name) => name.endsWith('.html'));
const html = (name: string) => readFileSync(path.join(out, name), 'utf8');

/** The open site; the test is skipped, with the reason, where no browser runs. */
function opened(context: TestContext): OpenSite {
  if ('why' in site) context.skip(`no Chromium runs here: ${site.why}`);
  return site as OpenSite;
}

describe('the pages', () => {
  it('there is one of every notebook, with all of its headings', () => {
    const notebooks = readdirSync('notebooks').filter((name) => name.endsWith('.ipynb'));
    expect(notebooks.length).toBeGreaterThan(10);
    for (const name of notebooks) expect(names()).toContain(name.replace('.ipynb', '.html'));
    expect(html('03-objective.html')).toContain('<h2 id="the-loss-by-hand">');
  });

  it('every link leads to something, and stays on the site or is an address of the web', () => {
    const ids = new Map(
      names().map((name) => [name, new Set([...html(name).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))]),
    );
    const broken = names().flatMap((name) =>
      [...html(name).matchAll(/ (?:href|src)="([^"]*)"/g)]
        .map(([, href]) => href.replaceAll('&amp;', '&'))
        .filter((href) => !/^(https?|data|mailto):/.test(href))
        .filter((href) => {
          const [file, anchor] = href.split('#');
          const target = file === '' ? name : decodeURI(file);
          if (!existsSync(path.join(out, target))) return true;
          return anchor !== undefined && ids.has(target) && !ids.get(target)?.has(decodeURI(anchor));
        })
        .map((href) => `${name}: ${href}`),
    );
    expect(broken).toEqual([]);
  });

  it('nothing is loaded from elsewhere', () => {
    const loads = /<(?:script|img|link|iframe)[^>]* (?:src|href)="(?:https?:)?\/\//;
    expect(names().filter((name) => loads.test(html(name)))).toEqual([]);
  });

  it('the cover says what the committed records do, and every number has its record', () => {
    const overview = JSON.parse(readFileSync('notebooks/00-overview.ipynb', 'utf8'));
    const said = /(\d+) claims of the paper: (\d+) yes, (\d+) no, (\d+) undecided/.exec(JSON.stringify(overview))!;
    const cover = html('index.html');
    expect(cover).toContain(`<strong>${said[1]} claims</strong>`);
    for (const [at, verdict] of ['yes', 'no', 'undecided'].entries()) {
      expect(cover.match(new RegExp(`<li class="${verdict}"`, 'g'))).toHaveLength(Number(said[at + 2]));
    }
    expect(html('records.html').match(/href="files\/paper-repro\/results\/laptop\/runs\//g)!.length).toBeGreaterThan(
      50,
    );
  });

  it('code is coloured and loses nothing', () => {
    const source = 'const a: number = 1; // <b>\nconst s = `x $' + '{a < 2} y`;\n';
    const text = highlight(source)
      .replace(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>');
    expect(text).toBe(source);
    expect(highlight(source)).toContain('<span class="k">const</span>');
    expect(html('03-objective.html')).toMatch(/<a href="api\/[^"]+" title="[^"]*stableRepLoss/);
  });
});

describe('in a browser', () => {
  it('no page has an error or lacks a file; none is heavier than 1 MB', async (context) => {
    const { visit } = opened(context);
    for (const name of names()) {
      const { bytes, problems } = await visit(name);
      expect({ name, problems }).toEqual({ name, problems: [] });
      expect(bytes, name).toBeLessThan(1e6);
    }
  }, 180_000);

  it('search is opened, asked and followed with the keyboard', async (context) => {
    const { visit, press, until, page } = opened(context);
    await visit('index.html');
    await press('/', 'Slash');
    await until('document.getElementById("search").open && typeof synclrSearch === "string"');
    await page.call('Input.insertText', { text: 'sinkhorn' });
    await until('document.querySelectorAll("#results a").length > 0');
    await press('Enter');
    await until('location.pathname.includes("03-") && document.body.innerText.toLowerCase().includes("sinkhorn")');
  });

  it('a chart becomes one to explore, with the keyboard alone', async (context) => {
    const { visit, press, until, page, problems } = opened(context);
    await visit('06-ablations.html');
    expect(await page.evaluate('typeof Plotly')).toBe('undefined');
    await page.evaluate('document.querySelector(".explore").focus()');
    await press('Enter');
    await until('!!document.querySelector(".plot svg.main-svg")');
    expect(problems()).toEqual([]);
  });

  it('axe-core finds nothing serious, in light and dark, wide and narrow', async (context) => {
    const { visit, page } = opened(context);
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const views = ['light', 'dark'].flatMap((value) => [1280, 390].map((width) => ({ value, width })));
    for (const [at, name] of ['index.html', '03-objective.html', 'records.html', 'captions.html'].entries()) {
      const { value, width } = views[at];
      await page.call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
      const screen = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 };
      await page.call('Emulation.setDeviceMetricsOverride', screen);
      await visit(name);
      await page.evaluate(axe);
      const found = await page.evaluate(
        `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200)))`,
      );
      expect({ name, value, width, found }).toEqual({ name, value, width, found: [] });
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${name} fits`).toBe(true);
    }
  }, 180_000);
});
