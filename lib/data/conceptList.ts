import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.js';

/** A concept that captions are to be written about. */
export interface ConceptEntry {
  readonly name: string;
  /** Places that captions may put it in; the caption stage has its own where this is absent. */
  readonly backgrounds?: string[];
}

/** An entry and where it stands in the file. */
interface Located {
  entry: ConceptEntry;
  place: string;
}

/**
 * Reads a user's list of concepts, in the order of the file.
 *
 * - `.txt`: one name a line.
 * - `.csv`: a header `name` or `name,backgrounds`; backgrounds are separated by `;`; RFC 4180 quotes.
 * - `.json`: an array of names, of {name, backgrounds?}, or of both.
 *
 * Throws InputError for a missing or empty file, an empty line, a duplicate (names compared without case),
 * a wrong header, wrong JSON.
 */
export function readConceptList(file: string): ConceptEntry[] {
  if (!existsSync(file)) throw fault(file, 'a list of concepts', 'no such file', 'check the path');
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  const extension = path.extname(file).toLowerCase();
  const parse = { '.txt': parseText, '.csv': parseCsv, '.json': parseJson }[extension];
  if (!parse) throw fault(file, 'a .txt, .csv or .json file', `'${extension}'`, 'save the list as one of these');
  const located = text.trim() === '' ? [] : parse(file, text);
  if (located.length === 0) throw fault(file, 'one concept at least', 'an empty list', 'write one concept a line');
  const seen = new Map<string, string>();
  for (const { entry, place } of located) {
    const key = entry.name.toLowerCase();
    const first = seen.get(key);
    if (first !== undefined) {
      throw fault(file, 'each concept once', `'${entry.name}' on ${first} and ${place}`, `remove one of the two`);
    }
    seen.set(key, place);
  }
  return located.map(({ entry }) => entry);
}

function fault(where: string, expected: string, found: string, fix: string): InputError {
  return new InputError({ where, expected, found, fix });
}

function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines[lines.length - 1].trim() === '') lines.pop(); // the final newline
  return lines;
}

function emptyLine(file: string, line: number): InputError {
  return fault(`${file}, line ${line}`, 'a concept', 'an empty line', 'remove the line');
}

function parseText(file: string, text: string): Located[] {
  return splitLines(text).map((line, i) => {
    const name = line.trim();
    if (name === '') throw emptyLine(file, i + 1);
    return { entry: { name }, place: `line ${i + 1}` };
  });
}

function parseCsv(file: string, text: string): Located[] {
  const [header, ...rows] = splitLines(text);
  const columns = parseCsvRow(file, header, 1).map((column) => column.toLowerCase());
  const known = columns.every((column) => column === 'name' || column === 'backgrounds');
  if (!known || !columns.includes('name') || new Set(columns).size !== columns.length) {
    throw fault(
      `${file}, line 1`,
      "the header 'name' or 'name,backgrounds'",
      `'${header}'`,
      'write the header as the first line, or save a plain list as .txt',
    );
  }
  return rows.map((row, i) => {
    const line = i + 2;
    if (row.trim() === '') throw emptyLine(file, line);
    const cells = parseCsvRow(file, row, line);
    if (cells.length !== columns.length) {
      throw fault(
        `${file}, line ${line}`,
        `${columns.length} cells (${columns.join(',')})`,
        `${cells.length}: '${row}'`,
        'quote cells that hold commas; separate backgrounds by semicolons',
      );
    }
    const name = cells[columns.indexOf('name')];
    if (name === '')
      throw fault(`${file}, line ${line}`, 'a name', 'an empty cell', 'write the name or remove the line');
    const backgrounds = columns.includes('backgrounds')
      ? cells[columns.indexOf('backgrounds')].split(';').flatMap((one) => one.trim() || [])
      : [];
    return { entry: backgrounds.length > 0 ? { name, backgrounds } : { name }, place: `line ${line}` };
  });
}

/** The trimmed cells of one row; a cell in double quotes may hold commas and doubled quotes. */
function parseCsvRow(file: string, row: string, line: number): string[] {
  const cells: string[] = [];
  const cell = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;
  while (cell.lastIndex <= row.length) {
    const at = cell.lastIndex;
    const match = cell.exec(row);
    if (!match) throw fault(`${file}, line ${line}`, 'a CSV row', row.slice(at), 'close the quotes around the cell');
    cells.push((match[1]?.replaceAll('""', '"') ?? match[2]).trim());
    if (match[3] === '') break;
  }
  return cells;
}

const jsonSchema = z.array(
  z.union([
    z.string().trim().min(1),
    z.strictObject({ name: z.string().trim().min(1), backgrounds: z.array(z.string().trim().min(1)).optional() }),
  ]),
);

function parseJson(file: string, text: string): Located[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fault(file, 'JSON', error instanceof Error ? error.message : String(error), 'mend the syntax');
  }
  const parsed = jsonSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = typeof issue.path[0] === 'number' ? `${file}, entry ${issue.path[0] + 1}` : file;
    const expected = 'an array of non-empty names or of {name, backgrounds?}: ["red apple", {"name": "castle"}]';
    throw fault(where, expected, issue.message, 'mend the entry');
  }
  return parsed.data.map((one, i) => ({
    entry: typeof one === 'string' ? { name: one } : one,
    place: `entry ${i + 1}`,
  }));
}
