// Are losses the same on 1, 2 and 8 devices, and on 2 processes of 2? Virtual devices of one processor; XLA, JAX and onnx:
//   SYNCLR_PYTHON=…/bin/python node bench/cluster/agree.mjs [--size laptop] [--batch 16] [--steps 20] [--nudges 3] [--objectives synclr,clip]
//     [--optimiser adamw|muon] (the laptop's: muon)
// prints for each how far losses are from those of one device, relatively: largest over the first five steps and over all;
// and the same for one device and a first batch of which every number is one unit in the last place larger or smaller,
// drawn --nudges times, and once so in every batch: devices, too, round anew in every step.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'laptop' },
    batch: { type: 'string', default: '16' },
    steps: { type: 'string', default: '20' },
    nudges: { type: 'string', default: '3' },
    optimiser: { type: 'string' },
    objectives: { type: 'string', default: 'synclr,stablerep,clip,supervised' },
  },
});
const script = fileURLToPath(new URL('./train.mjs', import.meta.url));
const compiled = path.join(mkdtempSync(path.join(tmpdir(), 'agree-')), 'compiled');

async function losses(given, { devices = 1, hosts = '' } = {}) {
  const child = spawn(process.execPath, [script, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      SYNCLR_DEVICE: 'xla',
      SYNCLR_HOSTS: hosts,
      JAX_COMPILATION_CACHE_DIR: compiled,
      JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: '0',
      XLA_FLAGS: `--xla_force_host_platform_device_count=${devices} --xla_cpu_collective_call_terminate_timeout_seconds=600`,
    },
  });
  let text = '';
  child.stdout.on('data', (part) => {
    text += part;
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`training ended with ${child.exitCode}`);
  const lines = text.trim().split('\n');
  return lines.map((line) => JSON.parse(line).loss);
}

async function twoProcesses(given) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  const [first] = await Promise.all(
    [0, 1].map((i) => losses(given, { devices: 2, hosts: `${i}/2@127.0.0.1:${port}` })),
  );
  return first;
}

for (const objective of values.objectives.split(',')) {
  const { size, optimiser } = values;
  const given = { size, optimiser, objective, steps: Number(values.steps), batch: Number(values.batch) };
  const hostCrops = { ...given, cropsAt: 'host' };
  const [one, oneOfHost] = [await losses(given), await losses(hostCrops)];
  const nudged = (more) => ({ from: oneOfHost, run: () => losses({ ...hostCrops, ...more }) });
  const spread = (run) => ({ from: one, run });
  const others = {
    ...Object.fromEntries(
      Array.from({ length: Number(values.nudges) }, (_, i) => [`nudge ${i + 1}`, nudged({ nudge: i + 1 })]),
    ),
    'nudge 1, in every batch': nudged({ nudge: 1, everyBatch: true }),
    'crops on the host': spread(async () => oneOfHost),
    '2 devices': spread(() => losses(given, { devices: 2 })),
    '8 devices': spread(() => losses(given, { devices: 8 })),
    '2 processes of 2': spread(() => twoProcesses(given)),
  };
  for (const [what, { from, run }] of Object.entries(others)) {
    const apart = (await run()).map((loss, i) => Math.abs(loss / from[i] - 1));
    const largest = (values) => Math.max(...values).toExponential(1);
    console.log(
      `${objective}, ${what}: ${largest(apart.slice(0, 5))} over five steps, ${largest(apart)} over ${apart.length}`,
    );
  }
}
