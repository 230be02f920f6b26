// Does a compiled step leak? A long run of a small step, then many steps compiled and released; resident memory after
// garbage collection, in MB. Run: npm run build && node --expose-gc bench/memory.mjs [steps] [cycles]
import { compile, hostTensor, scalar, tf } from '../lib/dist/engine/index.js';
import { valueAndGrads } from '../lib/dist/nn/index.js';
import { rng } from '../lib/dist/random/rng.js';
import { initVit, vit } from '../lib/dist/synclr/index.js';

const steps = Number(process.argv[2] ?? 2000);
const cycles = Number(process.argv[3] ?? 50);
if (!globalThis.gc) throw new Error('bench/memory.mjs: start it with node --expose-gc');

async function resident() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

const config = { image: 32, patch: 4, width: 64, depth: 2, heads: 2, mlpRatio: 4, dropPath: 0 };
const batch = 16;
const state = initVit(rng(0, 'init'), config);
const images = hostTensor(rng(0, 'images').normals(batch * 32 * 32 * 3), [batch, 32, 32, 3]);
const inputs = { images, lr: scalar(1e-3) };
const options = { state, inputs: { images: { shape: images.shape }, lr: { shape: [] } }, finite: ['loss'] };

/** Gradient descent that makes the class token small: forward, backward and update of every parameter. */
const step = (params, { images, lr }) => {
  const { loss, grads } = valueAndGrads((p) => ({ loss: tf.mean(tf.square(vit(p, images, { config }).cls)) }), params);
  const next = Object.fromEntries(
    Object.entries(params).map(([name, p]) => [name, tf.sub(p, tf.mul(grads[name], lr))]),
  );
  return { state: next, outputs: { loss } };
};

const report = (label, list) => console.log(`${label}: ${list.map((mb) => mb.toFixed(0)).join(' ')} MB`);

const compiled = await compile(step, options);
const run = [];
for (let i = 0; i <= steps; i++) {
  if (i % Math.ceil(steps / 10) === 0) run.push(await resident());
  await compiled.run(inputs);
}
await compiled.release();
report(`${steps} steps of a ViT of width 64, depth 2`, run);

const opened = [await resident()];
for (let i = 1; i <= cycles; i++) {
  const again = await compile(step, options);
  await again.run(inputs);
  await again.release();
  if (i % Math.ceil(cycles / 10) === 0) opened.push(await resident());
}
report(`${cycles} times compiled, run once and released`, opened);
console.log(`tensors left in TensorFlow.js: ${tf.memory().numTensors}`);
console.log(
  `growth: ${(run.at(-1) - run[1]).toFixed(0)} MB over the steps after the first tenth, ${(opened.at(-1) - opened[0]).toFixed(0)} MB over the cycles`,
);
