import { Command } from 'commander';
import { openJupyter } from '../notebook/jupyter.js';

/** `synclr notebook`: Jupyter, with this repository's kernel. */
export function notebookCommand(): Command {
  return new Command('notebook')
    .argument('[args...]', 'passed on to Jupyter, options too: --port 9000, --no-browser, --allow-root')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      process.exitCode = await openJupyter({ args });
    });
}
