// One case in our engine, resident: prepares, says so, and then runs steps whenever a line of JSON asks for them.
//   node ours/main.mjs CASE     stdin: {"task": name, "steps": n}     stdout: {"ms": [...]} a line
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { findCase } from '../cases.mjs';
import { gemmTasks } from './gemm.mjs';
import { modelTasks } from './models.mjs';

const { model, ...one } = findCase(process.argv[2]);
const makers = one.mode === 'gemm' ? gemmTasks(one) : modelTasks(model, one);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const peakMB = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;

const tasks = {};
let prepareMs = 0;
for (const [name, make] of Object.entries(makers)) {
  const start = performance.now();
  const run = await make();
  await run();
  prepareMs += performance.now() - start;
  await run();
  tasks[name] = run;
}
say({ prepareMs, tasks: Object.keys(tasks) });

for await (const line of createInterface({ input: process.stdin })) {
  const { task, steps } = JSON.parse(line);
  const ms = [];
  let value;
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    value = await tasks[task]();
    ms.push(performance.now() - start);
  }
  say({ ms, value, peakMB: peakMB() });
}
