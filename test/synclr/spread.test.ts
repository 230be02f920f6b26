import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { projectPath } from '../../lib/runs/index.js';
import { rowsOfHost } from '../../lib/synclr/spread.js';

/*
 * Training on many devices and hosts, on a CPU: XLA makes a processor into as many devices as it is told. Needs a Python with
 * JAX and onnx: SYNCLR_PYTHON=…/bin/python npx vitest run test/synclr/spread.test.ts
 */
const python = process.env.SYNCLR_PYTHON ?? 'python3';
const lacksJax = spawnSync(python, ['-c', 'import jax, onnx']).status !== 0;
const folder = mkdtempSync(path.join(tmpdir(), 'spread-'));
const MINUTES = 60_000;

interface Run {
  child: ChildProcess;
  lines: { step: number; loss: number }[];
  said: () => string;
  ended: Promise<unknown>;
}

function start(given: Record<string, unknown>, { devices = 1, hosts = '' } = {}): Run {
  const settings = JSON.stringify({ size: 'toy', objective: 'synclr', steps: 20, ...given });
  const child = spawn(process.execPath, [projectPath('bench', 'cluster', 'train.mjs'), settings], {
    env: {
      ...process.env,
      SYNCLR_PYTHON: python,
      SYNCLR_DEVICE: 'xla',
      SYNCLR_HOSTS: hosts,
      // Compiled once: what is killed and goes on is the same program.
      JAX_COMPILATION_CACHE_DIR: path.join(folder, 'compiled'),
      JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: '0',
      XLA_FLAGS: [
        `--xla_force_host_platform_device_count=${devices}`,
        '--xla_backend_optimization_level=0',
        '--xla_llvm_disable_expensive_passes=true',
        '--xla_cpu_collective_call_terminate_timeout_seconds=600',
      ].join(' '),
    },
  });
  const lines: Run['lines'] = [];
  let said = '';
  let rest = '';
  child.stdout.on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line)));
  });
  child.stderr.on('data', (text) => {
    said += text;
  });
  return { child, lines, said: () => said, ended: once(child, 'close') };
}

async function losses(run: Run): Promise<number[]> {
  await run.ended;
  expect(run.child.exitCode, run.said()).toBe(0);
  return run.lines.map(({ loss }) => loss);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Two processes of some devices each. */
async function pair(given: Record<string, unknown>, devices = 2): Promise<Run[]> {
  const address = `127.0.0.1:${await freePort()}`;
  return [0, 1].map((i) => start(given, { devices, hosts: `${i}/2@${address}` }));
}

const apart = (a: readonly number[], b: readonly number[]) => a.map((x, i) => Math.abs(x - b[i]) / Math.abs(x));

describe.skipIf(lacksJax)(`training over devices${lacksJax ? ' (no Python with jax and onnx)' : ''}`, () => {
  it(
    'changes nothing but rounding: 1, 2 and 8 devices, and two processes of two',
    async () => {
      const one = await losses(start({}));
      const hosts = { cropsAt: 'host' }; // a picture of bytes cannot differ by one unit in the last place
      const nudged = await losses(start({ ...hosts, nudge: 1 }));
      const grown = Math.max(...apart(await losses(start(hosts)), nudged));
      const pairs = await pair({});
      const [first, second] = await Promise.all(pairs.map(losses));
      expect(second).toEqual(first); // every process sees the same loss
      for (const many of [await losses(start({}, { devices: 2 })), await losses(start({}, { devices: 8 })), first]) {
        expect(many).toHaveLength(20);
        const differences = apart(one, many);
        expect(Math.max(...differences.slice(0, 5))).toBeLessThan(1e-4);
        expect(Math.max(...differences)).toBeLessThanOrEqual(Math.max(grown, 1e-4));
      }
    },
    60 * MINUTES,
  );

  it.each(['stablerep', 'clip', 'supervised'])(
    '%s on four devices is what it is on one',
    async (objective) => {
      const [one, four] = [await losses(start({ objective })), await losses(start({ objective }, { devices: 4 }))];
      expect(Math.max(...apart(one, four).slice(0, 5))).toBeLessThan(1e-4);
    },
    60 * MINUTES,
  );

  it(
    'rounds products to bfloat16 with a small change',
    async () => {
      const plain = await losses(start({ steps: 3 }));
      const rounded = await losses(start({ steps: 3, products: 'bfloat16' }, { devices: 2 }));
      expect(Math.max(...apart(plain, rounded))).toBeLessThan(0.03);
      expect(rounded).not.toEqual(plain);
    },
    60 * MINUTES,
  );

  it(
    'goes on after a kill, with another number of devices and of processes',
    async () => {
      const undisturbed = await losses(start({}));
      const out = path.join(folder, 'killed');
      const killed = await pair({ out, checkpointEvery: 2 });
      const at = 4 + Math.floor(8 * Math.random());
      while (killed[0].lines.length < at && killed[0].child.exitCode === null) await sleep(20);
      expect(killed[0].lines.length, killed[0].said()).toBeGreaterThanOrEqual(at);
      killed[1].child.kill('SIGKILL');
      killed[0].child.kill('SIGKILL');
      await Promise.all(killed.map(({ ended }) => ended));
      const eight = start({ out, checkpointEvery: 2 }, { devices: 8 });
      const rest = await losses(eight);
      const from = eight.lines[0].step;
      expect(from, `killed at ${at}`).toBeGreaterThan(0);
      expect(apart(undisturbed.slice(from), rest)[0]).toBeLessThan(1e-4);
      expect(readFileSync(path.join(out, 'metrics.jsonl'), 'utf8').trim().split('\n')).toHaveLength(20);
      expect(readdirSync(out)).toContain('encoder.safetensors');
    },
    60 * MINUTES,
  );

  it(
    'stops all processes after the same step when one is told to',
    async () => {
      const out = path.join(folder, 'stopped');
      const both = await pair({ out, steps: 2000 }, 1);
      while (both[1].lines.length < 3 && both[1].child.exitCode === null) await sleep(20);
      both[1].child.kill('SIGTERM');
      await Promise.all(both.map(({ ended }) => ended));
      expect(both.map(({ child }) => child.exitCode)).toEqual([0, 130]);
      expect(both[0].lines.length).toBe(both[1].lines.length);
      const [checkpoint] = readdirSync(out).filter((name) => name.startsWith('checkpoint-'));
      expect(checkpoint).toBe(`checkpoint-${String(both[0].lines.length).padStart(6, '0')}.safetensors`);
    },
    60 * MINUTES,
  );

  it(
    'refuses a batch that does not divide',
    async () => {
      const run = start({ steps: 2 }, { devices: 3 });
      await run.ended;
      expect(run.said()).toMatch(/on 3 devices[\s\S]*rows of pictures that divide[\s\S]*16/);
    },
    60 * MINUTES,
  );
});

describe('rowsOfHost', () => {
  it('shares rows out in runs', () => {
    expect([0, 1, 2].map((index) => rowsOfHost(12, { index, of: 3 }))).toEqual([
      [0, 4],
      [4, 8],
      [8, 12],
    ]);
    expect(() => rowsOfHost(12, { index: 0, of: 5 })).toThrow(/5 hosts[\s\S]*12 rows/);
  });
});
