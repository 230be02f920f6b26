import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { projectPath } from '../runs/paths.js';

/** The kernel of this repository, by a name of its own: a tslab that is installed for all notebooks is another one. */
export const KERNEL = { name: 'synclr', display_name: 'TypeScript (SynCLR)', language: 'typescript' } as const;

/** The folder of the kernel spec that is committed. */
export const kernelFolder = () => projectPath('notebooks', 'kernels', KERNEL.name);

/** What the kernel says of its language. Jupyter writes it into every notebook that it saves, and we do the same. */
export function languageInfo(): Record<string, unknown> {
  return {
    codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
    file_extension: '.ts',
    mimetype: 'text/typescript',
    name: 'typescript',
    version: typescriptVersion(),
  };
}

/** The TypeScript that cells are written in: tslab's own. */
function typescriptVersion(): string {
  const require = createRequire(projectPath('package.json'));
  const file = require.resolve('@tslab/typescript-for-tslab/package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
