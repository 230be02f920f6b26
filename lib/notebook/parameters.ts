import { InputError } from '../errors.js';
import type { Notebook, NotebookCell } from './document.js';

export type Parameters = Record<string, unknown>;

function tags(cell: NotebookCell): string[] {
  return Array.isArray(cell.metadata.tags) ? cell.metadata.tags.map(String) : [];
}

/**
 * A notebook with other values for its parameters, by papermill's convention: right after the code cell tagged
 * `parameters` comes one tagged `injected-parameters` that sets them again. (`var`, and a cell of our kernel, may redeclare.)
 *
 * Throws InputError when the notebook has no such cell, or the cell does not declare a name.
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
  const declared = [...notebook.cells[at].source.matchAll(/^\s*(?:const|let|var)\s+([\p{L}_$][\p{L}\p{N}_$]*)/gmu)].map(
    ([, name]) => name,
  );
  for (const name of names) {
    if (declared.includes(name)) continue;
    throw new InputError({
      where: `${where}, the cell tagged "parameters"`,
      expected: `one of its parameters: ${declared.join(', ')}`,
      found: name,
      fix: 'correct the name',
    });
  }
  const source = names.map((name) => `var ${name} = ${JSON.stringify(parameters[name])};`).join('\n');
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
