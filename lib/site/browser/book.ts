import MiniSearch, { type SearchResult } from 'minisearch';
import { SEARCH_OPTIONS } from '../searchOptions.js';

/** What every page of the book does: search, light and dark, copying, figures to explore. */

interface Plotly {
  newPlot(host: HTMLElement, data: unknown, layout: unknown, config: unknown): Promise<unknown>;
}
interface Figure {
  data: unknown;
  layout: { width: number; height: number };
}
declare global {
  var Plotly: Plotly;
  var synclrSearch: string;
  var synclrFigure: (name: string, figure: Figure) => void;
}

const byId = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

const loaded = new Map<string, Promise<void>>();

/** A script of the site, once. (Pages from a disk may load scripts and fetch nothing.) */
function load(src: string): Promise<void> {
  const before = loaded.get(src);
  if (before) return before;
  const loading = new Promise<void>((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { src, onload: () => resolve() });
    script.onerror = () => reject(new Error(`${src} could not be loaded`));
    document.head.append(script);
  });
  loaded.set(src, loading);
  return loading;
}

function themes(): void {
  const order = ['auto', 'light', 'dark'];
  byId('theme').addEventListener('click', () => {
    const { dataset } = document.documentElement;
    dataset.theme = order[(order.indexOf(dataset.theme ?? 'auto') + 1) % order.length];
    try {
      localStorage.theme = dataset.theme;
    } catch {
      // a browser that keeps nothing
    }
  });
}

function menu(): void {
  const button = byId('menu');
  button.addEventListener('click', () => {
    button.ariaExpanded = String(byId('contents').classList.toggle('open'));
  });
}

function copying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('.copy')) {
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.parentElement?.querySelector('code')?.textContent ?? '');
      button.textContent = 'Copied';
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 1500);
    });
  }
}

const figures = new Map<string, Figure>();
globalThis.synclrFigure = (name, figure) => void figures.set(name, figure);

/** A chart's picture becomes the chart, when its button is pressed or the picture is clicked. */
function exploring(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('.explore')) {
    const picture = button.closest('figure')?.querySelector('img');
    const explore = async () => {
      if (!picture?.isConnected || button.disabled) return;
      button.disabled = true;
      button.textContent = 'Loading …';
      const name = button.dataset.figure as string;
      await Promise.all([load('assets/plotly.js'), load(`figures/${name}.js`)]);
      const host = Object.assign(document.createElement('div'), {
        className: 'plot',
        ariaLabel: picture.alt,
        tabIndex: 0,
      });
      host.setAttribute('role', 'group');
      const { data, layout } = figures.get(name) as Figure;
      picture.replaceWith(host);
      await Plotly.newPlot(host, data, layout, { displaylogo: false });
      button.remove();
    };
    button.addEventListener('click', explore);
    picture?.addEventListener('click', explore);
  }
}

function searching(): void {
  const dialog = byId<HTMLDialogElement>('search');
  const query = byId<HTMLInputElement>('query');
  const results = byId('results');
  let index: MiniSearch | undefined;
  const open = async () => {
    dialog.showModal();
    query.select();
    await load('assets/search.js');
    index ??= MiniSearch.loadJSON(synclrSearch, SEARCH_OPTIONS);
    show();
  };
  const show = () => {
    const found = index?.search(query.value).slice(0, 12) ?? [];
    results.replaceChildren(...found.map(lineOf));
    if (found.length === 0 && query.value.trim() !== '') results.append('Nothing found.');
  };
  query.addEventListener('input', show);
  query.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    results.querySelector('a')?.click();
  });
  results.addEventListener('click', () => dialog.close());
  byId('find').addEventListener('click', open);
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
    if ((event.key === '/' && !typing) || (event.key === 'k' && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      open();
    }
  });
}

function lineOf({ id, title, section }: SearchResult): HTMLElement {
  const line = document.createElement('li');
  const link = Object.assign(document.createElement('a'), { href: String(id), textContent: section || title });
  link.append(Object.assign(document.createElement('small'), { textContent: title }));
  line.append(link);
  return line;
}

themes();
menu();
copying();
exploring();
searching();
