import MiniSearch from 'minisearch';
import { plainText } from './markdown.js';
import type { Page } from './page.js';
import { SEARCH_OPTIONS } from './searchOptions.js';

/** The index of all text, section by section, as a script: pages that are read from a disk may not fetch anything. */
export function searchScript(pages: readonly Page[]): string {
  const index = new MiniSearch(SEARCH_OPTIONS);
  index.addAll(pages.flatMap(sectionsOf));
  return `globalThis.synclrSearch=${JSON.stringify(JSON.stringify(index))}`;
}

function sectionsOf({ name, title, body }: Page) {
  const parts = body.split(/(?=<h[23] id=")/);
  return parts
    .map((html) => {
      const [, id, heading] = /^<h[23] id="([^"]*)">([\s\S]*?)<\/h[23]>/.exec(html) ?? [];
      const section = heading ? plainText(heading).replace(/ #$/, '') : '';
      return { id: id ? `${name}.html#${id}` : `${name}.html`, title, section, text: plainText(html) };
    })
    .filter(({ text }) => text !== '');
}
