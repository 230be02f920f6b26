// The whole training loop, crops included, beside its bare engine step, and beside the same loop in PyTorch with torchvision
// and a DataLoader, in turns; see ../README.md. npm run build, then:
//   node bench/training-loop/run.mjs [--images runs/laptop/images] [--objective synclr|stablerep] [--workers 1]
//     [--rounds 3] [--steps 3] [--out results.json] [--more] [--wait]
// torch-plain is PyTorch as installed, torch the same with the settings of ../engines.mjs.
// --more adds rounds to those of the file; --wait lets every round wait for a line of input, for quiet moments.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openImageSet } from '../../lib/dist/diffusion/index.js';
import { withPrefix } from '../../lib/dist/nn/index.js';
import { rng } from '../../lib/dist/random/rng.js';
import { withAllocator } from '../../lib/dist/runs/allocator.js';
import { projectPath, readJson, writeJson, writeSafetensors } from '../../lib/dist/runs/index.js';
import { initTraining, laptopStableRep, laptopSynclr, openBatches } from '../../lib/dist/synclr/index.js';
import { imageSource } from '../../lib/dist/tiers/world/imageSource.js';
import { hasTorch, peerEnv, plainEnv, python, threads } from '../engines.mjs';
import { watchLoad } from '../load.mjs';
import { commit, machine } from '../machine.mjs';
import { Resident } from '../resident.mjs';
import { spread } from '../statistics.mjs';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: projectPath('runs', 'laptop', 'images') },
    objective: { type: 'string', default: 'synclr' },
    workers: { type: 'string', default: '1' },
    'peer-workers': { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '3' },
    engines: { type: 'string', default: 'ours,torch,torch-plain' },
    out: { type: 'string' },
    more: { type: 'boolean', default: false },
    wait: { type: 'boolean', default: false },
  },
});
const config = { synclr: laptopSynclr, stablerep: laptopStableRep }[values.objective];
const [workers, peerWorkers, rounds, steps] = ['workers', 'peer-workers', 'rounds', 'steps'].map((name) =>
  Number(values[name]),
);
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'synclr-loop-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** One start for both: weights and a batch. */
async function writeStart() {
  const source = imageSource(openImageSet(values.images));
  const batch = await openBatches({ config, seed: 0, source, from: 0 }).next();
  const start = path.join(folder, 'start.safetensors');
  writeSafetensors(start, { ...initTraining(rng(0), config), ...withPrefix(batch, 'batch.') });
  const settings = { config, images: values.images, start, threads };
  writeJson(path.join(folder, 'ours.json'), { ...settings, workers });
  writeJson(path.join(folder, 'torch.json'), { ...settings, workers: peerWorkers });
}

const starts = {
  ours: () =>
    Resident.start(
      process.execPath,
      [here('ours.mjs'), path.join(folder, 'ours.json')],
      withAllocator({ SYNCLR_THREADS: `${threads}` }),
    ),
  torch: () => startPeer(peerEnv()),
  'torch-plain': () => startPeer(plainEnv),
};
const startPeer = (env) => Resident.start(python, [here('theirs.py'), path.join(folder, 'torch.json')], env);

const wanted = values.engines.split(',').filter((name) => name === 'ours' || (config.ibot && hasTorch()));
await writeStart();
const residents = Object.fromEntries(await Promise.all(wanted.map(async (name) => [name, await starts[name]()])));
const found = Object.fromEntries(wanted.map((name) => [name, residents[name].ready]));
for (const [name, { parts }] of Object.entries(found)) console.log(name, JSON.stringify(parts));

const file = values.out;
const before = values.more && file && existsSync(file) ? readJson(file).rounds : [];
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const own = Object.values(residents).flatMap(({ pid, ready }) => [pid, ...(ready.workers ?? [])]);
const watch = () => watchLoad([process.pid, ...own]);
const times = [...before];
console.log('ready');
for (let round = 0; round < rounds; round++) {
  if (values.wait) await lines.next();
  const load = watch();
  const row = {};
  for (const name of wanted) {
    for (const task of ['step', 'loop']) {
      await sleep(500); // prefetched batches are finished, threads of the one before have stopped spinning
      await residents[name].ask({ task, steps: 1 });
      const { ms } = await residents[name].ask({ task, steps });
      row[`${name} ${task}`] = Math.round(ms.reduce((sum, x) => sum + x, 0) / steps);
    }
  }
  row.othersShare = load();
  times.push(row);
  console.log(JSON.stringify(row));
}
for (const resident of Object.values(residents)) resident.stop();

const ratio = (a, b) => {
  const both = times.filter((row) => row[a] && row[b]);
  return both.length > 0 ? spread(both.map((row) => row[a] / row[b])) : undefined;
};
const names = [...new Set(times.flatMap((row) => Object.keys(row)))].filter((name) => name !== 'othersShare');
const othersShare = Math.max(...times.map((row) => row.othersShare));
const result = {
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  machine: machine(),
  torch: (found.torch ?? found['torch-plain'])?.version,
  config: `laptop ${values.objective}, batch ${config.captions} × ${config.imagesPerCaption}`,
  workers,
  peerWorkers,
  steps,
  ms: Object.fromEntries(names.map((name) => [name, spread(times.flatMap((row) => row[name] ?? []))])),
  loopThroughputOverBareStep: ratio('ours step', 'ours loop'),
  torchThroughputOverBareStep: ratio('torch step', 'torch loop'),
  loopThroughputOverTorch: ratio('torch loop', 'ours loop'),
  loopThroughputOverTorchPlain: ratio('torch-plain loop', 'ours loop'),
  othersShare,
  rounds: times,
};
console.log(JSON.stringify({ ...result, rounds: times.length }, null, 2));
if (file) writeJson(file, result);
if (othersShare > 0.03) console.log(`Not quiet: others used ${(othersShare * 100).toFixed(0)} % of the processor.`);
process.exit();
