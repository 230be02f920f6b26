// What a TypeScript user could take instead of our engine, on the training step of `vit-train`, in turns; see ../README.md,
// "Who else". The other packages are installed outside, into FOLDER (or what SYNCLR_OTHERS names). After npm run build:
//   SYNCLR_THREADS=1 node bench/others/run.mjs --packages FOLDER [--batch 16] [--rounds 3] [--engines ours,jax-js,...]
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withAllocator } from '../../lib/dist/runs/allocator.js';
import { threads } from '../engines.mjs';
import { watchLoad } from '../load.mjs';
import { commit, machine } from '../machine.mjs';
import { Resident } from '../resident.mjs';
import { spread } from '../statistics.mjs';

const everyone = {
  ours: 'ours (device `onnx`)',
  'tfjs-node': '`@tensorflow/tfjs-node`',
  'jax-js': '`@jax-js/jax`, backend `wasm`',
  'tfjs-wasm': '`@tensorflow/tfjs-backend-wasm`',
  'tfjs-cpu': 'TensorFlow.js `cpu` (our device `cpu`)',
};
const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '3' },
    packages: { type: 'string', default: process.env.SYNCLR_OTHERS ?? '' },
    engines: { type: 'string', default: Object.keys(everyone).join(',') },
    out: { type: 'string' },
  },
});
const asked = values.engines.split(',').filter(Boolean);
for (const name of asked)
  if (!everyone[name]) throw new Error(`no engine "${name}": ${Object.keys(everyone).join(', ')}`);
const names = asked.filter((name) => values.packages || ['ours', 'tfjs-cpu'].includes(name));
if (names.length < asked.length)
  console.log(
    'Only what this repository has runs: --packages or SYNCLR_OTHERS names a folder with the other packages.',
  );

const main = fileURLToPath(new URL('main.mjs', import.meta.url));
const env = withAllocator({
  SYNCLR_THREADS: `${threads}`,
  OMP_NUM_THREADS: `${threads}`,
  TF_NUM_INTRAOP_THREADS: `${threads}`,
  TF_NUM_INTEROP_THREADS: '1',
  TF_CPP_MIN_LOG_LEVEL: '2',
});
const seconds = (ms) => (ms / 1000).toFixed(1);
const brief = (x) => (x === 0 ? '0' : x.toExponential(0));

const residents = {};
const steps = {};
const failures = {};
for (const name of names) {
  try {
    const resident = await Resident.start(process.execPath, [main, name, values.batch, values.packages], env);
    const { failure, version, missing = [], first, second } = resident.ready;
    if (failure) throw new Error(failure);
    residents[name] = resident;
    steps[name] = [first, second];
    console.log(`${name} ${version}: first step after ${seconds(first.ms)} s`);
    if (missing.length > 0) console.log(`  kernels that TensorFlow.js's cpu has and it has not: ${missing.join(', ')}`);
  } catch (error) {
    failures[name] = error.message;
    console.log(`${name} does not run here: ${error.message}`);
  }
}

const load = watchLoad(Object.values(residents).map((resident) => resident.pid));
for (let round = 0; round < Number(values.rounds); round++)
  for (const [name, resident] of Object.entries(residents)) {
    await sleep(200);
    steps[name].push(await resident.ask({}));
  }
const othersShare = load();
for (const resident of Object.values(residents)) resident.stop();

// With one thread, processor time is what a quiet machine would show; with more, threads that wait for each other spin.
const clock = threads === 1 ? 'cpuMs' : 'ms';
const timesOf = (name) => steps[name].slice(2).map((one) => one[clock]);
/** The largest relative distance of the losses from ours, at the first step and over all of them. */
function distances(name) {
  const each = steps[name].map(({ loss }, i) => Math.abs(loss / steps.ours[i].loss - 1));
  return { first: each[0], all: Math.max(...each) };
}

const engines = Object.fromEntries(
  Object.keys(residents).map((name) => {
    const times = timesOf(name);
    const { version, missing } = residents[name].ready;
    const figures = { version, missing, clock: spread(times), peakMB: steps[name].at(-1).peakMB };
    const losses = steps[name].map(({ loss }) => loss);
    if (!residents.ours) return [name, { ...figures, losses }];
    const timesOurs = spread(times.map((time, i) => time / timesOf('ours')[i]));
    return [name, { ...figures, losses, timesOurs, distance: distances(name) }];
  }),
);

console.log(`\n${values.batch} images, ${threads} thread(s), ${clock === 'cpuMs' ? 'processor' : 'wall'} time`);
console.log(
  '| what runs the step | version | ms a step | ours = 1 | peak MB | loss from ours: first step, all steps |',
);
console.log('| --- | --- | ---: | ---: | ---: | ---: |');
for (const [name, { version, clock: ms, timesOurs, peakMB, distance }] of Object.entries(engines)) {
  const apart = distance && name !== 'ours' ? [distance.first, distance.all].map(brief).join(', ') : '';
  const ratio = timesOurs?.median.toPrecision(2) ?? '';
  console.log(`| ${everyone[name]} | ${version} | ${Math.round(ms.median)} | ${ratio} | ${peakMB} | ${apart} |`);
}
for (const name of Object.keys(failures)) console.log(`| ${everyone[name]} | does not run here | – | – | – | – |`);
console.log('PyTorch on this step: node bench/run.mjs --only vit-train');
for (const [name, { distance }] of Object.entries(engines))
  if (distance && !(distance.first <= 1e-4))
    console.log(`${name} has another loss than ours: it is not the same step.`);
if (othersShare > 0.03) console.log(`Not quiet: others used ${(othersShare * 100).toFixed(0)} % of the processor.`);

if (values.out) {
  const about = { date: new Date().toISOString().slice(0, 10), commit: commit(), machine: machine() };
  const settings = { batch: Number(values.batch), rounds: Number(values.rounds), clock, othersShare };
  writeFileSync(values.out, `${JSON.stringify({ ...about, ...settings, engines, failures }, null, 2)}\n`);
}
