import { InputError } from '../errors.js';
import { NotebookFailed } from '../notebook/notebookFailed.js';
import { Interrupted } from '../runs/cell.js';
import { printableLines } from '../runs/printable.js';
import { systemProblem } from '../runs/systemProblem.js';
import { endWithReader } from './closedPipe.js';
import { synclrCommands } from './commands.js';

/** What the user can mend is told in words; anything else is a bug, and its stack is wanted. */
function tell(error: unknown): void {
  if (error instanceof Interrupted) return;
  const known = error instanceof InputError || error instanceof NotebookFailed ? error : systemProblem(error);
  process.stderr.write(
    `${printableLines(known ? `${known.name}: ${known.message}` : ((error as Error)?.stack ?? `${error}`))}\n`,
  );
  process.exitCode = 1;
}

endWithReader();
// What nobody waited for: a stream or a thread that broke.
process.on('uncaughtException', (error) => {
  tell(error);
  process.exit();
});
try {
  // Of `help captions` and `captions --count 3` the name is among the first two words.
  await (await synclrCommands(process.argv.slice(2, 4))).parseAsync();
} catch (error) {
  tell(error);
}
