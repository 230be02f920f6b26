import '../../engine/telemetry.js';
import { readFileSync } from 'node:fs';
import { traceCells } from './cellLines.js';
import { serveKernel } from './server.js';

/** The kernel ends with the program that started it, however that ends; Jupyter says in this variable which it is. */
function endWithParent(parent: number): void {
  if (!parent) return;
  const started = process.ppid;
  setInterval(() => {
    if (process.ppid !== started) process.exit(1);
  }, 1000).unref();
}

const [file] = process.argv.slice(2);
if (!file) {
  process.stderr.write('This is a kernel: Jupyter starts it, with the path of a connection file.\n');
  process.exit(2);
}
endWithParent(Number(process.env.JPY_PARENT_PID ?? 0));
traceCells();
await serveKernel(JSON.parse(readFileSync(file, 'utf8')));
