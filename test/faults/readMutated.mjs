// A process that damages a file again and again and reads it: node readMutated.mjs MODULE FORMAT SEED FROM TO
// It says when it begins with each and how it ended; who started it looks after time and memory.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rng } from '../../lib/dist/random/rng.js';
import { mutate } from './mutate.mjs';

const [module, name, seed, from, to] = process.argv.slice(2);
const { formats } = await import(module);
const { make, target, read, check = () => undefined, text, wrap = (bytes) => bytes } = formats[name];
const folder = mkdtempSync(path.join(tmpdir(), 'synclr-faults-'));
process.once('disconnect', () => process.exit());
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
console.log = () => {};

/** How a reader took a file. */
async function outcomeOf() {
  try {
    const problem = check(await read(folder));
    return problem ? { outcome: 'wrong', detail: problem } : { outcome: 'accepted' };
  } catch (error) {
    const told = error?.name === 'InputError' && !/\n\s+at /.test(error.message);
    return { outcome: told ? 'refused' : 'stack', detail: told ? error.message : (error?.stack ?? String(error)) };
  }
}

const bytes = await make(folder);
const file = path.join(folder, target);
const put = (content) => writeFileSync(file, content);
put(wrap(bytes));
const whole = await outcomeOf();
if (whole.outcome !== 'accepted') process.send({ index: -1, outcome: 'not read whole', detail: whole.detail });
for (let index = Number(from); index < Number(to); index++) {
  const stream = rng(Number(seed), 'faults', name, index);
  const damaged = mutate(bytes, stream, { text });
  // What is packed is damaged inside, or outside.
  put(stream.child('outside').bernoulli(0.5) ? wrap(damaged) : mutate(wrap(bytes), stream, { text: false }));
  process.send({ begin: index });
  process.send({ index, ...(await outcomeOf()) });
}
process.disconnect();
