// Captions of a model that repeats its prompt, after a moment: node toyCaptions.mjs MODEL FOLDER
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { synthesizeCaptions } from '../../lib/dist/captions/synthesize.js';

const [gguf, out] = process.argv.slice(2);
try {
  const { records } = await synthesizeCaptions({
    concepts: ['owl', 'red fish', 'kite'],
    backgrounds: ['sea', 'forest'],
    count: 400,
    gguf,
    out: path.join(out, 'captions.jsonl'),
    open: async () => ({
      parallel: 4,
      device: 'none',
      async complete(prompt, { seed }) {
        await sleep(10 * (seed % 3));
        return `${prompt.slice(prompt.lastIndexOf('\n') + 1)} ${seed}`;
      },
      close: async () => {},
    }),
  });
  process.stdout.write(`${records.length} captions\n`);
} catch (error) {
  process.stderr.write(`${error.name === 'InputError' ? error.message : error.stack}\n`);
  process.exitCode = 1;
}
