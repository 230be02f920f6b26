// SynCLR's training step on a GPU: ours through XLA, in float32 and with products in bfloat16, beside PyTorch's with bfloat16
// autocast, eager and compiled, in turns in one run; see ../README.md. npm run build, then:
//   node bench/gpu/synclr.mjs [--size paper|laptop|toy] [--images 64] [--rounds 5] [--steps 3] [--engines ours-bfloat16,…] [--out FILE]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withPrefix } from '../../lib/dist/nn/index.js';
import { rng } from '../../lib/dist/random/rng.js';
import { writeJson, writeSafetensors } from '../../lib/dist/runs/index.js';
import { initTraining, openBatches } from '../../lib/dist/synclr/index.js';
import { colouredSource } from '../cluster/train.mjs';
import { peerEnv, python } from '../engines.mjs';
import { commit, machine } from '../machine.mjs';
import { Resident } from '../resident.mjs';
import { median, spread } from '../statistics.mjs';
import { settingsOf } from './settings.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'paper' },
    images: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '3' },
    engines: { type: 'string', default: 'ours-float32,ours-bfloat16,eager-bfloat16,compiled-bfloat16' },
    out: { type: 'string' },
  },
});
const [images, rounds, steps] = [values.images, values.rounds, values.steps].map(Number);
const config = settingsOf(values.size, images);
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'synclr-gpu-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** One start for all: the student's weights and a batch. */
const source = colouredSource({ ...config, size: config.model.image });
const batch = await openBatches({ config, seed: 0, source, from: 0 }).next();
const start = path.join(folder, 'start.safetensors');
const student = Object.entries(initTraining(rng(0), config)).filter(([name]) => name.startsWith('student.'));
writeSafetensors(start, { ...Object.fromEntries(student), ...withPrefix(batch, 'batch.') });
const settings = path.join(folder, 'settings.json');
writeJson(settings, { config, start });

/** Memory in use on the GPU, MB; undefined without one. */
function memoryOfGpu() {
  const asked = spawnSync('nvidia-smi', ['--query-gpu=memory.used', '--format=csv,noheader,nounits']);
  return asked.status === 0 ? Number(`${asked.stdout}`.trim().split('\n')[0]) : undefined;
}

const starts = {
  ours: (products) =>
    Resident.start(process.execPath, [here('ours.mjs'), settings, products], {
      XLA_PYTHON_CLIENT_PREALLOCATE: 'false',
    }),
  eager: (products) => startPeer('eager', products),
  compiled: (products) => startPeer('compiled', products),
};
const startPeer = (engine, products) =>
  Resident.start(python, [here('theirs.py'), settings, engine], { ...peerEnv(), SYNCLR_BENCH_PRODUCTS: products });

const residents = {};
const about = {};
for (const name of values.engines.split(',')) {
  const [engine, products] = name.split('-');
  const [before, from] = [memoryOfGpu(), performance.now()];
  residents[name] = await starts[engine](products);
  await residents[name].ask({ steps: 2 });
  const seconds = (performance.now() - from) / 1000;
  about[name] = { ...residents[name].ready, readyAfterSeconds: Math.round(seconds) };
  if (before !== undefined) about[name].memoryMB = memoryOfGpu() - before;
  console.log(name, JSON.stringify(about[name]));
}
const times = Object.fromEntries(Object.keys(residents).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, resident] of Object.entries(residents)) {
    times[name].push(median((await resident.ask({ steps })).ms));
  }
}
for (const resident of Object.values(residents)) resident.stop();

const names = Object.keys(residents);
const last = names[names.length - 1];
const result = {
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  machine: machine(),
  device: process.env.SYNCLR_BENCH_DEVICE ?? 'cpu',
  step: `SynCLR, ${values.size}, ${config.captions} captions × ${config.imagesPerCaption} images`,
  engines: Object.fromEntries(
    names.map((name) => {
      const ms = spread(times[name]);
      const over = spread(times[name].map((x, i) => x / times[last][i]));
      return [
        name,
        { ...about[name], ms, imagesPerSecond: images / (median(times[name]) / 1000), [`time over ${last}`]: over },
      ];
    }),
  ),
};
console.log(JSON.stringify(result, null, 2));
if (values.out) writeJson(values.out, result);
process.exit();
