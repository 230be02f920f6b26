import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withAllocator } from '../engine/allocator.js';
import { duration, progress } from '../runs/progress.js';
import type { FromWorker, ToWorker } from './messages.js';
import type { PlanEntry } from './plan.js';
import type { Stage, SuiteSettings } from './run.js';

/** How the runs of a suite ended, by their names. */
export interface SuiteOutcome {
  readonly finished: string[];
  /** with a checkpoint, where training had begun */
  readonly stopped: string[];
  readonly failed: { readonly name: string; readonly why: string }[];
  /** not begun before the deadline */
  readonly left: string[];
}

/** After the signal to stop, how long processes may take to write a checkpoint (ms). */
const GRACE = 8_000;
/** Milliseconds between two lines on how far the suite is. */
const HEARTBEAT = 30_000;

/**
 * Does runs in worker processes, each one run after another, in the order given. A run that fails, or whose process dies, is
 * reported, and the others go on; a record is written the moment its run is done.
 *
 * @param deadline when no run may go on (ms since 1970): those under way are stopped and keep a checkpoint
 * @param threads of each process: for training on the CPU, and for judging
 * @param log told a line whenever something happened
 */
export async function runSuite(
  runs: readonly PlanEntry[],
  {
    settings,
    processes,
    threads,
    deadline,
    signal,
    log = () => {},
    program = fileURLToPath(new URL('./worker.js', import.meta.url)),
  }: {
    settings: SuiteSettings;
    processes: number;
    threads: number;
    deadline?: number;
    signal?: AbortSignal;
    log?: (line: string) => void;
    /** the worker's program; tests give others */
    program?: string;
  },
): Promise<SuiteOutcome> {
  const outcome: SuiteOutcome = { finished: [], stopped: [], failed: [], left: [] };
  const waiting = [...runs];
  const total = runs.reduce((sum, { spec }) => sum + spec.encoder.steps, 0);
  const bar = progress({ label: `${runs.length} runs`, total });
  const crew = new Set<Crewman>();
  let stopping = false;
  const halt = (why: string) => {
    if (stopping) return;
    stopping = true;
    log(`${why}: ${crew.size} runs are stopped`);
    for (const one of crew) one.stop();
  };
  const timer =
    deadline === undefined ? undefined : setTimeout(() => halt('deadline'), Math.max(0, deadline - Date.now()));
  const abort = () => halt('interrupted');
  signal?.addEventListener('abort', abort, { once: true });
  const heartbeat = setInterval(() => log(status()), HEARTBEAT);
  const status = () => {
    const stages = [...crew].map(({ stage }) => stage);
    const count = (stage: Stage) => stages.filter((one) => one === stage).length;
    return (
      `${outcome.finished.length} of ${runs.length} runs done, ${count('training')} training, ${count('judging')} judging, ` +
      `${waiting.length} waiting${outcome.failed.length > 0 ? `, ${outcome.failed.length} failed` : ''}`
    );
  };

  /** One run after another, in a process that is started again when it dies. */
  const labour = async (number: number) => {
    let crewman: Crewman | undefined;
    for (let run = stopping ? undefined : waiting.shift(); run; run = stopping ? undefined : waiting.shift()) {
      crewman ??= startCrewman({
        program,
        settings,
        threads,
        number,
        onSteps: (n, loss) => bar.tick(n, `loss ${loss.toFixed(3)}`),
      });
      crew.add(crewman);
      log(`start    ${run.name}`);
      const began = Date.now();
      const end = await crewman.work(run);
      crew.delete(crewman);
      const took = duration((Date.now() - began) / 1000);
      if ('finished' in end) {
        outcome.finished.push(run.name);
        log(`finished ${run.name} in ${took}: ${end.finished.summary}`);
      } else if ('failed' in end && !stopping) {
        outcome.failed.push({ name: run.name, why: end.failed });
        log(`FAILED   ${run.name} after ${took}: ${end.failed}`);
      } else {
        outcome.stopped.push(run.name);
        log(`stopped  ${run.name} after ${took}`);
      }
      if (crewman.dead()) crewman = undefined;
    }
    crewman?.end();
  };

  try {
    if (signal?.aborted) halt('interrupted');
    const hands = Math.min(processes, runs.length);
    await Promise.all(Array.from({ length: hands }, (_, number) => labour(number)));
  } finally {
    clearTimeout(timer);
    clearInterval(heartbeat);
    signal?.removeEventListener('abort', abort);
    bar.done();
  }
  outcome.left.push(...waiting.map(({ name }) => name));
  return outcome;
}

/** How a run ended. */
type End = Extract<FromWorker, { finished: unknown } | { stopped: unknown } | { failed: unknown }>;

/** A worker process and the run that it does. */
interface Crewman {
  stage: Stage;
  work(run: PlanEntry): Promise<End>;
  /** Asks for a checkpoint; after `GRACE` the process is killed. */
  stop(): void;
  dead(): boolean;
  end(): void;
}

function startCrewman({
  program,
  settings,
  threads,
  number,
  onSteps,
}: {
  program: string;
  settings: SuiteSettings;
  threads: number;
  number: number;
  onSteps: (steps: number, loss: number) => void;
}): Crewman {
  const folder = path.join(settings.work, 'processes');
  mkdirSync(folder, { recursive: true });
  // What libraries print: errors of a dying process above all.
  const printed = openSync(path.join(folder, `${number}.txt`), 'a');
  const child = fork(program, [JSON.stringify(settings)], {
    env: withAllocator({ ...process.env, SYNCLR_THREADS: String(threads) }),
    execArgv: [],
    stdio: ['ignore', printed, printed, 'ipc'],
  });
  closeSync(printed);
  let answer: ((end: End) => void) | undefined;
  let dead = false;
  let kill: NodeJS.Timeout | undefined;
  const conclude = (end: End) => {
    answer?.(end);
    answer = undefined;
  };
  const die = (why: string) => {
    dead = true;
    clearTimeout(kill);
    conclude({ failed: `its process ended (${why}); what it printed is in ${path.join(folder, `${number}.txt`)}` });
  };
  child.on('error', (error) => die(error.message));
  child.on('exit', (code, killedBy) => die(killedBy ?? `exit code ${code}`));
  child.on('message', (message: FromWorker) => {
    if ('steps' in message) onSteps(message.steps, message.loss);
    else if ('stage' in message) crewman.stage = message.stage;
    else conclude(message);
  });
  const tell = (message: ToWorker) => child.send(message, (error) => error && die(error.message));
  const crewman: Crewman = {
    stage: 'training',
    work: ({ spec, metrics }) =>
      new Promise((resolve) => {
        answer = resolve;
        crewman.stage = 'training';
        tell({ run: { spec, metrics } });
      }),
    stop() {
      if (dead) return;
      tell({ stop: true });
      kill = setTimeout(() => child.kill('SIGKILL'), GRACE);
    },
    dead: () => dead,
    end() {
      clearTimeout(kill);
      if (!dead) child.kill();
    },
  };
  return crewman;
}
