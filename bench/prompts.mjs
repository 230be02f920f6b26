// How fast prompts are drawn, and whether memory stays flat: node --expose-gc bench/prompts.mjs [count]
import { drawPrompt, inContextBanks, objectMixture } from '../lib/dist/captions/index.js';

const count = Number(process.argv[2] ?? 1_000_000);
// A list of the size of ImageNet-21k's frequent names, each with as many backgrounds as the paper's have.
const backgrounds = Array.from({ length: 100 }, (_, i) => `place ${i}`);
const mixture = objectMixture({ concepts: Array.from({ length: 13_000 }, (_, i) => `thing ${i}`), backgrounds });
const banks = inContextBanks();
const megabytes = () => process.memoryUsage().rss / 2 ** 20;

let characters = 0;
const draw = (from, to) => {
  for (let index = from; index < to; index++) characters += drawPrompt(index, { seed: 0, mixture, banks }).text.length;
};
// Until compiled code has its size.
draw(0, 50_000);
const resident = [megabytes()];
globalThis.gc?.();
const heap = process.memoryUsage().heapUsed;
const began = performance.now();
for (let tenth = 0; tenth < 10; tenth++) {
  draw(Math.round((tenth * count) / 10), Math.round(((tenth + 1) * count) / 10));
  resident.push(megabytes());
}
const seconds = (performance.now() - began) / 1000;
globalThis.gc?.();
const kept = process.memoryUsage().heapUsed - heap;
console.log(`${count} prompts in ${seconds.toFixed(1)} s: ${Math.round(count / seconds)} a second`);
console.log(`resident MB, at the start and after each tenth: ${resident.map((mb) => mb.toFixed(0)).join(' ')}`);
if (globalThis.gc) console.log(`kept on the heap: ${(kept / 2 ** 20).toFixed(2)} MB`);
console.log(`${(characters / (count + 50_000)).toFixed(0)} characters a prompt`);
