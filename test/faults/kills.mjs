// Runs that are killed at random moments and started again, until they end: with the bytes of an undisturbed run.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exportGenerator } from '../../lib/dist/diffusion/exportGenerator.js';
import { generateImageSet } from '../../lib/dist/diffusion/generateImageSet.js';
import { rng } from '../../lib/dist/random/rng.js';
import { projectPath } from '../../lib/dist/runs/paths.js';
import { decodeSafetensors } from '../../lib/dist/runs/safetensors.js';
import { initVit, vitConfigs } from '../../lib/dist/synclr/vit.js';
import { writeBackbone } from '../../lib/dist/synclr/weights/readBackbone.js';
import { drawnPipeline, toyModel } from './toys.mjs';

const main = projectPath('lib', 'dist', 'cli', 'main.js');
const tuned = ['--concepts', '4', '--train', '32', '--test', '8', '--batch', '4', '--random-init'];
const writeToyEncoder = (folder) =>
  writeBackbone(path.join(folder, 'toy.safetensors'), {
    params: initVit(rng(0), vitConfigs.toy),
    config: vitConfigs.toy,
  });
const encoder = (folder) => ['--encoder', path.join(folder, 'toy.safetensors')];

/** A server in a process of its own, which ends with this one: ours may wait for a command and answer nobody. */
async function startServer(folder) {
  const server = fork(fileURLToPath(new URL('./toyServer.mjs', import.meta.url)));
  const [address] = await once(server, 'message');
  server.unref();
  server.channel.unref();
  writeFileSync(path.join(folder, 'server'), address);
  writeFileSync(path.join(folder, 'concepts.csv'), 'name,backgrounds\nowl,sea\nred fish,sea;forest\nkite,\n');
}

/** Each stage: what it needs, and the arguments of Node for a run of the command line that writes to the folder `out`. */
export const stages = {
  captions: {
    prepare: startServer,
    args: (folder, out) => [
      ...[main, 'captions', '--server', readFileSync(path.join(folder, 'server'), 'utf8'), '--model', 'toy'],
      ...['--concepts', path.join(folder, 'concepts.csv'), '--count', '400', '--sequences', '4'],
      ...['--out', path.join(out, 'captions.jsonl')],
    ],
  },
  generate: {
    prepare: (folder) => exportGenerator(path.join(folder, 'model'), toyModel()),
    args: (folder, out) => [
      ...[main, 'generate', '--model', path.join(folder, 'model'), '--count', '24', '--images', '2', '--steps', '60'],
      ...['--shard-captions', '1', '--seed', '5', '--out', out],
    ],
  },
  'train-encoder': {
    async prepare(folder) {
      const captions = Array.from({ length: 8 }, (_, i) => ({ id: `c${i}`, text: `caption ${i}`, concept: 'fox' }));
      const pipeline = drawnPipeline({ size: 64 });
      await generateImageSet({ pipeline, captions, out: path.join(folder, 'images'), seed: 1, imagesPerCaption: 4 });
    },
    args: (folder, out) => [
      ...[main, 'train-encoder', '--images', path.join(folder, 'images'), '--steps', '12', '--batch', '4'],
      ...['--patch', '16', '--locals', '0', '--checkpoint-every', '3', '--keep', '2', '--out', out],
    ],
  },
  segment: {
    prepare: writeToyEncoder,
    args: (folder, out) => [
      ...[main, 'segment', ...encoder(folder), ...tuned, '--preset', 'laptop-linear', '--steps', '12', '--size', '80'],
      ...['--out', out],
    ],
  },
  finetune: {
    prepare: writeToyEncoder,
    args: (folder, out) => [main, 'finetune', ...encoder(folder), ...tuned, '--epochs', '3', '--out', out],
  },
};

/** Kills a stage `kills` times. @returns counts, and what differed or went wrong */
export async function killStage(name, { seed, kills }) {
  const folder = mkdtempSync(path.join(tmpdir(), `synclr-kills-${name}-`));
  const { prepare, args } = stages[name];
  const moments = rng(seed, 'kills', name);
  const findings = [];
  const counts = { kills: 0, 'whole runs': 0 };
  let runs = 0;
  const find = (what) => findings.push(`${name}, after ${counts.kills} kills: ${what}`);
  const start = (out) => startRun(args(folder, path.join(folder, out)));
  try {
    await prepare(folder);
    const began = performance.now();
    const whole = start('whole/x');
    if ((await whole.ended) !== 0) return { counts, findings: [`${name}, undisturbed: ${whole.said()}`] };
    const length = performance.now() - began;
    const wanted = contents(path.join(folder, 'whole'));
    for (let attempt = 0; counts.kills < kills; attempt++) {
      // Killed and started again, until one comes to its end; then anew.
      for (let running = true; running; ) {
        const run = start(`killed-${attempt}/x`);
        const moment = sleep(counts.kills < kills ? length * moments.child(runs++).uniform() : 2 ** 30, 'kill', {
          ref: false,
        });
        const end = await Promise.race([run.ended, moment]);
        if (end === 'kill') {
          run.kill();
          await run.ended;
          counts.kills++;
          if (!(await goneWithin(10, path.join(folder, `killed-${attempt}`)))) find('a process of the run lives on');
        } else {
          running = false;
          if (end !== 0) find(`exit code ${end}: ${run.said()}`);
        }
      }
      counts['whole runs']++;
      const found = contents(path.join(folder, `killed-${attempt}`));
      const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
      const different = names.filter((file) => wanted[file] !== found[file]);
      if (different.length > 0) find(`not as undisturbed: ${different.join(', ')}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { counts, findings };
}

function startRun(args) {
  // One thread, and GLIBC_TUNABLES set: the command line does not start itself once more.
  const env = { ...process.env, SYNCLR_THREADS: '1', GLIBC_TUNABLES: '' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said = `${said}${text}`.slice(-2000);
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  return { ended, kill: () => child.kill('SIGKILL'), said: () => said };
}

/** Whether no process that names this path is left, after so many seconds at most. */
async function goneWithin(seconds, named) {
  for (let left = 10 * seconds; left > 0; left--) {
    const others = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(named));
    if (others.length === 0) return true;
    await sleep(100);
  }
  return false;
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** What tells of clocks and of the machine, and so may differ. */
const CLOCKS = ['seconds', 'secondsPerStep', 'finished', 'imagesPerSecond', 'commit'];

/** The files of a folder by name, as text without clocks; TensorBoard's hold nothing but clocks and what stands elsewhere. */
function contents(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const named = files
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('tfevents'));
  return Object.fromEntries(named.map((file) => [path.relative(folder, file), textOf(file)]));
}

function textOf(file) {
  const bytes = readFileSync(file);
  if (/\.json$/.test(file)) return withoutClocks(JSON.parse(bytes));
  if (/\.jsonl$/.test(file))
    return bytes
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => withoutClocks(JSON.parse(line)))
      .join('\n');
  if (!file.endsWith('.safetensors')) return bytes.toString('latin1');
  const { tensors, metadata } = decodeSafetensors(bytes);
  const parts = Object.entries(tensors).map(([name, { shape, data }]) => [
    name,
    shape,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  ]);
  return `${withoutClocks(Object.entries(metadata).map(([key, text]) => [key, /^[[{]/.test(text) ? JSON.parse(text) : text]))} ${JSON.stringify(parts)}`;
}

const withoutClocks = (value) => JSON.stringify(value, (key, inner) => (CLOCKS.includes(key) ? undefined : inner));
