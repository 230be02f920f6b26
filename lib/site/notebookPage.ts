import { cellHtml, escapeHtml } from '../notebook/html.js';
import type { NotebookChapter } from './chapters.js';
import { highlight } from './highlight.js';
import type { notebookNames } from './hover.js';
import type { SiteLinks } from './links.js';
import { codeBlock, pageMarkdown, plainText, scrolling } from './markdown.js';
import type { Page } from './page.js';
import type { SitePictures } from './pictures.js';

interface Parts {
  links: SiteLinks;
  pictures: SitePictures;
  names: ReturnType<typeof notebookNames>;
}

/** An executed notebook as a page. */
export function notebookPage(chapter: NotebookChapter, { links, pictures, names }: Parts): Page {
  const { headings, markdown } = pageMarkdown(chapter.file, links);
  const cells = chapter.notebook.cells.map((cell, at) =>
    cellHtml(cell, {
      markdown,
      code: (source) => codeHtml(source, highlight(source, names.inCell(chapter.name, at))),
      picture: (picture) => pictures.figure(picture),
    }),
  );
  const body = cells
    .join('\n')
    .replace(/<div>(<table[\s\S]*?<\/table>\s*)<\/div>/g, (_, table) => scrolling(plain(table)));
  const question = /<p><strong>([\s\S]+?)<\/strong><\/p>/.exec(body)?.[1] ?? chapter.title;
  links.copied.add(chapter.file);
  return {
    name: chapter.name,
    title: chapter.title,
    description: plainText(question),
    body: `${body}\n<p class="source"><a href="files/${chapter.file}" download>${escapeHtml(chapter.file)}</a>: run it, change it.</p>`,
    headings,
  };
}

/** Cells that only import are folded: they say nothing to a reader. */
function codeHtml(source: string, html: string): string {
  const isImports = source.trim() !== '' && source.replace(/import [\s\S]*?;/g, '').trim() === '';
  return isImports
    ? `<details class="imports"><summary>Imports</summary>${codeBlock(html)}</details>`
    : codeBlock(html);
}

/** A table of ours without the styles that it carries for viewers which have none. */
function plain(table: string): string {
  return table
    .replace(/ style="[^"]*"/g, '')
    .replace(/ align="(\w+)"/g, (_, side) => (side === 'left' ? '' : ` class="${side}"`));
}
