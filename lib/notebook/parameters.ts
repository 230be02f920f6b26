import { InputError } from '../errors.js';
import type { Notebook, NotebookCell } from './document.js';

export type Parameters = Record<string, unknown>;

function tags(cell: NotebookCell): string[] {
  return Array.isArray(cell.metadata.tags) ? cell.metadata.tags.map(String) : [];
}

/** A declaration at the start of a line: its name, its type where it says one, and what it begins with. */
const DECLARATION = /^\s*(?:const|let|var)\s+([\p{L}_$][\p{L}\p{N}_$]*)\s*(?::\s*([^=\n]+?)\s*)?=\s*([^\n]*)/gmu;

/** What a parameter is, where its type or the literal it is set to says so. */
function kindOf(type: string | undefined, value: string): 'number' | 'string' | 'boolean' | undefined {
  if (type !== undefined) return (['number', 'string', 'boolean'] as const).find((kind) => kind === type);
  if (/^[-+]?(\d[\d_]*\.?\d*|\.\d+)(e[-+]?\d+)?\s*(;|\/\/|$)/i.test(value)) return 'number';
  if (/^(true|false)\s*(;|\/\/|$)/.test(value)) return 'boolean';
  return /^(['"`]).*\1\s*(;|\/\/|$)/.test(value) ? 'string' : undefined;
}

/**
 * A notebook with other values for its parameters, by papermill's convention: right after the code cell tagged
 * `parameters` comes one tagged `injected-parameters` that sets them again. (`var`, and a cell of our kernel, may redeclare.)
 *
 * Throws InputError when the notebook has no such cell, the cell does not declare a name, or declares it as another kind of
 * value: 7,5 is no number.
 */
export function injectParameters(notebook: Notebook, parameters: Parameters, { where }: { where: string }): Notebook {
  const names = Object.keys(parameters);
  if (names.length === 0) return notebook;
  const at = notebook.cells.findIndex((cell) => cell.cell_type === 'code' && tags(cell).includes('parameters'));
  if (at < 0) {
    throw new InputError({
      where,
      expected: `a code cell tagged "parameters" that declares ${names.join(', ')}`,
      found: 'no cell with that tag',
      fix: 'run the notebook without parameters, or tag the cell that declares them',
    });
  }
  const cell = `${where}, the cell tagged "parameters"`;
  const declared = new Map(
    [...notebook.cells[at].source.matchAll(DECLARATION)].map(([, name, type, value]) => [name, kindOf(type, value)]),
  );
  for (const name of names) {
    if (!declared.has(name)) {
      const expected = `one of its parameters: ${[...declared.keys()].join(', ')}`;
      throw new InputError({ where: cell, expected, found: name, fix: 'correct the name' });
    }
    const kind = declared.get(name);
    const value = parameters[name];
    if (kind === undefined || (kind === typeof value && !Number.isNaN(value))) continue;
    throw new InputError({
      where: `${cell}, ${name}`,
      expected: `a ${kind}, as there`,
      found: `${JSON.stringify(value)}, a ${value === null ? 'null' : typeof value}`,
      fix: `give another value${kind === 'string' ? `, e.g. -p '${name}="…"' for what looks like a number` : ''}`,
    });
  }
  // A text may stand for one of a few words (a tier, say): `any` is taken wherever the cell's own literal is.
  const literal = (value: unknown) => JSON.stringify(value) + (typeof value === 'string' ? ' as any' : '');
  const source = names.map((name) => `var ${name} = ${literal(parameters[name])};`).join('\n');
  const injected: NotebookCell = {
    cell_type: 'code',
    // Ids came with nbformat 4.5; older notebooks may have none.
    ...(notebook.nbformat_minor >= 5 && { id: 'injected-parameters' }),
    metadata: { tags: ['injected-parameters'] },
    source,
    execution_count: null,
    outputs: [],
  };
  return { ...notebook, cells: [...notebook.cells.slice(0, at + 1), injected, ...notebook.cells.slice(at + 1)] };
}
