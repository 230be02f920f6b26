import path from 'node:path';
import { parse as parseRows } from 'csv-parse/sync';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { listLines, readTextFile } from '../runs/textFile.js';

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
 * Empty lines, between groups say, are let be. Throws InputError for a missing or empty file, what is no text, a duplicate
 * (names compared without case and in one Unicode form), a comment, a wrong header, wrong JSON.
 */
export function readConceptList(file: string): ConceptEntry[] {
  const text = readTextFile(file, 'a list of concepts');
  const extension = path.extname(file).toLowerCase();
  const parse = { '.txt': parseText, '.csv': parseCsv, '.json': parseJson }[extension];
  if (!parse) throw fault(file, 'a .txt, .csv or .json file', `'${extension}'`, 'save the list as one of these');
  const located = text.trim() === '' ? [] : parse(file, text).map(({ entry, place }) => asSeen(file, entry, place));
  if (located.length === 0) throw fault(file, 'one concept at least', 'an empty list', 'write one concept a line');
  const seen = new Map<string, string>();
  for (const { entry, place } of located) {
    const key = entry.name.normalize().toLowerCase();
    const first = seen.get(key);
    if (first !== undefined) {
      throw fault(file, 'each concept once', `'${entry.name}' on ${first} and ${place}`, `remove one of the two`);
    }
    seen.set(key, place);
  }
  return located.map(({ entry }) => entry);
}

/** Characters that nobody sees: soft hyphens, zero-width blanks, joiners of words. */
const UNSEEN = /[\u00ad\u200b\u2060\ufeff]/g;

/** As it looks: any white space is one blank, as of a web page or a spreadsheet, and what is not seen is not there. */
const asItLooks = (text: string) => text.replace(UNSEEN, '').replace(/\s+/g, ' ').trim();

function asSeen(file: string, { name, backgrounds }: ConceptEntry, place: string): Located {
  const entry = {
    name: asItLooks(name),
    ...(backgrounds && { backgrounds: backgrounds.map(asItLooks).filter(Boolean) }),
  };
  const where = `${file}, ${place}`;
  if (entry.name === '') throw fault(where, 'a name', 'characters that are not seen', 'write the name or remove it');
  if (/^(#|\/\/)\s/.test(entry.name)) {
    throw fault(where, 'a name: lists have no comments', `'${entry.name}'`, 'remove what is no name');
  }
  return { entry, place };
}

function fault(where: string, expected: string, found: string, fix: string): InputError {
  return new InputError({ where, expected, found, fix });
}

function parseText(file: string, text: string): Located[] {
  return listLines(text, { where: file, what: 'a concept' }).map(({ number, text: name }) => ({
    entry: { name },
    place: `line ${number}`,
  }));
}

function parseCsv(file: string, text: string): Located[] {
  const [header, ...rows] = csvRows(file, text);
  const columns = header.cells.map((column) => column.toLowerCase());
  const known = columns.every((column) => column === 'name' || column === 'backgrounds');
  if (!known || !columns.includes('name') || new Set(columns).size !== columns.length) {
    throw fault(
      `${file}, line 1`,
      "the header 'name' or 'name,backgrounds'",
      `'${header.cells.join(',')}'`,
      /[;\t]/.test(header.cells[0])
        ? 'separate the columns by commas, and the backgrounds by semicolons'
        : 'write the header as the first line, or save a plain list as .txt',
    );
  }
  return rows.map(({ cells, line }) => {
    const where = `${file}, line ${line}`;
    if (cells.length !== columns.length) {
      throw fault(
        where,
        `${columns.length} cells (${columns.join(',')})`,
        `${cells.length}: '${cells.join(',')}'`,
        'quote cells that hold commas; separate backgrounds by semicolons',
      );
    }
    const name = cells[columns.indexOf('name')];
    if (name === '') throw fault(where, 'a name', 'an empty cell', 'write the name or remove the line');
    const backgrounds = columns.includes('backgrounds')
      ? cells[columns.indexOf('backgrounds')].split(';').flatMap((one) => one.trim() || [])
      : [];
    return { entry: backgrounds.length > 0 ? { name, backgrounds } : { name }, place: `line ${line}` };
  });
}

/** The rows of a CSV text, with their trimmed cells and the line on which each ends. */
function csvRows(file: string, text: string): { cells: string[]; line: number }[] {
  try {
    const rows = parseRows(text.trimEnd(), {
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    }) as unknown as { record: string[]; info: { lines: number } }[];
    const cell = (text: string) => text.replace(/\s+/g, (blanks) => (/[\r\n]/.test(blanks) ? ' ' : blanks));
    return rows.map(({ record, info }) => ({ cells: record.map(cell), line: info.lines }));
  } catch (error) {
    const { lines, message } = error as { lines?: number; message: string };
    throw fault(`${file}, line ${lines}`, 'a CSV row', message.slice(0, 200), 'close the quotes around the cell');
  }
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
