import { InputError } from '../errors.js';
import { NotebookFailed } from '../notebook/index.js';
import { synclrCommands } from './commands.js';
import { Interrupted } from './interrupt.js';

try {
  await synclrCommands().parseAsync();
} catch (error) {
  if (!(error instanceof Interrupted)) {
    // What the user can mend is told in words; anything else is a bug, and its stack is wanted.
    const known = error instanceof InputError || error instanceof NotebookFailed;
    process.stderr.write(`${known ? `${error.name}: ${error.message}` : (error as Error).stack}\n`);
    process.exitCode = 1;
  }
}
