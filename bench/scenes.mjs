// How many scenes a second does one core compose from cached sprites? (The promise is 2 000 on two cores.)
// Run: npm run build && node bench/scenes.mjs
import { generatorScenes, worldConcepts } from '../lib/dist/data/index.js';

const count = 4000;
const scenes = await generatorScenes({ concepts: worldConcepts({ count: 100 }), count, seed: 0, size: 64 });
for (let i = 0; i < 500; i++) scenes.render(i);
const rates = [];
for (let round = 0; round < 5; round++) {
  const cpu = process.cpuUsage();
  for (let i = 0; i < count; i++) scenes.render(i);
  const { user, system } = process.cpuUsage(cpu);
  rates.push(count / ((user + system) / 1e6));
}
rates.sort((a, b) => a - b);
console.log(
  `${rates[2].toFixed(0)} scenes of 64 × 64 per CPU second (median of 5; ${rates[0].toFixed(0)}–${rates[4].toFixed(0)})`,
);
