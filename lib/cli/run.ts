import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { InputError } from '../errors.js';
import { type Notebook, readNotebook } from '../notebook/document.js';
import { notebookHtml } from '../notebook/html.js';
import { junitXml, type NotebookResult } from '../notebook/junit.js';
import { NotebookFailed } from '../notebook/notebookFailed.js';
import { CELL_SECONDS, failedName, runNotebook } from '../notebook/runNotebook.js';
import { writeWhole } from '../runs/files.js';
import { claimFile } from '../runs/outputFile.js';
import { duration } from '../runs/progress.js';
import { systemProblem } from '../runs/systemProblem.js';
import { numberOption } from './numbers.js';

interface RunOptions {
  param: Record<string, unknown>;
  out?: string;
  timeout: number;
  html?: boolean;
  junit?: string;
}

/** `synclr run`: any notebook, headless, in CI. */
export function runCommand(): Command {
  return new Command('run')
    .argument('<paths...>', 'notebooks, or folders whose notebooks are meant')
    .option(
      '-p, --param <name=value>',
      'another value for a parameter, as JSON or a word; more than once',
      addParameter,
      {},
    )
    .option('--out <path>', 'where the executed notebook goes: a file or, of several, a folder; otherwise where it was')
    .addOption(
      numberOption('--timeout <seconds>', 'limit of each cell that sets none itself', CELL_SECONDS, { fallback: 600 }),
    )
    .option('--html', 'also write a page beside it, which needs no network')
    .option('--junit <file>', 'write what passed and failed as JUnit XML, for CI')
    .action(run);
}

/** Exit code 1 when one fails; the others are run all the same. */
async function run(paths: string[], options: RunOptions): Promise<void> {
  const files = notebooksOf(paths);
  const targets = targetsOf(files, options);
  const junit = options.junit && claimFile(options.junit, { what: 'a report in XML', endings: ['.xml'], reads: paths });
  const results: NotebookResult[] = [];
  for (const [at, file] of files.entries()) {
    process.stdout.write(`${file} … `);
    const result = await runOne(file, targets[at], options);
    results.push(result);
    process.stdout.write(`${duration(result.seconds)}${result.failure ? ', FAILED' : ''}\n`);
    if (result.failure) process.stderr.write(`${result.failure}\n`);
  }
  if (junit) writeWhole(junit, junitXml(results));
  const failed = results.filter(({ failure }) => failure !== undefined);
  if (results.length > 1) {
    process.stdout.write(
      `${results.length} notebooks: ${results.length - failed.length} passed, ${failed.length} failed\n`,
    );
    for (const { file } of failed) process.stdout.write(`  failed: ${file}\n`);
  }
  if (failed.length > 0) process.exitCode = 1;
}

async function runOne(file: string, out: string | undefined, options: RunOptions): Promise<NotebookResult> {
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1000;
  const page = (notebook: Notebook, at: string) => {
    const html = notebookHtml(notebook, { title: path.basename(file), folder: path.dirname(file) });
    if (options.html) writeWhole(at.replace(/(\.ipynb)?$/, '.html'), html);
  };
  try {
    requireOurLanguage(file);
    const ran = await runNotebook(file, { parameters: options.param, out, cellTimeoutSeconds: options.timeout });
    page(ran.notebook, out ?? file);
    if (!ran.written) process.stdout.write('(not written: --out says where) ');
    return { file, seconds: passed() };
  } catch (error) {
    const known = error instanceof NotebookFailed || error instanceof InputError ? error : systemProblem(error);
    if (!known) throw error;
    const partial = error instanceof NotebookFailed ? error.partialFile : undefined;
    if (partial) page(readNotebook(partial), failedName(out ?? file));
    return { file, seconds: passed(), failure: `${known.name}: ${known.message}` };
  }
}

/** Every notebook of the paths, each once; of folders those in it, by name, without failed runs and hidden files. */
function notebooksOf(paths: readonly string[]): string[] {
  const files = paths.flatMap((given) => {
    if (!existsSync(given) || !statSync(given).isDirectory()) return [given];
    const names = readdirSync(given).filter((name) => /^[^.].*\.ipynb$/.test(name) && !name.endsWith('.failed.ipynb'));
    if (names.length === 0) {
      throw new InputError({
        where: given,
        expected: 'notebooks (.ipynb) in the folder',
        found: 'none',
        fix: 'name the notebooks, or the folder that they are in',
      });
    }
    return names.sort().map((name) => path.join(given, name));
  });
  return [...new Set(files)];
}

/** Where each result goes; undefined: where the notebook was. */
function targetsOf(files: readonly string[], { out }: RunOptions): (string | undefined)[] {
  const several = files.length > 1 || (out !== undefined && existsSync(out) && statSync(out).isDirectory());
  if (out && !several) return [out];
  const targets = files.map((file) => out && path.join(out, path.basename(file)));
  const twice = out && targets.find((target, at) => targets.indexOf(target) !== at);
  if (twice) {
    throw new InputError({
      where: '--out',
      expected: 'notebooks of different names, since they go into one folder',
      found: `two that become ${twice}`,
      fix: 'run them one after the other, into two folders',
    });
  }
  return targets;
}

function requireOurLanguage(file: string): void {
  const { kernelspec, language_info } = readNotebook(file).metadata as Record<
    string,
    Record<string, unknown> | undefined
  >;
  const language = String(kernelspec?.language ?? language_info?.name ?? 'typescript').toLowerCase();
  if (['typescript', 'javascript', ''].includes(language)) return;
  throw new InputError({
    where: file,
    expected: 'a notebook in TypeScript or JavaScript',
    found: `one in ${language}`,
    fix: 'run it with `jupyter nbconvert --execute`',
  });
}

function addParameter(text: string, before: Record<string, unknown>): Record<string, unknown> {
  const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
  if (name === undefined) {
    throw new InputError({ where: '-p', expected: 'name=value', found: text, fix: 'such as -p guidance=6' });
  }
  return { ...before, [name.trim()]: parameterOf(value) };
}

/** JSON where it is; otherwise the word itself. */
function parameterOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
