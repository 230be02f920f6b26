import { z } from 'zod';
import { InputError } from '../errors.js';
import { writeWhole } from '../runs/files.js';
import { readTextFile } from '../runs/textFile.js';

const multiline = z
  .union([z.string(), z.array(z.string())])
  .transform((text) => (Array.isArray(text) ? text.join('') : text));
const record = z.record(z.string(), z.unknown());
const cell = z
  .looseObject({
    cell_type: z.enum(['code', 'markdown', 'raw']),
    id: z.string().optional(),
    metadata: record.default({}),
    source: multiline,
    execution_count: z.number().nullish(),
    outputs: z.array(record).optional(),
  })
  .describe('cell');
const document = z.looseObject({
  nbformat: z.literal(4),
  nbformat_minor: z.number(),
  metadata: record.default({}),
  cells: z.array(cell),
});

/** An output as nbformat writes it: stream, display_data, execute_result or error. */
export type NotebookOutput = Record<string, unknown>;

export interface NotebookCell {
  cell_type: 'code' | 'markdown' | 'raw';
  id?: string;
  metadata: Record<string, unknown>;
  source: string;
  execution_count?: number | null;
  outputs?: NotebookOutput[];
  [key: string]: unknown;
}

/** A notebook, nbformat 4.5; cell sources are joined into one string each. */
export interface Notebook {
  nbformat: 4;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: NotebookCell[];
  [key: string]: unknown;
}

/** Parses notebook text. `where` names it in errors. */
export function parseNotebook(text: string, { where }: { where: string }): Notebook {
  const fix = 'restore the file, or convert it with `jupyter nbconvert --to notebook --nbformat 4`';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError({ where, expected: 'a Jupyter notebook (JSON)', found: String(error), fix });
  }
  const parsed = document.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    const found = `${path.join('.') || 'the top level'}: ${message}`;
    throw new InputError({ where, expected: 'a Jupyter notebook of nbformat 4', found, fix });
  }
  return parsed.data;
}

/** Reads a notebook. @throws InputError when the file is missing, no text, not JSON, or not of nbformat 4 */
export function readNotebook(file: string): Notebook {
  return parseNotebook(readTextFile(file, 'a notebook'), { where: file });
}

/** Text as nbformat keeps it: a list of lines that hold their newlines. */
export function toLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The same value with the keys of every object in order, as Jupyter writes them. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  // By UTF-16 unit: for the ASCII keys of notebooks this is Python's order, too.
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sortKeys(entry)]));
}

/** Notebook text, byte for byte as Jupyter's own writer lays it out: 1-space indent, sorted keys, final newline. */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((one) => {
    const { outputs, execution_count, ...rest } = one;
    const code = one.cell_type === 'code' ? { outputs: outputs ?? [], execution_count: execution_count ?? null } : {};
    return { ...rest, ...code, source: toLines(one.source) };
  });
  return `${JSON.stringify(sortKeys({ ...notebook, cells }), null, 1)}\n`;
}

export function writeNotebook(file: string, notebook: Notebook): void {
  writeWhole(file, notebookText(notebook));
}
