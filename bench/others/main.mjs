// The step of `vit-train` in one engine, resident: prepares, says so, and then runs a step whenever it is sent a line.
//   node main.mjs ENGINE BATCH PACKAGES     stdin: {} a line     stdout: {"loss", "ms", "cpuMs", "peakMB"} a line
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { compile, tf } from '../../lib/dist/engine/index.js';
import { findCase } from '../cases.mjs';
import { trainingState, trainingStep } from '../ours/training.mjs';
import { vitModel } from '../ours/vit.mjs';
import { openJax } from './jax.mjs';
import { missingKernels, openTfjs } from './tfjs.mjs';

const [engine, images, packages] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(packages), 'package.json'));
const { model } = findCase('vit-train');

/** The model of the case; weights and batch are drawn by name from one seed, so every engine has the same. */
function openStep({ tokensPerGroup } = {}) {
  const { params, inputs, batch, loss } = vitModel(model, Number(images), { tokensPerGroup });
  const { step, stepInputs, stepBatch } = trainingStep(loss);
  return {
    ...{ params, step, images: batch, numbers: stepBatch },
    inputs: { ...inputs, ...stepInputs },
    batch: { ...batch, ...stepBatch },
    state: trainingState(params),
  };
}

/** How each engine is opened: `{ version, run }`, and what else there is to say of it. */
const open = {
  async ours() {
    const { step, state, inputs, batch } = openStep();
    const compiled = await compile(step, { state, inputs, device: 'onnx' });
    return { version: 'this library', run: async () => (await compiled.run(batch)).loss.data[0] };
  },
  'tfjs-cpu': () => openBackend('cpu', tf.version_core),
  async 'tfjs-wasm'() {
    // Another copy of TensorFlow.js of the same version shares its engine with ours, so the backend is registered there too.
    const { version_wasm } = require('@tensorflow/tfjs-backend-wasm');
    return openBackend('wasm', version_wasm);
  },
  async 'tfjs-node'() {
    const { version } = require('@tensorflow/tfjs-node');
    const opened = await openBackend('tensorflow', version['tfjs-node']);
    return { ...opened, version: `${opened.version}, TensorFlow ${tf.backend().binding.TF_Version}` };
  },
  async 'jax-js'() {
    const entry = require.resolve('@jax-js/jax');
    const api = await import(pathToFileURL(entry.replace(/\.cjs$/, '.js')));
    const { params, images, numbers } = openStep();
    const scalars = Object.fromEntries(Object.entries(numbers).map(([name, { data }]) => [name, data[0]]));
    const { version } = JSON.parse(readFileSync(path.join(path.dirname(entry), '..', 'package.json'), 'utf8'));
    return { version, run: await openJax(api, { params, batch: images, numbers: scalars, config: model.config }) };
  },
};

async function openBackend(backend, version) {
  return { version, run: await openTfjs(backend, openStep({ tokensPerGroup: 0 })), missing: missingKernels(backend) };
}

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const peakMB = () => Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024);

async function timed(run) {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const loss = await run();
  const { user, system } = process.cpuUsage(before);
  return { loss, ms: performance.now() - start, cpuMs: (user + system) / 1000, peakMB: peakMB() };
}

let about;
try {
  const first = await timed(async () => {
    about = await open[engine]();
    return about.run();
  });
  const { run, ...words } = about;
  say({ ...words, first, second: await timed(run) });
} catch (error) {
  say({ failure: error.message.split('\n')[0] });
  process.exit();
}
for await (const _ of createInterface({ input: process.stdin })) say(await timed(about.run));
