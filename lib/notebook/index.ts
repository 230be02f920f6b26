export { agree } from './agree.js';
export {
  type Notebook,
  type NotebookCell,
  type NotebookOutput,
  notebookText,
  parseNotebook,
  readNotebook,
  writeNotebook,
} from './document.js';
export { keepOutputs, toNotebook, toSource } from './format.js';
export { notebookHtml } from './html.js';
export { installKernel, type KernelPlace } from './installKernel.js';
export { jupyterEnv, openJupyter } from './jupyter.js';
export { CellTimeout, type Kernel, KernelDied, startKernel } from './kernel.js';
export { NotebookFailed } from './notebookFailed.js';
export { failedName, type NotebookRun, runNotebook } from './runNotebook.js';
export { type CellFormat, htmlTable, type Row as TableRow, showTable, table, textTable } from './tables.js';
