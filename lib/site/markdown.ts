import { createHash } from 'node:crypto';
import type { MarkedExtension, Tokens } from 'marked';
import { escapeHtml, mathMarkdown } from '../notebook/html.js';
import { highlight } from './highlight.js';
import type { SiteLinks } from './links.js';

/** A heading that can be linked to. */
export interface Heading {
  depth: number;
  id: string;
  /** HTML, with formulas drawn */
  html: string;
  text: string;
}

/** Writes the Markdown of one page, and keeps its headings. */
export function pageMarkdown(file: string, links: SiteLinks) {
  const headings: Heading[] = [];
  const extension: MarkedExtension = {
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        const html = this.parser.parseInline(tokens);
        const id = freshId(slugOf(text), headings);
        headings.push({ depth, id, html, text: plainText(html) });
        const anchor = depth === 1 ? '' : ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
        return `<h${depth} id="${id}">${html}${anchor}</h${depth}>\n`;
      },
      code({ text, lang }: Tokens.Code) {
        return codeBlock(/^(ts|typescript|js)$/.test(lang ?? '') ? highlight(text) : escapeHtml(text));
      },
      link({ href, tokens }: Tokens.Link) {
        const inner = this.parser.parseInline(tokens);
        const target = links.resolve(href, file);
        return target === undefined ? inner : `<a href="${escapeHtml(target)}">${inner}</a>`;
      },
      table(token: Tokens.Table) {
        const cell = (one: Tokens.TableCell, tag: 'td' | 'th') =>
          `<${tag}${one.align ? ` class="${one.align}"` : ''}>${this.parser.parseInline(one.tokens)}</${tag}>`;
        const row = (cells: Tokens.TableCell[], tag: 'td' | 'th') =>
          `<tr>${cells.map((one) => cell(one, tag)).join('')}</tr>`;
        const rows = token.rows.map((cells) => row(cells, 'td')).join('\n');
        return scrolling(`<table><thead>${row(token.header, 'th')}</thead>\n<tbody>${rows}</tbody></table>`);
      },
    },
  };
  const marked = mathMarkdown(extension);
  const markdown = (text: string) =>
    // Formulas may be wider than a phone, and are then moved with the keyboard, too.
    marked.parse(text, { async: false }).replaceAll('<math display="block"', '<math tabindex="0" display="block"');
  return { headings, markdown };
}

/** Something that may be wider than the page, and is then moved with the keyboard, too. */
export const scrolling = (html: string) => `<div class="wide" tabindex="0" role="group">${html}</div>`;

export const codeBlock = (html: string) =>
  `<div class="code"><pre tabindex="0"><code>${html}</code></pre><button class="copy" type="button">Copy</button></div>`;

/** As GitHub does, so that links into a file work here, too. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

function freshId(wanted: string, taken: readonly Heading[]): string {
  const base = wanted || createHash('sha256').update(String(taken.length)).digest('hex').slice(0, 6);
  const used = new Set(taken.map(({ id }) => id));
  for (let n = 0; ; n++) {
    const id = n === 0 ? base : `${base}-${n}`;
    if (!used.has(id)) return id;
  }
}

/** The words of some HTML. */
export function plainText(html: string): string {
  return html
    .replace(/<(script|style|math|svg)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name) => ENTITIES[name as keyof typeof ENTITIES])
    .replace(/\s+/g, ' ')
    .trim();
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };
