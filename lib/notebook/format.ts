import { InputError } from '../errors.js';
import { sha256 } from '../runs/files.js';
import { parseNumber } from '../runs/numbers.js';
import type { Notebook, NotebookCell } from './document.js';
import { KERNEL, languageInfo } from './kernelSpec.js';
import { CELL_SECONDS } from './runNotebook.js';

/**
 * Notebooks as text (the "percent format" of Spyder, VS Code and Jupytext), which is how ours are written:
 *
 *     // %% [markdown]
 *     /*
 *     # A title, and prose as it is
 *     *\/
 *
 *     // %% tags=parameters timeoutSeconds=1200
 *     const n = 10;
 *
 * Cells lose blank lines at their ends, and nothing else. Outputs are not part of the text. Other metadata and attachments
 * stand in the header as JSON, percent-encoded, and so do spaces and commas of tags.
 */
const header = /^\/\/ %%(.*)$/;

/** Lines that look like a header, and ends of a comment, get one more backslash; reading takes it away again. */
const protect = (text: string) => text.replace(/^(\/\/ \\*)%%/gm, '$1\\%%');
const unprotect = (text: string) => text.replace(/^(\/\/ \\*)\\%%/gm, '$1%%');
const protectComment = (text: string) => protect(text).replace(/\*(\\*)\//g, '*\\$1/');
const unprotectComment = (text: string) => unprotect(text.replace(/\*\\(\\*)\//g, '*$1/'));

const trimBlankLines = (text: string) => text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();

function readOptions(text: string, where: string): Record<string, string> {
  const options: Record<string, string> = {};
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [, key, value] = /^(tags|timeoutSeconds|metadata|attachments)=(.+)$/.exec(word) ?? [];
    if (!key || !isValue(key, value)) {
      throw new InputError({
        where,
        expected: '`[markdown]`, `[raw]`, `tags=a,b` or `timeoutSeconds=600` after `// %%`',
        found: word.slice(0, 80),
        fix: 'correct the cell header',
      });
    }
    options[key] = value;
  }
  return options;
}

function isValue(key: string, value: string): boolean {
  try {
    if (key === 'timeoutSeconds') return parseNumber(value, { where: key, rule: CELL_SECONDS }) > 0;
    const text = decodeURIComponent(value);
    return key === 'tags' || typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function cellMetadata({ tags, timeoutSeconds, metadata }: Record<string, string>): Record<string, unknown> {
  return {
    ...(metadata ? JSON.parse(decodeURIComponent(metadata)) : {}),
    ...(tags ? { tags: tags.split(',').map(decodeURIComponent) } : {}),
    ...(timeoutSeconds ? { synclr: { timeoutSeconds: Number(timeoutSeconds) } } : {}),
  };
}

/** The options of a header, each with a space before it. */
function headerOptions({ metadata, attachments }: NotebookCell): string {
  const { tags, synclr, ...others } = metadata;
  const limit = (synclr as { timeoutSeconds?: unknown } | undefined)?.timeoutSeconds;
  const isLimit = typeof limit === 'number' && isValue('timeoutSeconds', String(limit));
  const isLimitAlone = isLimit && Object.keys(synclr as object).length === 1;
  const rest = { ...others, ...(synclr !== undefined && !isLimitAlone && { synclr }) };
  const json = (value: object) => encodeURIComponent(JSON.stringify(value));
  return [
    Array.isArray(tags) && tags.length > 0 ? ` tags=${tags.map((tag) => encodeTag(String(tag))).join(',')}` : '',
    isLimitAlone ? ` timeoutSeconds=${limit}` : '',
    Object.keys(rest).length > 0 ? ` metadata=${json(rest)}` : '',
    attachments ? ` attachments=${json(attachments as object)}` : '',
  ].join('');
}

/** Most tags stay readable: only what would end them is encoded. */
const encodeTag = (tag: string) => tag.replace(/[\s,%]/gu, encodeURIComponent);

/**
 * Text → notebook without outputs. Cell ids come from the content, so that they stay the same from one conversion to
 * the next. Throws InputError for text before the first `// %%` or an unknown header.
 */
export function toNotebook(source: string, { where = 'notebook source' }: { where?: string } = {}): Notebook {
  const cells: NotebookCell[] = [];
  const seen = new Map<string, number>();
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  const starts = lines.flatMap((line, at) => (header.test(line) ? [at] : []));
  const preamble = lines
    .slice(0, starts[0] ?? lines.length)
    .join('\n')
    .trim();
  if (preamble !== '') {
    throw new InputError({
      where,
      expected: 'a cell header, `// %%` or `// %% [markdown]`, as the first line',
      found: preamble.split('\n')[0],
      fix: 'put a header above it',
    });
  }
  for (const [index, start] of starts.entries()) {
    const at = `${where}, line ${start + 1}`;
    const [, kind, rest] = /^\s*(\[markdown\]|\[raw\])?(.*)$/.exec(header.exec(lines[start])![1])!;
    const type = kind === '[markdown]' ? 'markdown' : kind === '[raw]' ? 'raw' : 'code';
    const body = lines.slice(start + 1, starts[index + 1] ?? lines.length).join('\n');
    let text = trimBlankLines(body);
    if (type === 'code') text = unprotect(text);
    else {
      const inner = /^\/\*\n?([\s\S]*)\*\/$/.exec(text)?.[1];
      if (inner === undefined || inner.includes('*/')) {
        throw new InputError({
          where: at,
          expected: 'prose inside one /* … */ block',
          found: `${text.slice(0, 40)}…`,
          fix: 'open the cell with a line `/*` and close it with a line `*/` (inside, `*\\/` stands for `*/`)',
        });
      }
      text = unprotectComment(trimBlankLines(inner));
    }
    const hash = sha256(`${type}\n${text}`).slice(0, 8);
    const copy = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, copy);
    const id = copy === 1 ? hash : `${hash}-${copy}`;
    const code = type === 'code' ? { execution_count: null, outputs: [] } : {};
    const options = readOptions(rest, at);
    const attachments = options.attachments ? { attachments: JSON.parse(decodeURIComponent(options.attachments)) } : {};
    cells.push({ cell_type: type, id, metadata: cellMetadata(options), source: text, ...attachments, ...code });
  }
  return { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: KERNEL, language_info: languageInfo() }, cells };
}

/** Notebook → text; outputs, ids and the notebook's own metadata are left out. */
export function toSource(notebook: Notebook): string {
  const blocks = notebook.cells.map((cell) => {
    const { cell_type, source } = cell;
    const kind = cell_type === 'code' ? '' : ` [${cell_type}]`;
    const text = trimBlankLines(source);
    const body = cell_type === 'code' ? protect(text) : `/*\n${protectComment(text)}\n*/`;
    return `// %%${kind}${headerOptions(cell)}\n${body}`.trimEnd();
  });
  return `${blocks.join('\n\n')}\n`;
}

/** Outputs of `previous` for the cells of `next` that are unchanged, so that a new conversion keeps them. */
export function keepOutputs(next: Notebook, previous: Notebook): Notebook {
  const old = new Map(previous.cells.map((cell) => [cell.id, cell]));
  const cells = next.cells.map((cell) => {
    const same = old.get(cell.id);
    if (cell.cell_type !== 'code' || same?.source !== cell.source) return cell;
    return { ...cell, execution_count: same.execution_count, outputs: same.outputs };
  });
  return { ...next, cells };
}
