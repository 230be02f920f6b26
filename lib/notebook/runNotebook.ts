import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../runs/files.js';
import { type NumberRule, parseNumber } from '../runs/numbers.js';
import { type Notebook, type NotebookCell, notebookText, readNotebook } from './document.js';
import { CellTimeout, type Kernel, startKernel } from './kernel.js';
import { KERNEL, languageInfo } from './kernelSpec.js';
import { NotebookFailed } from './notebookFailed.js';
import { collectOutputs } from './outputs.js';
import { injectParameters, type Parameters } from './parameters.js';

export interface NotebookRun {
  notebook: Notebook;
  /** the file that holds the executed notebook; undefined when none was written */
  written?: string;
  /** whether that file's bytes differ from before */
  changed: boolean;
  seconds: number;
  /** the most memory its kernel held, in bytes, where the system tells */
  peakMemory?: number;
}

/** The kernel prints these for work that fails after nobody waits for it; the cell itself "succeeds". */
const lostFailure = /^(UnhandledPromiseRejection|UncaughtException):/m;

/** What a run leaves behind that differs from run to run. */
function withoutTimings(metadata: Record<string, unknown>): Record<string, unknown> {
  const { execution, ExecuteTime, papermill, ...kept } = metadata;
  return kept;
}

/** Where the outputs until a failure were kept; a folder that one may only read hides no failure. */
function keepPartial(file: string, notebook: Notebook): string | undefined {
  try {
    writeWhole(file, notebookText(notebook));
    return file;
  } catch {
    return undefined;
  }
}

/** What the kernel says of a failure, after what the cell itself wrote to its error stream. */
function reasonOf({ status, content }: { status: string; content: Record<string, unknown> }, stderr: string): string {
  const traceback = Array.isArray(content.traceback) ? content.traceback.join('\n') : '';
  return `${stderr}${traceback}` || `The kernel replied "${status}" and gave no reason.`;
}

/** Seconds of a cell. Node's timers take no more: a longer one would end at once. */
export const CELL_SECONDS: NumberRule = { above: 0, most: 2_000_000 };

/** @throws InputError for a limit in a cell's metadata that is none */
function timeLimit(cell: NotebookCell, { where, standard }: { where: string; standard: number }): number {
  const own = (cell.metadata.synclr as { timeoutSeconds?: unknown } | undefined)?.timeoutSeconds;
  if (own === undefined) return standard;
  const example = standard;
  return parseNumber(JSON.stringify(own), { where: `${where}, synclr.timeoutSeconds`, rule: CELL_SECONDS, example });
}

/** The name under which a failed run keeps its partial outputs: `a.ipynb` → `a.failed.ipynb`. */
export function failedName(file: string): string {
  return file.replace(/(\.ipynb)?$/, '.failed.ipynb');
}

/**
 * Runs all code cells of a notebook in order, in one fresh kernel, and writes their outputs back.
 *
 * - The same outputs give the same bytes: no timings, no volatile metadata, execution counts 1, 2, …
 * - On failure the notebook stays as it was; `<name>.failed.ipynb` beside it holds the outputs until then.
 * - With `parameters` (see `injectParameters`) the notebook is written only to `out`: a committed notebook always
 *   shows its default parameters.
 *
 * @param options.cellTimeoutSeconds limit of each cell; a cell's metadata `{"synclr": {"timeoutSeconds": n}}` overrides it
 * @param options.kernelEnv added to the kernel's environment
 * Throws NotebookFailed; InputError for an unreadable notebook or an unknown parameter.
 */
export async function runNotebook(
  file: string,
  {
    parameters = {},
    out,
    cellTimeoutSeconds = 600,
    write = true,
    kernelEnv = {},
    onCell = () => undefined,
  }: {
    parameters?: Parameters;
    out?: string;
    cellTimeoutSeconds?: number;
    write?: boolean;
    kernelEnv?: NodeJS.ProcessEnv;
    /** called before each cell, with its number and the number of cells */
    onCell?: (cell: number, cells: number) => void;
  } = {},
): Promise<NotebookRun> {
  const start = performance.now();
  const notebook = injectParameters(readNotebook(file), parameters, { where: file });
  const target = !write ? undefined : (out ?? (Object.keys(parameters).length === 0 ? file : undefined));
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code' && cell.source.trim() !== '');
  const collector = collectOutputs();

  /** The notebook with what has been collected; cells after `ran` have no outputs. */
  const executed = (ran: number): Notebook => ({
    ...notebook,
    // As Jupyter does, so that opening and saving changes nothing.
    metadata: { kernelspec: KERNEL, ...notebook.metadata, language_info: languageInfo() },
    cells: notebook.cells.map((cell) => {
      const metadata = withoutTimings(cell.metadata);
      if (cell.cell_type !== 'code') return { ...cell, metadata };
      const index = code.indexOf(cell);
      const done = index >= 0 && index < ran;
      return {
        ...cell,
        metadata,
        execution_count: done ? index + 1 : null,
        outputs: done ? collector.outputs(index) : [],
      };
    }),
  });
  const fail = (index: number, reason: string): never => {
    const partial = write ? keepPartial(failedName(target ?? file), executed(index + 1)) : undefined;
    throw new NotebookFailed(file, index + 1, code[index].source, reason, partial);
  };

  const limits = code.map((cell, index) =>
    timeLimit(cell, { where: `${file}, code cell ${index + 1}`, standard: cellTimeoutSeconds }),
  );
  let kernel: Kernel | undefined;
  let peakMemory: number | undefined;
  try {
    kernel = await startKernel({
      cwd: path.dirname(path.resolve(file)),
      // What is printed must not depend on the reader's terminal or time zone.
      env: { FORCE_COLOR: undefined, NO_COLOR: '1', TZ: 'UTC', ...kernelEnv },
    });
    for (const [index, cell] of code.entries()) {
      onCell(index + 1, code.length);
      const reply = await kernel
        .execute(cell.source, {
          timeoutSeconds: limits[index],
          onOutput: collector.forCell(index),
        })
        .catch((error: Error) => {
          const limit =
            error instanceof CellTimeout ? ' Its metadata {"synclr": {"timeoutSeconds": n}} sets its limit.' : '';
          return fail(index, `${error.message}${limit}\n${collector.streamText(index, 'stderr')}`);
        });
      // "aborted" (a cell that was sent together with a failing one) is a failure as well.
      if (reply.status !== 'ok') fail(index, reasonOf(reply, collector.streamText(index, 'stderr')));
      for (let earlier = 0; earlier <= index; earlier++) {
        const text = collector.streamText(earlier, 'stderr');
        if (lostFailure.test(text))
          fail(earlier, `Work that the cell did not wait for has failed (await it):\n${text}`);
      }
    }
  } finally {
    peakMemory = kernel?.peakMemory();
    await kernel?.shutdown();
  }

  const result = executed(code.length);
  const seconds = (performance.now() - start) / 1000;
  if (!target) return { notebook: result, changed: false, seconds, peakMemory };
  const text = notebookText(result);
  const changed = !existsSync(target) || readFileSync(target, 'utf8') !== text;
  if (changed) writeWhole(target, text);
  rmSync(failedName(target), { force: true });
  return { notebook: result, written: target, changed, seconds, peakMemory };
}
