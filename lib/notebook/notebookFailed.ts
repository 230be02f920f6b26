/** A notebook stopped: which cell, how it begins, and what it wrote to its error stream. */
export class NotebookFailed extends Error {
  override name = 'NotebookFailed';

  constructor(
    readonly file: string,
    /** counted from 1, among the code cells: the number that Jupyter shows in brackets */
    readonly cell: number,
    readonly source: string,
    readonly reason: string,
    readonly partialFile?: string,
  ) {
    const lines = source.split('\n');
    const shown = lines.slice(0, 5).map((line) => `    ${line}`);
    if (lines.length > 5) shown.push(`    … (${lines.length - 5} more lines)`);
    const kept = partialFile ? `\nThe outputs until then: ${partialFile}` : '';
    super(`${file}: code cell ${cell} failed.\n${shown.join('\n')}\n${reason.trimEnd()}${kept}`);
  }
}
