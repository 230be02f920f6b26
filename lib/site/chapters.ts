import { readdirSync } from 'node:fs';
import { type Notebook, readNotebook } from '../notebook/document.js';
import { projectPath } from '../runs/paths.js';

/** A page of the book: `NAME.html`. */
export interface Chapter {
  name: string;
  title: string;
  /** inside the repository */
  file: string;
}

export interface NotebookChapter extends Chapter {
  notebook: Notebook;
}

/** The notebooks in their order. */
export function notebookChapters(): NotebookChapter[] {
  const files = readdirSync(projectPath('notebooks')).filter((file) => file.endsWith('.ipynb'));
  return files.sort().map((file) => {
    const notebook = readNotebook(projectPath('notebooks', file));
    const title = /^# (.+)$/m.exec(notebook.cells[0].source)?.[1] ?? file;
    return { name: file.replace('.ipynb', ''), title, file: `notebooks/${file}`, notebook };
  });
}

/** The pages that are written in Markdown, beside the notebooks. */
export const DOCUMENTS: readonly Chapter[] = [
  { name: 'reproducibility', title: 'What is reproduced', file: 'paper-repro/REPRODUCIBILITY.md' },
  { name: 'experiments', title: 'How the experiments are run', file: 'paper-repro/README.md' },
  { name: 'how-to-run', title: 'Running the notebooks', file: 'notebooks/README.md' },
  { name: 'models', title: 'The models', file: 'data/models/README.md' },
  { name: 'generator', title: 'Model card: the generator', file: 'data/models/generator-laptop/README.md' },
  { name: 'captions', title: 'Data card: the captions', file: 'data/captions/README.md' },
  { name: 'images', title: 'Data card: the image set', file: 'data/images/synthesised-10000x4/README.md' },
];
