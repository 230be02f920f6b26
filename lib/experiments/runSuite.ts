import { fileURLToPath } from 'node:url';
import { duration, progress } from '../runs/progress.js';
import type { PlanEntry } from './plan.js';
import type { Stage, SuiteSettings } from './run.js';
import { startWorkerProcess, type WorkerProcess } from './workerProcess.js';

/** How the runs of a suite ended, by their names. */
export interface SuiteOutcome {
  readonly finished: string[];
  /** with a checkpoint, where training had begun */
  readonly stopped: string[];
  readonly failed: { readonly name: string; readonly why: string }[];
  /** not begun before the deadline */
  readonly left: string[];
}

/** Milliseconds between two lines on how far the suite is. */
const HEARTBEAT = 30_000;

/**
 * Does runs in worker processes, each one run after another, in the order given. A run that fails, or whose process dies, is
 * reported, and the others go on; a record is written the moment its run is done.
 *
 * @param deadline when no run may go on (ms since 1970): those under way are stopped and keep a checkpoint
 * @param grace how long processes may take to write a checkpoint when they are told to stop (ms); then they are killed
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
    grace = 15_000,
    log = () => {},
    program = fileURLToPath(new URL('./worker.js', import.meta.url)),
  }: {
    settings: SuiteSettings;
    processes: number;
    threads: number;
    deadline?: number;
    signal?: AbortSignal;
    grace?: number;
    log?: (line: string) => void;
    /** the worker's program; tests give others */
    program?: string;
  },
): Promise<SuiteOutcome> {
  const outcome: SuiteOutcome = { finished: [], stopped: [], failed: [], left: [] };
  const waiting = [...runs];
  const total = runs.reduce((sum, { spec }) => sum + spec.encoder.steps, 0);
  const bar = progress({ label: `${runs.length} runs`, total });
  const busy = new Set<WorkerProcess>();
  let stopping = false;
  const halt = (why: string) => {
    if (stopping) return;
    stopping = true;
    log(`${why}: ${busy.size} runs are stopped`);
    for (const one of busy) one.stop();
  };
  const timer =
    deadline === undefined ? undefined : setTimeout(() => halt('deadline'), Math.max(0, deadline - Date.now()));
  const abort = () => halt('interrupted');
  signal?.addEventListener('abort', abort, { once: true });
  const heartbeat = setInterval(() => log(status()), HEARTBEAT);
  const status = () => {
    const stages = [...busy].map(({ stage }) => stage);
    const count = (stage: Stage) => stages.filter((one) => one === stage).length;
    return (
      `${outcome.finished.length} of ${runs.length} runs done, ${count('training')} training, ${count('judging')} judging, ` +
      `${waiting.length} waiting${outcome.failed.length > 0 ? `, ${outcome.failed.length} failed` : ''}`
    );
  };

  /** One run after another, in a process that is started again when it dies. */
  const workThrough = async (number: number) => {
    let worker: WorkerProcess | undefined;
    for (let run = stopping ? undefined : waiting.shift(); run; run = stopping ? undefined : waiting.shift()) {
      worker ??= startWorkerProcess({
        program,
        settings,
        threads,
        grace,
        number,
        onSteps: (n, loss) => bar.tick(n, `loss ${loss.toFixed(3)}`),
      });
      busy.add(worker);
      log(`start    ${run.name}`);
      const began = Date.now();
      const end = await worker.work(run);
      busy.delete(worker);
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
      if (worker.dead()) worker = undefined;
    }
    worker?.end();
  };

  try {
    if (signal?.aborted) halt('interrupted');
    const hands = Math.min(processes, runs.length);
    await Promise.all(Array.from({ length: hands }, (_, number) => workThrough(number)));
  } finally {
    clearTimeout(timer);
    clearInterval(heartbeat);
    signal?.removeEventListener('abort', abort);
    bar.done();
  }
  outcome.left.push(...waiting.map(({ name }) => name));
  return outcome;
}
