import { readFileSync } from 'node:fs';
import { escapeHtml } from '../notebook/html.js';
import { projectPath } from '../runs/paths.js';
import type { Heading } from './markdown.js';

export interface Page {
  /** `NAME.html` */
  name: string;
  title: string;
  /** one sentence for search engines */
  description: string;
  body: string;
  headings?: readonly Heading[];
  /** programs beside the book's own, by their addresses */
  modules?: readonly string[];
}

/** A line of the table of contents. */
export interface ContentsEntry {
  name: string;
  title: string;
}

/** The parts of the table of contents, in order: what comes before and after a page is told from it. */
export type Contents = readonly { part: string; entries: readonly ContentsEntry[] }[];

const template = readFileSync(projectPath('lib', 'site', 'page.html'), 'utf8');

/** A page of the site, whole. */
export function pageHtml(page: Page, contents: Contents): string {
  const all = contents.flatMap(({ entries }) => entries);
  const at = all.findIndex(({ name }) => name === page.name);
  const values: Record<string, string> = {
    name: page.name,
    title: escapeHtml(page.title),
    description: escapeHtml(page.description),
    body: page.body,
    contents: contents.map(({ part, entries }) => partHtml(part, entries, page.name)).join('\n'),
    sections: sectionsHtml(page.headings ?? []),
    neighbours: at < 0 ? '' : neighboursHtml(all[at - 1], all[at + 1]),
    modules: (page.modules ?? []).map((src) => `<script type="module" src="${src}"></script>`).join('\n'),
  };
  return template.replace(/\{\{(\w+)\}\}/g, (_, key) => values[key]);
}

function partHtml(part: string, entries: readonly ContentsEntry[], current: string): string {
  const lines = entries.map(({ name, title }) => {
    const here = name === current ? ' aria-current="page"' : '';
    return `<li><a href="${name}.html"${here}>${escapeHtml(title)}</a></li>`;
  });
  return `<h2>${escapeHtml(part)}</h2>\n<ul>${lines.join('')}</ul>`;
}

function sectionsHtml(headings: readonly Heading[]): string {
  const sections = headings.filter(({ depth }) => depth === 2);
  if (sections.length < 2) return '';
  const lines = sections.map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`);
  return `<nav class="sections" aria-label="On this page"><h2>On this page</h2><ul>${lines.join('')}</ul></nav>`;
}

function neighboursHtml(before: ContentsEntry | undefined, after: ContentsEntry | undefined): string {
  const link = (entry: ContentsEntry | undefined, rel: string, word: string) =>
    entry
      ? `<a rel="${rel}" href="${entry.name}.html"><small>${word}</small>${escapeHtml(entry.title)}</a>`
      : '<span></span>';
  return `<nav class="neighbours" aria-label="Neighbouring pages">${link(before, 'prev', 'Before')}${link(after, 'next', 'Next')}</nav>`;
}
