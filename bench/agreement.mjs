// Do our engine and PyTorch compute the same loss and the same gradients, from the same weights and batch?
//   node bench/agreement.mjs [vit,dit,vit-b16]
// Distances are to PyTorch in float64, relative, in the Euclidean norm. How far PyTorch in float32 is from that is the
// yardstick for the others.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, hostTensor } from '../lib/dist/engine/index.js';
import { valueAndGrads } from '../lib/dist/nn/index.js';
import { rng } from '../lib/dist/random/rng.js';
import { readSafetensors, writeSafetensors } from '../lib/dist/runs/index.js';
import { cases } from './cases.mjs';
import { peerEnv, python } from './engines.mjs';
import { openModel } from './ours/models.mjs';

/** Images of each model: few, since TensorFlow.js's own CPU backend takes minutes for them. */
const batchOf = { vit: 4, dit: 2, 'vit-b16': 1 };

/** Loss and gradients on one of our devices. */
async function ours({ params, constants, inputs, batch, loss }, device) {
  const step = (p, x) => {
    const mine = Object.fromEntries(Object.keys(params).map((name) => [name, p[name]]));
    const result = valueAndGrads((q) => ({ loss: loss({ ...p, ...q }, x) }), mine);
    return { state: {}, outputs: { loss: result.loss, ...result.grads } };
  };
  const compiled = await compile(step, { constants: { ...params, ...constants }, inputs, device });
  const result = await compiled.run(batch);
  await compiled.release();
  return result;
}

/** Loss and gradients by PyTorch. */
function theirs(name, { params, batch }, dtype) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'synclr-agreement-'));
  const [given, made] = ['in', 'out'].map((file) => path.join(folder, `${file}.safetensors`));
  const named = (prefix, record) => Object.fromEntries(Object.entries(record).map(([k, t]) => [`${prefix}.${k}`, t]));
  writeSafetensors(given, { ...named('params', params), ...named('batch', batch) });
  const script = fileURLToPath(new URL('./peer/agree.py', import.meta.url));
  execFileSync(python, [script, name, given, made, dtype], { env: { ...process.env, ...peerEnv() } });
  const { tensors, metadata } = readSafetensors(made);
  rmSync(folder, { recursive: true });
  return { ...tensors, loss: { data: [Number(metadata.loss)] } };
}

/** Parameters that start at zero would hide what lies behind them. */
function withoutZeros(params) {
  const draw = rng(0, 'agreement');
  const normals = (name, n) => Float32Array.from(draw.child(name).normals(n), (z) => 0.02 * z);
  const filled = (name, t) => (t.data.some((x) => x !== 0) ? t : hostTensor(normals(name, t.data.length), t.shape));
  return Object.fromEntries(Object.entries(params).map(([name, t]) => [name, filled(name, t)]));
}

const sumOfSquares = (values) => values.reduce((sum, x) => sum + x * x, 0);

function compare(title, found, expected) {
  const names = Object.keys(expected).filter((name) => name !== 'loss');
  const parts = names.map((name) => {
    const truth = expected[name].data;
    return { name, norm: sumOfSquares(truth), error: sumOfSquares(found[name].data.map((x, i) => x - truth[i])) };
  });
  const total = (key) => parts.reduce((sum, part) => sum + part[key], 0);
  const distance = ({ error, norm }) => Math.sqrt(error / norm);
  const worst = parts.reduce((a, b) => (distance(a) > distance(b) ? a : b));
  const digits = (x) => x.toExponential(1);
  const loss = Math.abs(found.loss.data[0] / expected.loss.data[0] - 1);
  const whole = distance({ error: total('error'), norm: total('norm') });
  console.log(
    `  ${title.padEnd(18)} loss ${digits(loss)}, gradient ${digits(whole)}, ` +
      `worst parameter ${digits(distance(worst))} (${worst.name})`,
  );
}

const wanted = process.argv[2]?.split(',') ?? Object.keys(batchOf);
for (const name of wanted) {
  const batch = batchOf[name];
  const { model } = cases.find((one) => one.modelName === name);
  const opened = openModel(model, batch);
  opened.params = withoutZeros(opened.params);
  const exact = theirs(name, opened, 'float64');
  console.log(`${name}, batch ${batch}, loss ${exact.loss.data[0].toFixed(6)}`);
  compare('PyTorch float32', theirs(name, opened, 'float32'), exact);
  compare('our engine (onnx)', await ours(opened, 'onnx'), exact);
  compare('tfjs cpu', await ours(opened, 'cpu'), exact);
}
