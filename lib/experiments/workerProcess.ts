import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { withAllocator } from '../runs/allocator.js';
import type { FromWorker, ToWorker } from './messages.js';
import type { PlanEntry } from './plan.js';
import type { Stage, SuiteSettings } from './run.js';

/** How a run ended. */
export type RunEnd = Extract<FromWorker, { finished: unknown } | { stopped: unknown } | { failed: unknown }>;

/** A worker process and the run that it does. */
export interface WorkerProcess {
  stage: Stage;
  work(run: PlanEntry): Promise<RunEnd>;
  /** Asks for a checkpoint; after `grace` the process is killed. */
  stop(): void;
  dead(): boolean;
  end(): void;
}

/** Starts the program of a worker; what libraries print there, errors of a dying process above all, goes to a file. */
export function startWorkerProcess({
  program,
  settings,
  threads,
  grace,
  number,
  onSteps,
}: {
  program: string;
  settings: SuiteSettings;
  threads: number;
  grace: number;
  number: number;
  onSteps: (steps: number, loss: number) => void;
}): WorkerProcess {
  const folder = path.join(settings.work, 'processes');
  mkdirSync(folder, { recursive: true });
  const printed = openSync(path.join(folder, `${number}.txt`), 'a');
  const child = fork(program, [JSON.stringify(settings)], {
    env: withAllocator({ ...process.env, SYNCLR_THREADS: String(threads) }),
    execArgv: [],
    stdio: ['ignore', printed, printed, 'ipc'],
  });
  closeSync(printed);
  let answer: ((end: RunEnd) => void) | undefined;
  let dead = false;
  let kill: NodeJS.Timeout | undefined;
  const conclude = (end: RunEnd) => {
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
    else if ('stage' in message) worker.stage = message.stage;
    else conclude(message);
  });
  const tell = (message: ToWorker) => child.send(message, (error) => error && die(error.message));
  const worker: WorkerProcess = {
    stage: 'training',
    work: ({ spec, metrics }) =>
      new Promise((resolve) => {
        answer = resolve;
        worker.stage = 'training';
        tell({ run: { spec, metrics } });
      }),
    stop() {
      if (dead) return;
      tell({ stop: true });
      kill = setTimeout(() => child.kill('SIGKILL'), grace);
    },
    dead: () => dead,
    end() {
      clearTimeout(kill);
      if (!dead) child.kill();
    },
  };
  return worker;
}
