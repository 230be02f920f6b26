import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Device } from '../engine/device.js';
import { InputError } from '../errors.js';
import { fromEnvironment } from '../runs/environment.js';
import type { FromWorker, ToWorker } from './messages.js';
import type { RunMetrics } from './records.js';
import { folderOfRun, type PlannedRun, runExperiment, type SuiteSettings } from './run.js';

// The program of a worker process: it is told runs, one at a time, and says how each went. Ctrl-C reaches the whole
// terminal; the process that started us decides what it means. When that one is gone, so are we.
const settings = JSON.parse(process.argv[2]) as SuiteSettings;
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());

// Training runs where SYNCLR_DEVICE says; everything else, the classifiers of the judging above all, on the CPU.
const device = fromEnvironment('SYNCLR_DEVICE') as Device | undefined;
delete process.env.SYNCLR_DEVICE;

const say = (message: FromWorker) => process.send?.(message);
const stop = new AbortController();

async function work(run: PlannedRun): Promise<void> {
  const folder = folderOfRun(run.spec, settings);
  mkdirSync(folder, { recursive: true });
  const log = (line: string) => appendFileSync(path.join(folder, 'log.txt'), `${new Date().toISOString()} ${line}\n`);
  const every = Math.max(1, Math.floor(run.spec.encoder.steps / 50));
  try {
    const result = await runExperiment(run, settings, {
      device,
      signal: stop.signal,
      onStep({ step, loss, seconds }) {
        if ((step + 1) % every !== 0) return;
        log(`step ${step + 1}: loss ${loss.toFixed(4)}, ${seconds.toFixed(3)} s`);
        say({ steps: every, loss });
      },
      onStage: (stage) => say({ stage }),
      log,
    });
    say(result ? { finished: { file: result.file, summary: summaryOf(result.metrics) } } : { stopped: true });
  } catch (error) {
    const words = error instanceof InputError ? error.message : String((error as Error).stack ?? error);
    log(`failed: ${words}`);
    say({ failed: words });
  }
}

function summaryOf({ probe, knn, average, segmentation, loss, trainSeconds, scoreSeconds }: RunMetrics): string {
  const percent = (value: number) => (100 * value).toFixed(1);
  return (
    `probe ${percent(probe.value)} % (${percent(probe.low)}–${percent(probe.high)}), kNN ${percent(knn)}, ` +
    `tasks ${percent(average)}${segmentation ? `, mIoU ${percent(segmentation.value)}` : ''}, loss ${loss.toFixed(3)}; ` +
    `trained ${trainSeconds.toFixed(0)} s, judged ${scoreSeconds.toFixed(0)} s`
  );
}

process.on('message', (message: ToWorker) => {
  if ('stop' in message) stop.abort(new Error('stopped'));
  else void work(message.run);
});
