// Starts the kernel of this repository, lib/notebook/tslab; compiles lib/ first where nobody has.
import { existsSync } from 'node:fs';

const lib = new URL('../../../lib/', import.meta.url);
const kernel = new URL('dist/notebook/tslab/main.js', lib);

if (!existsSync(new URL('build.mjs', lib))) {
  console.error('This folder was copied out of its repository. There, run `npm run synclr -- kernel install` instead.');
  process.exit(1);
}
if (!existsSync(kernel)) await (await import(new URL('build.mjs', lib))).build();
await import(kernel);
