// Captions a second: ours with many sequences and with one, beside llama.cpp's own batched bench, in turns; see
// ../README.md. npm run build, then:
//   node bench/captions/run.mjs --gguf MODEL.gguf [--sequences 32] [--threads 2] [--count 96] [--rounds 3]
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { watchLoad } from '../load.mjs';
import { median, spread } from '../statistics.mjs';
import { buildPeer, hasPeer, runPeer } from './peer.mjs';

const { values } = parseArgs({
  options: {
    gguf: { type: 'string', default: process.env.SYNCLR_GGUF },
    sequences: { type: 'string', default: '32' },
    threads: { type: 'string', default: String(os.availableParallelism()) },
    count: { type: 'string', default: '96' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
});
if (!values.gguf) throw new Error('--gguf names the language model (or SYNCLR_GGUF)');
const { gguf } = values;
const [sequences, threads, count, rounds] = [values.sequences, values.threads, values.count, values.rounds].map(Number);
const script = fileURLToPath(new URL('./ours.mjs', import.meta.url));
const ours = (options) =>
  JSON.parse(
    execFileSync(process.execPath, [script, JSON.stringify({ gguf, threads, ...options })], { encoding: 'utf8' }),
  );

const peer = hasPeer() ? buildPeer() : undefined;
if (!peer) console.log('No peer: its build wants Linux and the libraries of node-llama-cpp.');
const load = watchLoad([process.pid]);
const times = { many: [], one: [], peer: [], peerOne: [] };
let about;
for (let round = 0; round < rounds; round++) {
  about = ours({ sequences, count });
  times.many.push(about.perSecond);
  const { promptTokens, captionTokens } = about;
  const same = { ...peer, gguf, threads, promptTokens, captionTokens };
  if (peer) times.peer.push(runPeer({ ...same, sequences, repeats: Math.max(1, Math.round(count / sequences)) }));
  times.one.push(ours({ sequences: 1, count: Math.ceil(count / 6) }).perSecond);
  if (peer) times.peerOne.push(runPeer({ ...same, sequences: 1, repeats: Math.ceil(count / 6) }));
  console.log(
    `round ${round + 1}: ${Object.entries(times)
      .map(([name, t]) => `${name} ${t.at(-1)?.toFixed(2)}`)
      .join(', ')}`,
  );
}
const othersShare = load();

const ratio = (a, b) => (b.length > 0 ? spread(a.map((x, i) => x / b[i])) : undefined);
const result = {
  date: new Date().toISOString().slice(0, 10),
  cpu: os.cpus()[0].model,
  llamaCpp: peer?.version,
  sequences,
  threads,
  count,
  rounds,
  ...about,
  perSecond: Object.fromEntries(
    Object.entries(times)
      .filter(([, t]) => t.length > 0)
      .map(([name, t]) => [name, spread(t)]),
  ),
  oursOverPeer: ratio(times.many, times.peer),
  oneOverPeerOne: ratio(times.one, times.peerOne),
  manyOverOne: ratio(times.many, times.one),
  peerManyOverOne: ratio(times.peer, times.peerOne),
  othersShare,
};
console.log(JSON.stringify(result, null, 2));
if (values.out) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
console.log(
  `${sequences} sequences: ${median(times.many).toFixed(2)} captions/s; one: ${median(times.one).toFixed(2)}`,
);
if (othersShare > 0.03) console.log(`Not quiet: others used ${(othersShare * 100).toFixed(0)} % of the processor.`);
