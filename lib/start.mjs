// The command line, compiled first where a source is newer: `node lib/start.mjs notebook --port 9000`.
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

// npm hands SIGTERM to the shell in which it runs a script, and that ends alone: without this, what it ran would go on.
if (process.env.npm_lifecycle_event) {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

await build();
const main = new URL('dist/cli/main.js', import.meta.url);
process.argv[1] = fileURLToPath(main);
await import(main);
