// Where the time of a step goes, by kind of operation, as ONNX Runtime's own profiler says:
//   node bench/profile.mjs [--case synclr|vit-train|dit-train|...] [--model 4x128|6x192] [--steps 5] [--top 30] [--shapes]
// after npm run build. `synclr` and the other objectives are the experiments' steps; other names are cases of cases.json.
// SYNCLR_THREADS sets the threads.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { scalar } from '../lib/dist/engine/index.js';
import { onnxRuntime } from '../lib/dist/engine/session.js';
import { experimentSettings, trainersOf } from '../lib/dist/experiments/settings.js';
import { rng } from '../lib/dist/random/rng.js';
import { batchOfStep, compileTraining, initTraining } from '../lib/dist/synclr/index.js';
import { findCase } from './cases.mjs';
import { colouredSource } from './cluster/train.mjs';
import { machine } from './machine.mjs';
import { modelTasks } from './ours/models.mjs';
import { schedules } from './training-loop/schedules.mjs';

const { values } = parseArgs({
  options: {
    case: { type: 'string', default: 'synclr' },
    model: { type: 'string', default: '4x128' },
    steps: { type: 'string', default: '5' },
    top: { type: 'string', default: '30' },
    shapes: { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps);
const folder = mkdtempSync(path.join(os.tmpdir(), 'profile-'));

// Every session is opened with a profile.
const ort = await onnxRuntime();
const sessions = [];
const create = ort.InferenceSession.create.bind(ort.InferenceSession);
ort.InferenceSession.create = async (model, options) => {
  const session = await create(model, { ...options, enableProfiling: true, profileFilePrefix: path.join(folder, 'p') });
  sessions.push(session);
  return session;
};

const run = await stepOf(values.case);
for (let step = 0; step < 2; step++) await run();
const wall = performance.now();
for (let step = 0; step < steps; step++) await run();
const ms = (performance.now() - wall) / steps;
for (const session of sessions) session.endProfiling();
report(events(), ms);
rmSync(folder, { recursive: true });
process.exit();

/** Runs the step of an experiment's encoder, or a case of cases.json. */
async function stepOf(name) {
  const settings = experimentSettings('laptop');
  const B = settings.models[{ '4x128': 'B', '6x192': 'L' }[values.model]];
  if (!B) throw new Error(`no model "${values.model}": choose 4x128 or 6x192`);
  const trainers = trainersOf({ ...settings, models: { ...settings.models, B } });
  if (!(name in trainers)) {
    const { model, ...one } = findCase(name);
    const [open] = Object.values(modelTasks(model, one));
    return open();
  }
  const config = trainers[name];
  const source = colouredSource({ ...config, size: config.model.image });
  const batch = await batchOfStep(rng(0), 0, source, { ...config, distinctClasses: false }, { cropsAt: 'host' });
  const numbers = Object.fromEntries(Object.entries(schedules(config)).map(([key, value]) => [key, scalar(value)]));
  const given = { ...batch, ...numbers };
  const inputs = Object.fromEntries(Object.entries(given).map(([key, { shape, dtype }]) => [key, { shape, dtype }]));
  const compiled = await compileTraining(config, { state: initTraining(rng(0), config), inputs });
  return () => compiled.run(given);
}

/** What the profile of the step's session says of its operations: kind, milliseconds a step, shapes of the inputs, operations of a product. */
function events() {
  // The step's own session is the one that computed longest.
  const files = readdirSync(folder).map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
  const nodes = files.map((all) => all.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time')));
  const sum = (some) => some.reduce((total, { dur }) => total + dur, 0);
  const [longest] = nodes.sort((a, b) => sum(b) - sum(a));
  const runs = steps + 2;
  const each = longest.length / runs;
  if (!Number.isInteger(each)) throw new Error(`${longest.length} operations in ${runs} steps`);
  return longest.slice(2 * each).map(({ dur, args }) => {
    const shapes = args.input_type_shape.map((one) => Object.values(one)[0].join('×')).join(' · ');
    return { op: args.op_name, ms: dur / 1000 / steps, shapes, flops: flopsOf(args) };
  });
}

/** Operations of a matrix product, each multiply and each add counted. */
function flopsOf({ op_name: op, input_type_shape: inputs, output_type_shape: outputs }) {
  if (!/MatMul|Gemm/.test(op)) return 0;
  const size = (one) => Object.values(one)[0].reduce((product, n) => product * n, 1);
  // Of [..., M, K] by [..., K, N], where M·K · K·N / M·N is K²; weights that all images share have no leading axes.
  const [a, b, y] = [inputs[0], inputs[1], outputs[0]].map(size);
  const [rankA, rankB] = [inputs[0], inputs[1]].map((one) => Object.values(one)[0].length);
  const groups =
    rankA > 2 && rankB > 2
      ? Object.values(inputs[0])[0]
          .slice(0, -2)
          .reduce((p, n) => p * n, 1)
      : 1;
  return 2 * Math.sqrt((a / groups) * (b / groups) * (y / groups)) * groups;
}

function report(found, ms) {
  const rows = new Map();
  for (const { op, ms, shapes, flops } of found) {
    const key = values.shapes ? `${op}  ${shapes}` : op;
    const row = rows.get(key) ?? { ms: 0, count: 0, flops: 0 };
    rows.set(key, { ms: row.ms + ms, count: row.count + 1 / steps, flops: row.flops + flops / steps });
  }
  const total = found.reduce((sum, one) => sum + one.ms, 0);
  const { cpu, family, vector, threads } = machine();
  const products = found.filter(({ flops }) => flops > 0);
  const [work, time] = ['flops', 'ms'].map((key) => products.reduce((sum, one) => sum + one[key], 0));
  console.log(`${values.case} on ${cpu} ${family} (${vector}), ${threads} threads: a step of ${ms.toFixed(0)} ms`);
  console.log(
    `${total.toFixed(0)} ms in operations, ${time.toFixed(0)} of them in products: ${(work / steps / 1e9).toFixed(1)} GFLOP at ${(work / steps / time / 1e6).toFixed(0)} GFLOP/s`,
  );
  const sorted = [...rows].sort(([, a], [, b]) => b.ms - a.ms).slice(0, Number(values.top));
  for (const [key, { ms, count, flops }] of sorted) {
    const rate = flops > 0 ? `${(flops / ms / 1e6).toFixed(0)} GFLOP/s` : '';
    console.log(
      `${ms.toFixed(1).padStart(8)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} % ${count.toFixed(0).padStart(5)} × ${rate.padStart(13)}  ${key}`,
    );
  }
}
