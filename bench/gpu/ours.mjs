// SynCLR's training step in our engine on the device of SYNCLR_DEVICE, resident.
//   node ours.mjs SETTINGS.json float32|bfloat16     stdin: {"steps": n}     stdout: {"ms": [...]} a line
import { createInterface } from 'node:readline';
import { scalar } from '../../lib/dist/engine/index.js';
import { withoutPrefix } from '../../lib/dist/nn/index.js';
import { rng } from '../../lib/dist/random/rng.js';
import { readJson, readSafetensors } from '../../lib/dist/runs/index.js';
import { compileTraining, initTraining } from '../../lib/dist/synclr/index.js';
import { schedules } from '../training-loop/schedules.mjs';

const { config, start } = readJson(process.argv[2]);
const batch = withoutPrefix(readSafetensors(start).tensors, 'batch.');
const numbers = Object.fromEntries(Object.entries(schedules(config)).map(([name, value]) => [name, scalar(value)]));
const inputs = Object.fromEntries(
  Object.entries({ ...batch, ...numbers }).map(([name, { shape, dtype }]) => [name, { shape, dtype }]),
);
const compiled = await compileTraining(config, {
  state: initTraining(rng(0), config),
  inputs,
  ...(process.argv[3] === 'bfloat16' && { products: 'bfloat16' }),
});
const step = () => compiled.run({ ...batch, ...numbers });
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const { global, local, ibot } = await step();
say({ parts: { global: global.data[0], local: local.data[0], ibot: ibot.data[0] } });

for await (const line of createInterface({ input: process.stdin })) {
  const ms = [];
  for (let i = 0; i < JSON.parse(line).steps; i++) {
    const from = performance.now();
    await step();
    ms.push(performance.now() - from);
  }
  say({ ms });
}
process.exit();
