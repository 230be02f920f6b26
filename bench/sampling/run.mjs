// How many images a second, beside the same transformer in PyTorch? See README.md in the folder above.
//   node bench/sampling/run.mjs --threads 1 --rounds 5 --int8 data/models/generator-laptop    after npm run build; minutes
// Needs a Python with torch and onnx (SYNCLR_PYTHON). `--model` is a generator in 32 bits, the committed one by default, and
// `--int8` the same in 8.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exportGenerator } from '../../lib/dist/diffusion/exportGenerator.js';
import { openTokenizer } from '../../lib/dist/diffusion/index.js';
import { readExportedGenerator } from '../../lib/dist/diffusion/readExportedGenerator.js';
import { rng } from '../../lib/dist/random/rng.js';
import { withAllocator } from '../../lib/dist/runs/allocator.js';
import { projectPath } from '../../lib/dist/runs/index.js';
import { promptCaptions } from '../../lib/dist/tiers/index.js';
import { peerEnv, plainEnv, python } from '../engines.mjs';
import { watchLoad } from '../load.mjs';
import { commit, machine } from '../machine.mjs';
import { Resident } from '../resident.mjs';
import { median, spread } from '../statistics.mjs';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    int8: { type: 'string' },
    images: { type: 'string', default: '16' },
    steps: { type: 'string', default: '25' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1' },
    provider: { type: 'string', default: 'cpu' },
    out: { type: 'string' },
  },
});
const [images, steps, rounds, threads] = [values.images, values.steps, values.rounds, values.threads].map(Number);
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const out = values.out ?? here(`./results-${threads}-thread${threads > 1 ? 's' : ''}.json`);
const folder = mkdtempSync(path.join(os.tmpdir(), 'synclr-sampling-'));
const file = (name) => path.join(folder, name);
const generator = values.model ?? committedIn32Bits(file('generator'));
const read = (file) => JSON.parse(readFileSync(path.join(generator, file), 'utf8'));
const { imageSize, maxTokens } = read('transformer/config.json');
const count = 3 * imageSize ** 2;

const sampling = { steps, guidance: 2.5 };
const prompts = promptCaptions('laptop').slice(0, images);
const tokenizer = openTokenizer(read('tokenizer/tokenizer.json'), { maxTokens });
const ids = prompts.map(({ text }) => Array.from(tokenizer.encode(text).ids));
// What lib/diffusion/sample.ts starts image 0 of each caption from.
const noise = prompts.map(({ id }) => rng(0, 'noise', id, 0).child('start').normals(count));
writeFileSync(file('noise'), Buffer.concat(noise.map((x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength))));

const env = withAllocator({ SYNCLR_THREADS: `${threads}` });
const startOurs = (model) => Resident.start(process.execPath, [here('./ours.mjs'), model, values.provider], env);
const startPeer = (env) => Resident.start(python, [here('./peer.py'), generator, `${threads}`], env);
const askOurs = (resident, more) => resident.ask({ prompts, seed: 0, ...sampling, ...more });
const askPeer = (resident, more) => resident.ask({ ids, noise: file('noise'), ...sampling, ...more });

/** The peer reads no weights in 8 bits. */
function committedIn32Bits(folder) {
  const committed = readExportedGenerator(projectPath('data', 'models', 'generator-laptop'));
  exportGenerator(folder, { ...committed, products: 'float32' });
  return folder;
}

/** The peer's fastest way to sample this many images: how many at once, and the two halves of guidance in one call or two. */
async function fastest(resident) {
  const tried = [];
  for (const batch of [4, 8, 16, 32, 64, 128, 256].filter((batch) => batch <= images)) {
    for (const pair of [true, false]) {
      const times = [];
      for (let i = 0; i < 3; i++) times.push((await askPeer(resident, { batch, pair, steps: 2 })).ms);
      tried.push({ batch, pair, ms: Math.min(...times) });
    }
  }
  const { batch, pair } = tried.sort((a, b) => a.ms - b.ms)[0];
  return { batch, pair };
}

const floats = (name) => {
  const bytes = readFileSync(file(name));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
};

/** Differences of two sets of samples, of images of −1 to 1; in bytes their mean, and the signal-to-noise ratio. */
function compare(found, expected) {
  let [most, sum, squares] = [0, 0, 0];
  found.forEach((x, i) => {
    most = Math.max(most, Math.abs(x - expected[i]));
    const difference = 127.5 * (Math.max(-1, Math.min(1, x)) - Math.max(-1, Math.min(1, expected[i])));
    sum += Math.abs(difference);
    squares += difference ** 2;
  });
  const psnr = 10 * Math.log10((255 ** 2 * found.length) / squares);
  return { largest: most, meanOf255: sum / found.length, psnrDb: psnr };
}

const engines = {};
try {
  const ours = { ours: generator, ...(values.int8 && { int8: values.int8 }) };
  for (const [name, model] of Object.entries(ours)) {
    const resident = await startOurs(model);
    engines[name] = { resident, settings: resident.ready, sample: (more) => askOurs(resident, more) };
  }
  for (const [name, env] of Object.entries({ eager: peerEnv(), 'eager-plain': plainEnv })) {
    const resident = await startPeer(env);
    const way = await fastest(resident);
    const settings = { ...resident.ready, ...way };
    engines[name] = { resident, settings, sample: (more) => askPeer(resident, { ...way, ...more }) };
  }
  for (const [name, { sample }] of Object.entries(engines)) await sample({ out: file(name) });
  const agreement = Object.fromEntries(
    Object.keys(engines)
      .filter((name) => name !== 'eager')
      .map((name) => [`${name} − eager`, compare(floats(name), floats('eager'))]),
  );
  console.log(agreement);

  const answers = Object.fromEntries(Object.keys(engines).map((name) => [name, []]));
  const load = watchLoad(Object.values(engines).map(({ resident }) => resident.pid));
  for (let round = 0; round < rounds; round++) {
    for (const [name, { sample }] of Object.entries(engines)) {
      await sleep(200);
      await sample({ steps: 1 });
      answers[name].push(await sample());
    }
  }
  const othersShare = load();
  const result = { date: new Date().toISOString().slice(0, 10), commit: commit(), machine: { ...machine(), threads } };
  Object.assign(result, { images, ...sampling, rounds, othersShare, agreement, engines: {} });
  for (const [name, rounds] of Object.entries(answers)) {
    const timesOf = (kind) => rounds.map((answer) => answer[kind]);
    // Their time over ours, round by round: above 1, we are faster.
    const over = (own, kind) => spread(timesOf(kind).map((x, i) => x / answers[own][i][kind]));
    const imagesPerSecond = Number((images / (median(timesOf('ms')) / 1000)).toPrecision(3));
    const figures = {
      ...engines[name].settings,
      ms: spread(timesOf('ms')),
      cpuMs: spread(timesOf('cpuMs')),
      imagesPerSecond,
    };
    for (const own of ours[name] ? [] : Object.keys(ours)) {
      figures[`${own} is faster by`] = over(own, 'ms');
      figures[`${own} is faster by, processor time`] = over(own, 'cpuMs');
    }
    result.engines[name] = figures;
    console.log(name, JSON.stringify(figures));
  }
  writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
  if (othersShare > 0.03) console.log(`Not quiet: others used ${(othersShare * 100).toFixed(0)} % of the processor.`);
} finally {
  for (const { resident } of Object.values(engines)) resident.stop();
  rmSync(folder, { recursive: true });
}
