// `synclr captions` with a real server, llama.cpp's own, which is killed and comes back, and a client that is killed and goes
// on; then without either. Are captions lost or double, and how many a second? npm run build, then:
//   node bench/captions/server.mjs --gguf MODEL.gguf [--program llama-server] [--sequences 8] [--threads 2] [--count 32]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildServer, libraries } from './peer.mjs';

const { values } = parseArgs({
  options: {
    gguf: { type: 'string', default: process.env.SYNCLR_GGUF },
    program: { type: 'string' },
    sequences: { type: 'string', default: '8' },
    threads: { type: 'string', default: String(os.availableParallelism()) },
    count: { type: 'string', default: '32' },
  },
});
if (!values.gguf) throw new Error('--gguf names the language model (or SYNCLR_GGUF)');
const { gguf, sequences, threads } = values;
const count = Number(values.count);
const program = path.resolve(values.program ?? buildServer());
const command = fileURLToPath(new URL('../../lib/dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'captions-'));
const MODEL = path.basename(gguf, '.gguf');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

const port = await freePort();
const url = `http://127.0.0.1:${port}`;

async function serve() {
  const flags = ['-m', path.resolve(gguf), '--alias', MODEL, '--port', port, '--host', '127.0.0.1', '-t', threads];
  const child = spawn(program, [...flags, '-np', sequences, '-c', 512 * Number(sequences), '-ngl', 0].map(String), {
    cwd: libraries,
    stdio: 'ignore',
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    if ((await fetch(`${url}/health`).catch(() => ({}))).ok) return child;
    await sleep(100);
  }
}

async function kill(child) {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const text = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
/** Captions in a log, or in what is written of it. */
const recordsOf = (file) =>
  (text(file) || text(`${file}.partial`))
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line));

function captions(out, from) {
  const child = spawn(
    process.execPath,
    [command, 'captions', '--sequences', sequences, '--count', count, ...from, '--out', out].map(String),
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return { child, ended: once(child, 'exit') };
}

async function made(run, out, number) {
  while (recordsOf(out).length < number) {
    if (run.child.exitCode !== null) throw new Error(`captions ended with ${run.child.exitCode}`);
    await sleep(50);
  }
}

/** Captions a second between the first and the last, by the log. */
async function timed(out, from) {
  const run = captions(out, from);
  await made(run, out, 1);
  const [began, had] = [performance.now(), recordsOf(out).length];
  await made(run, out, count);
  const perSecond = (count - had) / ((performance.now() - began) / 1000);
  await run.ended;
  return perSecond;
}

function check(out) {
  const records = recordsOf(out);
  const indices = records.map(({ index }) => index).sort((a, b) => a - b);
  const whole = indices.length === count && indices.every((index, i) => index === i);
  if (!whole) throw new Error(`captions of ${out}: ${indices}`);
  return records;
}

const served = ['--server', url, '--model', MODEL];
let server = await serve();
const disturbed = path.join(folder, 'disturbed.jsonl');
let run = captions(disturbed, served);
await made(run, disturbed, Math.ceil(count / 3));
await kill(server);
const atServer = recordsOf(disturbed).length;
await sleep(3000);
server = await serve();
await made(run, disturbed, Math.ceil((2 * count) / 3));
await kill(run.child);
const atClient = recordsOf(disturbed).length;
await kill(server);
run = captions(disturbed, served); // nobody answers yet
await sleep(2000);
server = await serve();
const [code] = await run.ended;
if (code !== 0) throw new Error(`captions ended with ${code}`);
const records = check(disturbed);
console.log(
  `the server was killed after ${atServer} captions and came back, the client after ${atClient}: ${records.length} captions, each once`,
);

const rates = { server: await timed(path.join(folder, 'served.jsonl'), served) };
const undisturbed = check(path.join(folder, 'served.jsonl'));
const equal = records.filter(
  ({ index, caption }) => undisturbed.find((other) => other.index === index).caption === caption,
);
console.log(`${equal.length} of them are word for word those of a run that nothing disturbed`);
await kill(server);
rates.ours = await timed(path.join(folder, 'ours.jsonl'), ['--gguf', gguf, '--threads', threads]);
console.log(
  `captions a second, ${sequences} at once, ${threads} threads: ${rates.server.toFixed(2)} by the server, ${rates.ours.toFixed(2)} in our process`,
);
