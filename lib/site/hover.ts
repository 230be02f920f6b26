import path from 'node:path';
import ts from 'typescript';
import { projectPath } from '../runs/paths.js';
import type { NotebookChapter } from './chapters.js';
import type { NameInfo } from './highlight.js';

/** Longer types are cut: nobody reads them in a tooltip. */
const LONGEST_TYPE = 160;

/**
 * What the compiler knows of the names in the notebooks' code: types on hover, and links to the reference for what is
 * imported. The cells of a notebook are one module.
 * @param reference where a name of the library is explained
 */
export function notebookNames(chapters: readonly NotebookChapter[], reference: (name: string) => string | undefined) {
  const modules = new Map(
    chapters.map((chapter) => [projectPath('notebooks', `${chapter.name}.mts`), moduleOf(chapter)]),
  );
  const service = ts.createLanguageService(hostOf(new Map([...modules].map(([file, { text }]) => [file, text]))));
  return {
    /** the names of a cell, by their place in it */
    inCell(chapter: string, cell: number): (start: number) => NameInfo | undefined {
      const file = projectPath('notebooks', `${chapter}.mts`);
      const { starts, imported } = modules.get(file)!;
      return (start) => {
        const place = starts[cell] + start;
        const quick = service.getQuickInfoAtPosition(file, place);
        if (!quick) return undefined;
        const type = ts
          .displayPartsToString(quick.displayParts)
          .replace(/^\(alias\) /, '')
          .split('\nimport ')[0];
        const about = ts.displayPartsToString(quick.documentation).split('\n')[0];
        const name =
          modules
            .get(file)!
            .text.slice(place)
            .match(/^[\w$]+/)?.[0] ?? '';
        const title = [type.length > LONGEST_TYPE ? `${type.slice(0, LONGEST_TYPE)} …` : type, about].filter(Boolean);
        return { title: title.join('\n'), href: imported.has(name) ? reference(name) : undefined };
      };
    },
  };
}

function moduleOf({ notebook }: NotebookChapter) {
  const starts: number[] = [];
  let text = '';
  for (const cell of notebook.cells) {
    starts.push(text.length);
    if (cell.cell_type === 'code') text += `${cell.source}\n`;
  }
  const lists = [...text.matchAll(/import (?:type )?\{([^}]*)\} from 'synclr[^']*'/g)].map(([, list]) => list);
  const imported = new Set(lists.flatMap((list) => list.split(',').map((name) => name.trim().replace(/^type /, ''))));
  return { text: `${text}export {};\n`, starts, imported };
}

function hostOf(files: ReadonlyMap<string, string>): ts.LanguageServiceHost {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    types: ['node'],
  };
  return {
    getCompilationSettings: () => options,
    getScriptFileNames: () => [...files.keys()],
    getScriptVersion: () => '0',
    getScriptSnapshot: (file) => {
      const text = files.get(path.normalize(file)) ?? ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => projectPath(),
    getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
    fileExists: (file) => files.has(path.normalize(file)) || ts.sys.fileExists(file),
    readFile: (file) => files.get(path.normalize(file)) ?? ts.sys.readFile(file),
    directoryExists: ts.sys.directoryExists,
    realpath: ts.sys.realpath,
  };
}
