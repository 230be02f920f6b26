import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeBars } from '../../lib/figures/probeBars.js';
import { type Kernel, startKernel } from '../../lib/notebook/kernel.js';
import { Interrupted, setCurrentCell, stopSignal, throwIfInterrupted } from '../../lib/runs/cell.js';
import { runSteps } from '../../lib/runs/runSteps.js';
import { say } from './kernels.js';

const patience = { timeout: 300_000 };
const library = (file: string) => JSON.stringify(fileURLToPath(new URL(`../../lib/dist/${file}`, import.meta.url)));

/** Runs a cell and presses ■ when it prints. */
async function stopWhenItPrints(kernel: Kernel, code: string) {
  const said: { type: string; content: Record<string, unknown> }[] = [];
  const onOutput = (message: (typeof said)[number]) => {
    said.push(message);
    if (message.type === 'stream') kernel.interrupt();
  };
  const reply = await kernel.execute(code, { timeoutSeconds: 120, onOutput });
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { reply, error: said.find(({ type }) => type === 'error')?.content };
}

describe('■', patience, () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await startKernel();
    await say(kernel, `const { stopSignal } = require(${library('runs/cell.js')});`);
  }, 300_000);
  afterAll(() => kernel?.shutdown());

  it('stops work that looks at the signal, and nothing runs on behind the idle kernel', async () => {
    await say(
      kernel,
      `let steps = 0;
      async function work() {
        const signal = stopSignal();
        for (;;) { await new Promise((f) => setTimeout(f, 10)); signal.throwIfAborted(); steps++; }
      }`,
    );
    const { error } = await stopWhenItPrints(kernel, `setTimeout(() => console.log('now'), 100); await work();`);
    expect(error).toMatchObject({ ename: 'Interrupted', traceback: ['Interrupted: stopped by ■'] });
    const before = await say(kernel, 'console.log(steps)');
    const after = await say(kernel, 'await new Promise((f) => setTimeout(f, 200)); console.log(steps)');
    expect(Number(before.text)).toBeGreaterThan(0);
    expect(after.text).toBe(before.text);
  });

  it("stops a loop of the cell's own, which looks at nothing, even if it wakes in a later cell", async () => {
    await say(
      kernel,
      `let turns = 0;
      async function turn(ms: number) { for (;;) { await new Promise((f) => setTimeout(f, ms)); turns++; } }
      void turn(1);`,
    );
    const before = await say(kernel, 'await new Promise((f) => setTimeout(f, 100)); console.log(turns)');
    expect(Number(before.text)).toBeGreaterThan(0);
    const { error } = await stopWhenItPrints(
      kernel,
      `turn(400); setTimeout(() => console.log('now'), 100); await turn(10);`,
    );
    expect(error).toMatchObject({ ename: 'Interrupted', traceback: ['Interrupted: stopped by ■'] });
    const counted =
      'await new Promise((f) => setTimeout(f, 600)); turns = 0; await new Promise((f) => setTimeout(f, 600)); console.log(turns)';
    expect((await say(kernel, counted)).text).toBe('0\n');
  });

  it.each([
    ['a wait without an end', `setTimeout(() => console.log('now'), 100); await new Promise(() => {});`],
    ['a loop without an end', `console.log('now'); while (true) {}`],
  ])('ends %s', async (_, code) => {
    const { reply, error } = await stopWhenItPrints(kernel, code);
    expect(reply.status).toBe('error');
    expect(error).toMatchObject({ ename: 'Interrupted' });
    expect(await say(kernel, 'console.log(1 + 1)')).toMatchObject({ status: 'ok', text: '2\n' });
  });
});

describe('stopSignal', () => {
  const cell = () => {
    const stop = new AbortController();
    setCurrentCell({ signal: stop.signal, display() {}, erase() {} });
    return stop;
  };
  afterAll(() => setCurrentCell(undefined));

  it("is the caller's signal, the cell's, or either", () => {
    setCurrentCell(undefined);
    const own = new AbortController();
    expect(stopSignal()).toBeUndefined();
    expect(stopSignal(own.signal)).toBe(own.signal);
    const stop = cell();
    const either = stopSignal(own.signal);
    expect(stopSignal()).toBe(stop.signal);
    stop.abort(new Interrupted('stopped by ■'));
    expect(either?.aborted).toBe(true);
    expect(() => throwIfInterrupted(either)).toThrow(Interrupted);
    own.abort();
    expect(() => throwIfInterrupted(own.signal)).not.toThrow();
  });
});

describe('a training in a cell', () => {
  afterAll(() => setCurrentCell(undefined));

  it('stops after its step with a checkpoint, throws, and goes on from there in another cell', async () => {
    const saved: number[] = [];
    const train = (from: number, onStep: (done: number) => void) =>
      runSteps<number>({
        label: 'test',
        from,
        until: 5,
        state: {},
        batches: { next: async () => 0 },
        open: async () => ({ run: async () => ({}), state: async () => ({}), release: async () => {} }),
        inputs: () => ({}),
        report: ({ done }) => {
          onStep(done);
          return '';
        },
        due: () => false,
        save: (_, done) => void saved.push(done),
      });
    const stop = new AbortController();
    const cell = { display() {}, erase() {} };
    setCurrentCell({ ...cell, signal: stop.signal });
    const stopped = train(0, (done) => done === 2 && stop.abort(new Interrupted('stopped by ■')));
    await expect(stopped).rejects.toThrow(Interrupted);
    await expect(train(2, () => {})).rejects.toThrow(Interrupted);
    expect(saved).toEqual([2]);
    setCurrentCell({ ...cell, signal: new AbortController().signal });
    const steps: number[] = [];
    expect(await train(saved[0], (done) => void steps.push(done))).toMatchObject({ step: 5 });
    expect(steps).toEqual([3, 4, 5]);
  });
});

describe('figures', patience, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'synclr-figures-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const data = { quantity: 'accuracy (%)', rows: [{ method: 'SynCLR', accuracy: 66.6, low: 63.9, high: 69.2 }] };

  it("survive ■, which reaches the kernel's process group, and the end of their browser", async () => {
    const script = `
      import { readFileSync } from 'node:fs';
      const { saveFigure } = await import(${library('figures/save.js')});
      const draw = () => saveFigure('bars', ${JSON.stringify(probeBars(data))}, { data: {}, folder: ${JSON.stringify(folder)} });
      process.on('SIGINT', () => {});
      setInterval(() => {}, 1000);
      await draw();
      console.log('ready');
      await new Promise((resolve) => process.once('SIGINT', resolve));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await draw();
      console.log('survived');
      const [browser] = readFileSync('/proc/' + process.pid + '/task/' + process.pid + '/children', 'utf8').trim().split(' ');
      process.kill(Number(browser), 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await draw();
      console.log('drawn again');
      process.exit();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (text.includes('ready')) process.kill(-child.pid!, 'SIGINT');
    });
    await once(child, 'exit');
    expect(said).toBe('ready\nsurvived\ndrawn again\n');
  });
});
