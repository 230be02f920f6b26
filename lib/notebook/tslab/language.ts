import { existsSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import type * as TypeScript from 'typescript';
import { projectPath } from '../../runs/paths.js';
import { cellFile, rememberCell } from './cellLines.js';
import { COMPILER_CORRECTIONS, type Correction, correctConverter, HOOKS } from './corrections.js';
import { exportWhereDeclared } from './liveVariables.js';
import { stopAfterAwaits, went } from './stopAfterAwaits.js';

/** tslab's executor: runs cells one after the other, and knows what they declared. */
interface Executor {
  execute(source: string): Promise<boolean>;
  inspect(source: string, position: number): object | undefined;
  complete(source: string, position: number): { start: number; end: number; candidates: string[] };
  /** ends the wait for the running cell */
  interrupt(): void;
}

/** TypeScript as cells speak it. */
export interface Language extends Omit<Executor, 'inspect' | 'execute'> {
  /** Runs cell number `count`; false when it failed, which `error` was told before. */
  execute(source: string, count: number): Promise<boolean>;
  /** what an identifier is, in words */
  inspect(source: string, position: number): string | undefined;
  isComplete(source: string): { completed: boolean; indent?: string };
  /** Says how `tslab.display`, the public function of tslab, shows something. */
  setDisplay(display: (content: unknown, update: boolean) => void): void;
}

/**
 * Loads tslab with our corrections. `log` gets the value of a cell's last expression, `error` what made it fail; `signal`
 * says when the running cell is to stop.
 */
export function openLanguage({
  signal,
  ...console
}: {
  log(value: unknown): void;
  error(...parts: unknown[]): void;
  signal(): AbortSignal | undefined;
}): Language {
  const require = createRequire(projectPath('package.json'));
  const part = (name: string) => path.join(path.dirname(require.resolve('tslab/package.json')), 'dist', `${name}.js`);
  let running = { source: '', file: '' };
  Object.assign(globalThis, {
    [HOOKS]: {
      packageFile,
      running: signal,
      went,
      typesFolder: projectPath('node_modules', '@types').replaceAll('\\', '/'),
      toScript(
        ts: typeof TypeScript,
        js: string,
        { map, target }: { map?: string; target: TypeScript.ScriptTarget },
      ): string {
        const { outputText, sourceMapText } = ts.transpileModule(exportWhereDeclared(ts, js), {
          fileName: 'cell.js',
          transformers: { before: [stopAfterAwaits(ts, `globalThis[Symbol.for("${HOOKS.description}")]`)] },
          compilerOptions: {
            module: ts.ModuleKind.CommonJS,
            esModuleInterop: true,
            target,
            newLine: ts.NewLineKind.LineFeed,
            sourceMap: true,
            noImplicitUseStrict: true,
          },
        });
        rememberCell(running.file, running.source, [sourceMapText, map]);
        return outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '');
      },
    },
  });
  const compiler = createRequire(part('converter')).resolve('@tslab/typescript-for-tslab');
  loadCorrected(require, compiler, COMPILER_CORRECTIONS);
  const { createConverter, isCompleteCode } = loadCorrected(require, part('converter'));
  resolveFromHere();
  const { createExecutor } = require(part('executor'));
  const { printQuickInfo } = require(part('inspect'));
  const jupyter = require(part('jupyter'));
  const node = createConverter({ isJS: false, isBrowser: false });
  const executor: Executor = createExecutor(process.cwd(), { node, browser: node, close: () => node.close() }, console);
  nameScripts(() => running.file);
  return {
    execute(source, count) {
      running = { source, file: cellFile(count) };
      return executor.execute(source);
    },
    interrupt: () => executor.interrupt(),
    complete: (source, position) => executor.complete(source, position),
    inspect(source, position) {
      const info = executor.inspect(source, position);
      return info && printQuickInfo(info);
    },
    isComplete: (source) => isCompleteCode(source),
    setDisplay(display) {
      jupyter.lastWriteDisplayData = display;
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tslab's modules are plain JavaScript to us
function loadCorrected(require: NodeJS.Require, file: string, corrections?: readonly Correction[]): any {
  const prototype = Module.prototype as unknown as { _compile(source: string, name: string): unknown };
  const compile = prototype._compile;
  prototype._compile = function (source, name) {
    return compile.call(this, name === file ? correctConverter(source, corrections) : source, name);
  };
  try {
    return require(file);
  } finally {
    prototype._compile = compile;
  }
}

/** A file in the `node_modules` of the cells' folder or, where that has none, in ours. */
function packageFile(folder: string, file: string): string {
  const inside = path.relative(path.join(folder, 'node_modules'), file);
  const isOurs = inside !== '' && !inside.startsWith('..') && !path.isAbsolute(inside);
  if (!isOurs || !isOutside(folder) || existsSync(file)) return file;
  return projectPath('node_modules', inside).replaceAll('\\', '/');
}

const isOutside = (folder: string) => path.relative(projectPath(), folder).startsWith('..');

/** A cell's `require` finds the packages of this repository where its own folder has none of the name. */
function resolveFromHere(): void {
  if (!isOutside(process.cwd())) return;
  type Resolve = (request: string, parent: { filename?: string } | undefined, ...rest: unknown[]) => string;
  const loader = Module as unknown as { _resolveFilename: Resolve };
  const resolve = loader._resolveFilename;
  const cells = path.join(process.cwd(), 'src.js');
  const here = createRequire(projectPath('package.json'));
  loader._resolveFilename = function (request, parent, ...rest) {
    try {
      return resolve.call(this, request, parent, ...rest);
    } catch (error) {
      if (parent?.filename !== cells || /^[./]/.test(request)) throw error;
      try {
        return here.resolve(request);
      } catch {
        throw error;
      }
    }
  };
}

/** Cells are scripts with a name, so that stacks can tell where. */
function nameScripts(current: () => string): void {
  const run = vm.runInThisContext;
  vm.runInThisContext = (code: string, options?: vm.RunningCodeOptions | string) => {
    const isCell = typeof options === 'object' && options.breakOnSigint;
    return run(code, isCell ? { ...options, filename: current() } : options);
  };
}
