// Makes next-tokens.json.gz: what Gemma 3 270M says comes next, along the captions that notebook 01 writes.
//   node data/captions/record-next-tokens.mjs gemma-3-270m-q4_k_m.gguf
// Probabilities differ in their last digits between machines, and captions that are drawn from them may, too.
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { rng } from 'synclr';
import { identifyGguf, openTokenModel, PAPER_DECODING } from 'synclr/captions';
import { projectPath } from 'synclr/runs';
import { worldPrompt } from 'synclr/tiers';

const [gguf] = process.argv.slice(2);
/** The prompt: "penguin, snow". */
const INDEX = 1091;
const TEMPERATURES = [0.1, 0.8, 2];
const SEEDS = [0, 1, 2, 3];
/** Of each answer the likeliest, until they are so likely together; and so many at least. */
const [MASS, LEAST] = [0.91, 40];

const { text: prompt, concept } = worldPrompt(INDEX);
const model = await openTokenModel({ gguf });
const texts = {};
const answers = new Map();

/** Asks, or remembers; numbers are rounded as the record has them, so that whoever reads it draws the same. */
async function next(written, decoding) {
  const key = JSON.stringify([written.map(({ id }) => id), decoding]);
  if (!answers.has(key)) {
    const all = await model.next(prompt, written, decoding);
    let mass = 0;
    const kept = all.filter(({ p }, i) => i < LEAST || mass < MASS ? ((mass += p), true) : false);
    const rounded = kept.map(({ id, text, p }) => ({ id, text, p: Number(p.toPrecision(4)) }));
    for (const { id, text } of rounded) texts[id] = text;
    answers.set(key, { prompt, written: written.map(({ id }) => id), decoding, next: rounded });
  }
  return answers.get(key).next;
}

for (const temperature of TEMPERATURES) {
  for (const seed of SEEDS) {
    const stream = rng(seed, 'write');
    const written = [];
    while (written.length < 100) {
      // As the notebook draws: the nucleus, then the temperature.
      const nucleus = [];
      let mass = 0;
      for (const token of await next(written)) {
        nucleus.push(token);
        mass += token.p;
        if (mass >= PAPER_DECODING.topP) break;
      }
      const weights = nucleus.map(({ p }) => p ** (1 / temperature));
      let rest = stream.uniform() * weights.reduce((a, b) => a + b, 0);
      const token = nucleus[weights.findIndex((w) => (rest -= w) < 0)] ?? nucleus.at(-1);
      if (token.text.includes('\n') || token.text === '') break;
      written.push(token);
    }
    console.log(temperature, seed, written.map(({ text }) => text).join(''));
    if (temperature === 0.8 && seed === 0) {
      for (let n = 0; n < 3; n++) await next(written.slice(0, n), { temperature: 0.8, topP: 0.9, topK: 0 });
      await next(written.slice(0, 2), { temperature: 0.8, topP: 0.9, topK: 5 });
    }
  }
}
const spelt = [prompt, prompt.split('\n\n').at(-1), concept, 'rhinoceros', 'SynCLR'];
const pieces = await Promise.all(spelt.map(async (text) => ({ text, pieces: await model.pieces(text) })));
await model.close();

const engine = projectPath('node_modules', 'node-llama-cpp', 'package.json');
const { version } = JSON.parse(readFileSync(engine, 'utf8'));
const record = {
  model: await identifyGguf(gguf),
  engine: `node-llama-cpp ${version}`,
  texts,
  pieces,
  answers: [...answers.values()].map(({ next, ...asked }) => ({ ...asked, next: next.map(({ id, p }) => [id, p]) })),
};
const bytes = gzipSync(JSON.stringify(record), { level: 9 });
bytes[9] = 255; // RFC 1952: system unknown
writeFileSync(new URL('next-tokens.json.gz', import.meta.url), bytes);
console.log(`${answers.size} answers, ${bytes.length} bytes`);
