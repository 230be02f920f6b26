import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Marked, type MarkedExtension, type TokenizerAndRendererExtension } from 'marked';
import temml from 'temml';
import type { Notebook, NotebookCell, NotebookOutput } from './document.js';

/** Formulas as MathML, which browsers draw by themselves. */
const mathOf = (displayMode: boolean): TokenizerAndRendererExtension => {
  const [name, mark] = displayMode ? ['displayMath', '$$'] : ['math', '$'];
  const rule = displayMode ? /^\$\$([\s\S]+?)\$\$/ : /^\$(?!\s)((?:\\.|[^$\\\n])+?)(?<!\s)\$(?!\d)/;
  return {
    name,
    level: 'inline',
    start: (text) => text.indexOf(mark),
    tokenizer(text) {
      const match = rule.exec(text);
      return match ? { type: name, raw: match[0], text: match[1] } : undefined;
    },
    renderer: ({ text }) => temml.renderToString(text, { displayMode, throwOnError: false }),
  };
};

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
pre{margin:.5rem 0;overflow-x:auto;font:13px/1.45 ui-monospace,monospace}
.code{background:#f6f6f4;border:1px solid #e3e3e0;border-radius:4px;padding:.5rem .75rem}
.stderr{background:#fdeeee}.error{background:#fdeeee;border-left:3px solid #c33;padding:.5rem .75rem;white-space:pre-wrap}
table{border-collapse:collapse}td,th{padding:2px 12px 2px 0}img{max-width:100%}
code{font:.9em ui-monospace,monospace}blockquote{border-left:3px solid #ddd;margin-left:0;padding-left:1rem;color:#555}`;

/** How the parts of a page are written, by whoever writes the page. */
export interface PageParts {
  markdown(text: string): string;
  /** a cell's code, never empty */
  code(source: string): string;
  picture(picture: PagePicture): string;
}

/** A picture that a cell showed. */
export interface PagePicture {
  mime: string;
  base64: string;
  width?: number;
  height?: number;
  alt: string;
}

/** Markdown with formulas between dollars, as Jupyter has it. */
export function mathMarkdown(...extensions: MarkedExtension[]): Marked {
  return new Marked({ extensions: [mathOf(true), mathOf(false)] }, ...extensions);
}

/**
 * A notebook as one page that needs nothing else: no network, no scripts but those of its outputs. Pictures beside the
 * notebook, in `folder`, are put into it.
 */
export function notebookHtml(notebook: Notebook, { title, folder }: { title: string; folder: string }): string {
  const marked = mathMarkdown();
  const parts: PageParts = {
    markdown: (text) => withPictures(marked.parse(text, { async: false }), folder),
    code: (source) => `<pre class="code"><code>${escapeHtml(source)}</code></pre>`,
    picture: ({ mime, base64, ...about }) => imgTag(`data:${mime};base64,${base64}`, about),
  };
  const cells = notebook.cells.map((cell) => cellHtml(cell, parts)).filter((html) => html !== '');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>${style}</style></head>
<body>
${cells.join('\n')}
</body>
</html>
`;
}

/** A cell with its outputs; empty for an empty one. */
export function cellHtml(cell: NotebookCell, parts: PageParts): string {
  if (cell.cell_type === 'markdown') return parts.markdown(withAttachments(cell));
  if (cell.cell_type === 'raw') return `<pre>${escapeHtml(cell.source)}</pre>`;
  const code = cell.source.trim() === '' ? '' : parts.code(cell.source);
  return [code, ...(cell.outputs ?? []).map((output) => outputHtml(output, parts))].filter(Boolean).join('\n');
}

export function imgTag(src: string, { width, height, alt }: Pick<PagePicture, 'width' | 'height' | 'alt'>): string {
  const size = `${width ? ` width="${Number(width)}"` : ''}${height ? ` height="${Number(height)}"` : ''}`;
  return `<img src="${src}"${size} alt="${escapeHtml(alt)}">`;
}

const textOf = (value: unknown) => (Array.isArray(value) ? value.join('') : String(value ?? ''));

/** The formats of an output, the best for a page first. */
const FORMATS = ['text/html', 'image/svg+xml', 'image/png', 'image/jpeg', 'image/gif', 'text/markdown', 'text/plain'];

function outputHtml(output: NotebookOutput, { markdown, picture }: PageParts): string {
  if (output.output_type === 'stream')
    return `<pre class="${escapeHtml(textOf(output.name))}">${escapeHtml(textOf(output.text))}</pre>`;
  if (output.output_type === 'error')
    return `<pre class="error">${escapeHtml((output.traceback as string[]).join('\n'))}</pre>`;
  const data = (output.data ?? {}) as Record<string, unknown>;
  const mime = FORMATS.find((one) => data[one] !== undefined);
  if (!mime) return '';
  const content = textOf(data[mime]);
  if (mime === 'text/html' || mime === 'image/svg+xml') return `<div>${content}</div>`;
  if (mime === 'text/markdown') return markdown(content);
  if (mime === 'text/plain') return `<pre>${escapeHtml(content)}</pre>`;
  const about = ((output.metadata as Record<string, unknown> | undefined)?.[mime] ?? {}) as Partial<PagePicture>;
  return picture({ ...about, mime, base64: content.replace(/\s/g, ''), alt: about.alt ?? textOf(data['text/plain']) });
}

/** `attachment:name` → the bytes that the cell carries. */
function withAttachments({ source, attachments }: NotebookCell): string {
  return source.replace(/\(attachment:([^)\s]+)\)/g, (whole, name) => {
    const found = (attachments as Record<string, Record<string, string>> | undefined)?.[decodeURIComponent(name)];
    const [mime, content] = Object.entries(found ?? {})[0] ?? [];
    return mime ? `(data:${mime};base64,${textOf(content).replace(/\s/g, '')})` : whole;
  });
}

const TYPES: Record<string, string> = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  gif: 'gif',
  svg: 'svg+xml',
  webp: 'webp',
};

/** Pictures of the disk, put into the page. */
function withPictures(html: string, folder: string): string {
  return html.replace(/(<img[^>]*? src=")([^":]+)(")/g, (whole, before, name, after) => {
    const file = path.resolve(folder, decodeURI(name));
    const type = TYPES[path.extname(file).slice(1).toLowerCase()];
    if (!type || !existsSync(file)) return whole;
    return `${before}data:image/${type};base64,${readFileSync(file).toString('base64')}${after}`;
  });
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
