// Crops on the host beside crops in the step, processor time a batch of the laptop's SynCLR and of the paper's sizes:
//   node bench/crops.mjs [--rounds 5] [--size laptop|paper] [--images 32]
// after npm run build. The device is SYNCLR_DEVICE (onnx); on one that is not the processor, read the seconds.
import { parseArgs } from 'node:util';
import { compile } from '../lib/dist/engine/index.js';
import { tf } from '../lib/dist/engine/tf.js';
import { rng } from '../lib/dist/random/rng.js';
import { batchOfStep, laptopSynclr, paperSynclr, withCrops } from '../lib/dist/synclr/index.js';
import { colouredSource } from './cluster/train.mjs';
import { machine } from './machine.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    size: { type: 'string', default: 'laptop' },
    images: { type: 'string', default: '128' },
  },
});
const base = { laptop: laptopSynclr, paper: paperSynclr }[values.size];
const config = { ...base, captions: Number(values.images) / base.imagesPerCaption, distinctClasses: false };
const drawn = colouredSource({ ...config, size: values.size === 'paper' ? 256 : config.model.image });
const kept = new Map();
const source = {
  ...drawn,
  image(caption, k) {
    const key = `${caption} ${k}`;
    if (!kept.has(key)) kept.set(key, drawn.image(caption, k));
    return kept.get(key);
  },
};

async function timed(work) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1000, wall: performance.now() - wall };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const batchAt = (cropsAt) => batchOfStep(rng(0), 0, source, config, { cropsAt });
const batch = await batchAt('device');
// What the step does with crops is left out: their means are all that leaves it.
const step = await compile(
  withCrops(
    (_, { crops, locals }) => ({ state: {}, outputs: { crops: tf.mean(crops), locals: tf.mean(locals) } }),
    config,
  ),
  { name: 'crops' },
);
const given = { pictures: batch.pictures, cropDraws: batch.cropDraws, localDraws: batch.localDraws };
const work = {
  'host, all': () => batchAt('host'),
  'device, draws': () => batchAt('device'),
  'device, cuts': () => step.run(given),
};
const found = Object.fromEntries(Object.keys(work).map((name) => [name, []]));
for (const run of Object.values(work)) await run();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, run] of Object.entries(work)) found[name].push(await timed(run));
}
await step.release();
console.log(
  `${machine().cpu ?? ''} ${values.size}: ${values.images} images, ${config.crops.locals} local crops each, ${step.device}`,
);
for (const [name, all] of Object.entries(found)) {
  const [cpu, wall] = ['cpu', 'wall'].map((key) => median(all.map((one) => one[key])).toFixed(0));
  console.log(`${name.padEnd(14)} ${cpu.padStart(6)} ms of processor time, ${wall.padStart(6)} ms`);
}
