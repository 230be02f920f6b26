// Does a training that is killed at a random step go on with equal losses on another number of devices? Virtual devices of one
// processor; XLA, JAX and onnx:
//   SYNCLR_PYTHON=…/bin/python node bench/cluster/kills.mjs [--size toy] [--kills 5] [--steps 16] [--devices 1,2,4] [--seed 0]
// prints for each kill how far the losses after it are from those of an undisturbed run, relatively.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rng } from '../../lib/dist/random/rng.js';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'toy' },
    objective: { type: 'string', default: 'synclr' },
    kills: { type: 'string', default: '5' },
    steps: { type: 'string', default: '16' },
    devices: { type: 'string', default: '1,2,4' },
    seed: { type: 'string', default: '0' },
  },
});
const script = fileURLToPath(new URL('./train.mjs', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'kills-'));
const steps = Number(values.steps);
const choices = values.devices.split(',').map(Number);
const random = rng(Number(values.seed), 'kills');
const one = (list) => list[Math.floor(list.length * random.uniform())];

/** A training in a process of its own, and the losses it has printed. */
function start(devices, options = {}) {
  const given = { size: values.size, objective: values.objective, steps, batch: 16, ...options };
  const child = spawn(process.execPath, [script, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      SYNCLR_DEVICE: 'xla',
      JAX_COMPILATION_CACHE_DIR: path.join(folder, 'compiled'),
      JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: '0',
      XLA_FLAGS: [
        `--xla_force_host_platform_device_count=${devices}`,
        '--xla_backend_optimization_level=0',
        '--xla_llvm_disable_expensive_passes=true',
        '--xla_cpu_collective_call_terminate_timeout_seconds=600',
      ].join(' '),
    },
  });
  const run = { child, text: '', ended: once(child, 'close') };
  child.stdout.on('data', (part) => {
    run.text += part;
  });
  return run;
}
const linesOf = ({ text }) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

async function whole(run) {
  await run.ended;
  if (run.child.exitCode !== 0) throw new Error(`training ended with ${run.child.exitCode}`);
  return linesOf(run);
}

const undisturbed = await whole(start(choices[0]));
for (let kill = 0; kill < Number(values.kills); kill++) {
  const [before, at] = [one(choices), 2 + Math.floor((steps - 4) * random.uniform())];
  const after = one(choices.filter((devices) => devices !== before));
  const out = path.join(folder, `${kill}`);
  const first = start(before, { out, checkpointEvery: 1 });
  while (linesOf(first).length < at && first.child.exitCode === null) await sleep(5);
  first.child.kill('SIGKILL');
  await first.ended;
  const rest = await whole(start(after, { out, checkpointEvery: 1 }));
  const apart = rest.map(({ step, loss }) => Math.abs(loss / undisturbed[step].loss - 1));
  const written = readFileSync(path.join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const numbers = written.map((line) => JSON.parse(line).step);
  if (numbers.join() !== undisturbed.map(({ step }) => step).join()) throw new Error(`steps ${numbers}`);
  console.log(
    `killed after ${at} steps on ${before} devices, went on from step ${rest[0].step} on ${after}: losses apart by`,
    `${apart[0].toExponential(1)} in the first step, ${Math.max(...apart).toExponential(1)} at most`,
  );
}
