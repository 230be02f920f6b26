import type { DataFrame } from 'danfojs-node';
import { showBundle } from '../runs/display.js';

export type Row = Record<string, unknown>;
/** A number of decimals, or how to write a value. */
export type CellFormat = number | ((value: unknown) => string);

/** The part of danfo's DataFrame that a table needs. */
interface Frame {
  columns: string[];
  values: unknown;
}

/** A danfo DataFrame of rows (danfo takes about a second to load, so only when asked). */
export async function table(rows: Row[]): Promise<DataFrame> {
  const danfo = await import('danfojs-node');
  return new danfo.DataFrame(rows);
}

function isFrame(value: Row[] | Frame): value is Frame {
  return !Array.isArray(value) && Array.isArray(value.columns);
}

function toGrid(content: Row[] | Frame): { columns: string[]; values: unknown[][] } {
  if (isFrame(content)) return { columns: content.columns, values: content.values as unknown[][] };
  const columns = [...new Set(content.flatMap((row) => Object.keys(row)))];
  return { columns, values: content.map((row) => columns.map((column) => row[column])) };
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isMissing = (value: unknown) => value === undefined || value === null || (isNumber(value) && Number.isNaN(value));

/** Whole numbers as they are; others with as many decimals as the column's size needs (three digits or so). */
function standardFormat(values: unknown[]): CellFormat {
  const numbers = values.filter((value): value is number => isNumber(value) && Number.isFinite(value));
  if (numbers.every(Number.isInteger)) return 0;
  const largest = Math.max(...numbers.map(Math.abs));
  return largest >= 10 ? 1 : largest >= 1 ? 2 : 3;
}

function write(value: unknown, format: CellFormat): string {
  if (isMissing(value)) return '–';
  if (typeof format === 'function') return withMinus(format(value));
  return withMinus(isNumber(value) ? value.toFixed(format) : String(value));
}

/** A minus sign in the place of a hyphen before a number, in an interval, too: "(-4.0 to -1.5)". */
const withMinus = (text: string) => text.replace(/(?<![\w.)\]/-])-(?=\d)/g, '−');

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

interface TableOptions {
  caption?: string;
  /** column → format */
  format?: Record<string, CellFormat>;
  /** Shows only the caption until it is clicked: for long tables. */
  folded?: boolean;
}

/** The texts of a table, and which columns are numbers. */
function layOut(content: Row[] | Frame, format: Record<string, CellFormat>) {
  const { columns, values } = toGrid(content);
  const byColumn = columns.map((_, at) => values.map((row) => row[at]));
  const numeric = byColumn.map((column) => column.every((v) => isMissing(v) || isNumber(v)) && column.some(isNumber));
  const formats = columns.map((name, at) => format[name] ?? standardFormat(byColumn[at]));
  return { columns, numeric, rows: values.map((row) => row.map((value, at) => write(value, formats[at]))) };
}

/** An HTML table: text to the left, numbers to the right, a missing value as a dash. Styles are inline, as viewers keep only those. */
export function htmlTable(content: Row[] | Frame, { caption, format = {}, folded = false }: TableOptions = {}): string {
  const { columns, numeric, rows } = layOut(content, format);
  const side = (at: number) => (numeric[at] ? 'right' : 'left');
  const cell = (tag: 'th' | 'td', text: string, at: number) => {
    const border = tag === 'th' ? 'border-bottom:1px solid #999;' : '';
    const style = `text-align:${side(at)};padding:2px 12px 2px 0;${border}font-variant-numeric:tabular-nums`;
    return `<${tag} align="${side(at)}" style="${style}">${escapeHtml(text)}</${tag}>`;
  };
  const line = (tag: 'th' | 'td', texts: string[]) =>
    `<tr>${texts.map((text, at) => cell(tag, text, at)).join('')}</tr>`;
  const title =
    caption && !folded
      ? `<caption style="text-align:left;caption-side:top;padding-bottom:4px">${escapeHtml(caption)}</caption>\n`
      : '';
  const html = [
    `<table style="border-collapse:collapse;font-size:13px">\n${title}<thead>${line('th', columns)}</thead>`,
    `<tbody>\n${rows.map((row) => line('td', row)).join('\n')}\n</tbody>\n</table>`,
  ].join('\n');
  return folded ? `<details><summary>${escapeHtml(caption ?? 'table')}</summary>\n${html}\n</details>` : html;
}

/** The same table as text in columns. */
export function textTable(content: Row[] | Frame, { caption, format = {} }: TableOptions = {}): string {
  const { columns, numeric, rows } = layOut(content, format);
  const widths = columns.map((name, at) =>
    Math.max(...[name, ...rows.map((row) => row[at])].map((text) => [...text].length)),
  );
  const pad = (text: string, at: number) => (numeric[at] ? text.padStart(widths[at]) : text.padEnd(widths[at]));
  const lines = [columns, ...rows].map((row) => row.map(pad).join('  ').trimEnd());
  return [...(caption ? [caption] : []), ...lines].join('\n');
}

/** Shows rows or a DataFrame as a table in a notebook; outside of one, nothing happens. */
export function showTable(content: Row[] | Frame, options: TableOptions = {}): void {
  showBundle({ 'text/html': htmlTable(content, options), 'text/plain': textTable(content, options) });
}
