// The command line, compiled first where a source is newer: `node lib/start.mjs notebook --port 9000`.
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

await build();
const main = new URL('dist/cli/main.js', import.meta.url);
process.argv[1] = fileURLToPath(main);
await import(main);
