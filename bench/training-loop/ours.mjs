// laptopSynclr's training loop in our engine, resident.
//   node ours.mjs SETTINGS.json     stdin: {"task": "step" | "loop", "steps": n}     stdout: {"ms": [...]} a line
import { createInterface } from 'node:readline';
import { openImageSet } from '../../lib/dist/diffusion/index.js';
import { scalar } from '../../lib/dist/engine/index.js';
import { withoutPrefix } from '../../lib/dist/nn/index.js';
import { readJson, readSafetensors } from '../../lib/dist/runs/index.js';
import { compileTraining, openBatches } from '../../lib/dist/synclr/index.js';
import { imageSource } from '../../lib/dist/tiers/world/imageSource.js';
import { schedules } from './schedules.mjs';

const { config, images, start, workers } = readJson(process.argv[2]);
const { tensors } = readSafetensors(start);
const batch = withoutPrefix(tensors, 'batch.');
const numbers = Object.fromEntries(Object.entries(schedules(config)).map(([name, value]) => [name, scalar(value)]));
const state = Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith('batch.')));
const inputs = Object.fromEntries(
  Object.entries({ ...batch, ...numbers }).map(([name, { shape, dtype }]) => [name, { shape, dtype }]),
);
const compiled = await compileTraining(config, { state, inputs });
const batches = openBatches({ config, seed: 0, source: imageSource(openImageSet(images)), from: 0, workers });
const tasks = {
  step: async () => compiled.run({ ...batch, ...numbers }),
  loop: async () => {
    const next = await batches.next();
    const found = await compiled.run({ ...next, ...numbers });
    batches.giveBack(next);
    return found;
  },
};

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const outputs = await tasks.step();
await tasks.loop();
const parts = Object.fromEntries(
  ['global', 'local', 'ibot'].flatMap((name) => (outputs[name] ? [[name, outputs[name].data[0]]] : [])),
);
say({ parts });

for await (const line of createInterface({ input: process.stdin })) {
  const { task, steps } = JSON.parse(line);
  const ms = [];
  for (let i = 0; i < steps; i++) {
    const from = performance.now();
    await tasks[task]();
    ms.push(performance.now() - from);
  }
  say({ ms });
}
process.exit();
