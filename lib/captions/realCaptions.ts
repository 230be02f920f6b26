import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { InputError } from '../errors.js';
import { readUtf8File, type TextLine } from '../runs/textFile.js';
import { linesOf } from './appendLog.js';
import type { CaptionRecord } from './log.js';

/** A caption as a file gives it. */
interface Row {
  readonly caption?: unknown;
  readonly concept?: unknown;
  readonly background?: unknown;
}

/**
 * Reads captions that people wrote (Table 2's cc12m row), in the order of the file. White space is made single spaces;
 * empty lines are let be.
 *
 * - `.txt`: a caption a line.
 * - `.csv`: a header with `caption`, and `concept` and `background` where they are known; other columns are let be.
 * - `.jsonl`: objects with these keys, one a line.
 *
 * @throws InputError for a missing or empty file, a row without caption, a wrong header, broken CSV or JSON
 */
export function readRealCaptions(file: string, { source = 'real' }: { source?: string } = {}): CaptionRecord[] {
  const extension = path.extname(file).toLowerCase();
  const read = { '.txt': readText, '.csv': readCsv, '.jsonl': readJsonl }[extension];
  if (!read) throw fault(file, 'a .txt, .csv or .jsonl file', `"${extension}"`, 'save the captions as one of these');
  const records = read(readUtf8File(file, 'a file of captions'), file).map((row, index): CaptionRecord => {
    const caption = textOf(row.caption);
    if (caption === '') throw fault(`${file}, caption ${index + 1}`, 'a caption', 'none', 'write it or remove the row');
    const background = textOf(row.background);
    return {
      index,
      caption,
      concept: textOf(row.concept),
      source,
      ...(background === '' ? {} : { background }),
      examples: [],
    };
  });
  if (records.length === 0) throw fault(file, 'one caption at least', 'an empty file', 'write one caption a line');
  return records;
}

function readText(bytes: Buffer): Row[] {
  return captionLines(bytes).map(({ text }) => ({ caption: text }));
}

/** Lines with any ends, less empty ones: their numbers, and their texts. */
function captionLines(bytes: Buffer): TextLine[] {
  return [...linesOf(bytes)]
    .flatMap((line) => line.replace(/\r$/, '').split('\r'))
    .flatMap((text, i) => (text.trim() === '' ? [] : [{ number: i + 1, text }]));
}

function readCsv(bytes: Buffer, file: string): Row[] {
  let header: string[] = [];
  try {
    const rows: Row[] = parse(bytes, {
      skip_empty_lines: true,
      columns: (names: string[]) => {
        header = names.map((name) => name.trim().toLowerCase());
        return header;
      },
    });
    if (header.length === 0 || header.includes('caption')) return rows;
  } catch (error) {
    throw fault(file, 'CSV', (error as Error).message, 'mend the row');
  }
  throw fault(file, 'a first line that names a column "caption"', header.join(','), 'write the header');
}

function readJsonl(bytes: Buffer, file: string): Row[] {
  return captionLines(bytes).map(({ number, text }) => {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // The refusal below says so.
    }
    throw fault(`${file}, line ${number}`, 'an object {"caption": …}', text.slice(0, 80), 'mend the line');
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim().replace(/\s+/g, ' ') : '';
}

function fault(where: string, expected: string, found: string, fix: string): InputError {
  return new InputError({ where, expected, found, fix });
}
