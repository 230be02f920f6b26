import { SourceMap } from 'node:module';

/** What is needed to name a line of a cell: its text, and the maps from what runs to it, the last step first. */
interface CellSource {
  source: string;
  maps: SourceMap[];
}

/** file name of a cell's script → the cell; only cells that run code are here */
const cells = new Map<string, CellSource>();

/** What a cell's script is called in stacks: `cell [3]`. */
export const cellFile = (count: number) => `cell [${count}]`;

export function rememberCell(file: string, source: string, maps: readonly (string | undefined)[]): void {
  const parsed = maps.flatMap((map) => (map ? [new SourceMap(JSON.parse(map))] : []));
  cells.set(file, { source, maps: parsed });
}

export interface CellLine {
  file: string;
  /** counted from 1 */
  line: number;
  text: string;
}

/** tslab puts one line before a cell's text. */
const PREFIX_LINES = 1;

/** The line of the user's cell for a place (counted from 1) in its script. */
export function cellLine(file: string, line: number, column: number): CellLine | undefined {
  const cell = cells.get(file);
  if (!cell) return undefined;
  let at = { line: line - 1, column: column - 1 };
  for (const map of cell.maps) {
    const entry = map.findEntry(at.line, at.column) as Partial<{ originalLine: number; originalColumn: number }>;
    if (entry.originalLine === undefined) return undefined;
    at = { line: entry.originalLine, column: entry.originalColumn ?? 0 };
  }
  const found = at.line - PREFIX_LINES;
  const text = cell.source.split('\n')[found];
  return text === undefined ? undefined : { file, line: found + 1, text: text.trim() };
}

/** Makes every stack of this process name lines of cells as the reader wrote them. */
export function traceCells(): void {
  // The reader's line may stand below many of the library's.
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map((frame) => {
      const file = frame.getFileName() ?? '';
      const found = cells.has(file) && cellLine(file, frame.getLineNumber() ?? 1, frame.getColumnNumber() ?? 1);
      const text = String(frame);
      return `    at ${found ? text.replace(/(cell \[\d+\]):\d+:\d+/, `$1:${found.line}:1`) : text}`;
    });
    return [headOf(error), ...lines].join('\n');
  };
}

function headOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}

const FRAME = /\((cell \[\d+\]):(\d+):\d+\)$|at (?:async )?(cell \[\d+\]):(\d+):\d+$/;

/** The lines of cells on a stack whose frames `traceCells` wrote, the innermost first. */
export function cellLinesOf(stack: string): CellLine[] {
  return stack.split('\n').flatMap((frame) => {
    const match = FRAME.exec(frame);
    if (!match) return [];
    const [file, line] = [match[1] ?? match[3], Number(match[2] ?? match[4])];
    const text = cells.get(file)?.source.split('\n')[line - 1];
    return text === undefined ? [] : [{ file, line, text: text.trim() }];
  });
}
