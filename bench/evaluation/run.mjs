// Logistic regression beside scikit-learn's: 2 000 rows of 384 features, 100 classes, the same penalty and the same bound
// on the largest entry of the gradient, in turns. After npm run build:
//   SYNCLR_PYTHON=python3 SYNCLR_THREADS=1 node bench/evaluation/run.mjs [--rounds 5] [--out results-1-thread.json]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rng } from '../../lib/dist/random/rng.js';
import { withAllocator } from '../../lib/dist/runs/allocator.js';
import { peerEnv, python, threads } from '../engines.mjs';
import { watchLoad } from '../load.mjs';
import { commit, machine } from '../machine.mjs';
import { Resident } from '../resident.mjs';
import { spread } from '../statistics.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, out: { type: 'string' } } });
const [n, d, k] = [2000, 384, 100];

/** Classes around centres of their own, standardised; every column depends on many directions of falling variance. */
function writeData(folder) {
  const centres = rng(0, 'centres').normals(k * d);
  const noise = rng(0, 'noise').normals(n * d);
  const mixing = rng(0, 'mixing').normals(d * d);
  const x = new Float32Array(n * d);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++) {
      const source = (0.6 * centres[(i % k) * d + j] + noise[i * d + j]) / Math.sqrt(Math.sqrt(j + 1));
      for (let o = 0; o < d; o++) x[i * d + o] += source * mixing[j * d + o];
    }
  for (let j = 0; j < d; j++) {
    const column = Float64Array.from({ length: n }, (_, i) => x[i * d + j]);
    const mean = column.reduce((a, b) => a + b) / n;
    const scale = Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n);
    for (let i = 0; i < n; i++) x[i * d + j] = (column[i] - mean) / scale;
  }
  const files = ['features.bin', 'labels.bin'].map((name) => path.join(folder, name));
  writeFileSync(files[0], x);
  writeFileSync(
    files[1],
    Int32Array.from({ length: n }, (_, i) => i % k),
  );
  return files;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'synclr-logistic-'));
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const args = [...writeData(folder), n, d, k].map(String);
const count = String(threads);
const ours = await Resident.start(
  process.execPath,
  [here('ours.mjs'), ...args],
  withAllocator({ SYNCLR_THREADS: count }),
);
const theirs = await Resident.start(python, [here('theirs.py'), ...args], {
  ...peerEnv(),
  OMP_NUM_THREADS: count,
  OPENBLAS_NUM_THREADS: count,
});
const cases = [1e-4, 1e-6].flatMap((tolerance) => [0.01, 1, 100].map((lambda) => ({ lambda, tolerance })));
const engines = [
  ['ours', (one) => ours.ask(one)],
  ['float32', (one) => theirs.ask({ ...one, dtype: 'float32' })],
  ['float64', (one) => theirs.ask({ ...one, dtype: 'float64' })],
];
// A first fit compiles and loads; both sides have theirs untimed.
for (const [, ask] of engines) await ask(cases[0]);

const load = watchLoad([process.pid, ours.pid, theirs.pid]);
const answers = cases.map(() => ({ ours: [], float32: [], float64: [] }));
for (let round = 0; round < Number(values.rounds); round++)
  for (const [c, one] of cases.entries()) for (const [name, ask] of engines) answers[c][name].push(await ask(one));
const othersShare = load();

// With one thread, processor time is what a quiet machine would show; with two, threads that wait for each other spin.
const clock = threads === 1 ? 'cpuSeconds' : 'seconds';
const rows = cases.map((one, c) => {
  const about = (name) => {
    const { objective, gradient, iterations } = answers[c][name][0];
    const spreadOf = (what) => spread(answers[c][name].map((a) => a[what]));
    return { seconds: spreadOf('seconds'), cpuSeconds: spreadOf('cpuSeconds'), objective, gradient, iterations };
  };
  const ratio = (name) => spread(answers[c].ours.map((a, r) => a[clock] / answers[c][name][r][clock]));
  const exact = answers[c].float64[0].predicted;
  const equal = answers[c].ours[0].predicted.filter((p, i) => p === exact[i]).length / n;
  return {
    ...one,
    ours: about('ours'),
    float32: about('float32'),
    float64: about('float64'),
    oursOverFloat32: ratio('float32'),
    oursOverFloat64: ratio('float64'),
    equalPredictions: equal,
  };
});
ours.stop();
theirs.stop();
rmSync(folder, { recursive: true });
for (const { lambda, tolerance, ...row } of rows)
  console.log(
    `λ ${lambda}, tolerance ${tolerance}: ours ${row.ours[clock].median} s (${row.ours.iterations} iterations), ` +
      `scikit-learn ${row.float32[clock].median} (${row.float32.iterations}) and ${row.float64[clock].median} ` +
      `(${row.float64.iterations}); ratios ${row.oursOverFloat32.median} and ${row.oursOverFloat64.median}`,
  );
const { ready: _, ...peer } = theirs.ready;
const geometric = (name) => Math.exp(rows.reduce((sum, row) => sum + Math.log(row[name].median), 0) / rows.length);
const result = {
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  machine: machine(),
  peer,
  count: n,
  width: d,
  classes: k,
  rounds: Number(values.rounds),
  clock,
  rows,
  geometricMean: { oursOverFloat32: geometric('oursOverFloat32'), oursOverFloat64: geometric('oursOverFloat64') },
  othersShare,
};
if (values.out) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
console.log(result.geometricMean);
if (othersShare > 0.03) console.log(`Not quiet: others used ${(othersShare * 100).toFixed(0)} % of the processor.`);
