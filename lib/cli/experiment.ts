import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { DEVICES, type Device } from '../engine/device.js';
import { InputError } from '../errors.js';
import { EXPERIMENTS, experimentsNamed } from '../experiments/definitions/index.js';
import type { Experiment } from '../experiments/experiment.js';
import { findImageSet, generatorHash, largestSets, makeImageSet } from '../experiments/imageSets.js';
import { type PlanEntry, planRuns } from '../experiments/plan.js';
import { secondsOfImages, secondsOfRun } from '../experiments/predict.js';
import { readRecords, recordsFolder } from '../experiments/records.js';
import { measuredRows, tableText } from '../experiments/results.js';
import type { SuiteSettings } from '../experiments/run.js';
import { runSuite, type SuiteOutcome } from '../experiments/runSuite.js';
import { type ExperimentSettings, experimentSettings } from '../experiments/settings.js';
import { type GeneratedImages, isReal } from '../experiments/spec.js';
import { powerInWords, powerOf } from '../experiments/statistics/power.js';
import { computeThreads } from '../runs/cores.js';
import { fromEnvironment } from '../runs/environment.js';
import { itemsOfPart, type Part } from '../runs/part.js';
import { runsPath } from '../runs/paths.js';
import { duration } from '../runs/progress.js';
import { openTierGenerator } from '../tiers/world/generator.js';
import { TIERS, type Tier } from '../tiers/world/settings.js';
import { onInterrupt } from './interrupt.js';
import { atMostCores, COUNT, MINUTES, numberOption, numbersOption, SEED, THREADS, WORKERS } from './numbers.js';
import { PART_HELP, parsePart } from './part.js';

interface Options {
  tier: Tier;
  seeds: number[];
  only?: string;
  part?: Part;
  processes: number;
  threads: number;
  workers: number;
  deadline?: number;
  list?: boolean;
  dryRun?: boolean;
  onlyImages?: boolean;
  skipImages?: boolean;
  checkpointEvery: number;
  encodeOn: Device;
  work: string;
  results: string;
}

/** `synclr experiment`: tables and figures of the paper in miniature, from captions to accuracies. */
export function experimentCommand(): Command {
  return new Command('experiment')
    .argument('[ids...]', 'experiments, or all; see --list')
    .addOption(new Option('--tier <tier>', 'their size').choices(TIERS).default('laptop'))
    .addOption(
      numbersOption('--seeds <seeds>', 'of training, separated by commas', { ...SEED, most: 9 }, { fallback: [0] }),
    )
    .option('--only <part>', 'only runs whose names have this part, as --dry-run shows them')
    .option('--part <i/n>', `${PART_HELP}: every n-th run; make the image sets first, with --only-images`, parsePart)
    .addOption(numberOption('--processes <n>', 'runs at a time', THREADS, { fallback: 1 }))
    .addOption(
      numberOption('--threads <n>', 'threads of each, on the CPU (default: the processor shared among them)', THREADS),
    )
    .addOption(numberOption('--workers <n>', 'threads of each that prepare batches', WORKERS, { fallback: 1 }))
    .addOption(numberOption('--deadline <minutes>', 'stop then, with checkpoints; what is finished stays', MINUTES))
    .option('--list', 'only say which experiments there are')
    .option('--resume', 'go on where a stopped suite left off: this is what it always does')
    .option('--dry-run', 'only say what would be done, and how long it takes')
    .option('--only-images', 'only make the image sets')
    .option('--skip-images', 'make no image set: do the runs whose sets are there')
    .addOption(
      numberOption('--checkpoint-every <n>', 'training steps between two checkpoints', COUNT, { fallback: 400 }),
    )
    .addOption(
      new Option('--encode-on <device>', 'where trained encoders run in judging; training takes SYNCLR_DEVICE')
        .choices(DEVICES)
        .default('onnx'),
    )
    .option('--work <folder>', 'image sets and run folders (default: runs/TIER/experiments)')
    .option('--results <folder>', 'where records go (default: paper-repro/results/laptop/runs)')
    .action(async (ids: string[], given: Partial<Options> & Pick<Options, 'tier'>) => {
      if (given.list) return say(listOf());
      if (ids.length === 0) {
        throw new InputError({
          where: 'experiment',
          expected: 'ids of experiments, or all',
          found: 'none',
          fix: 'see --list',
        });
      }
      await runExperiments(experimentsNamed(ids), complete(given));
    });
}

function complete(given: Partial<Options> & Pick<Options, 'tier'>): Options {
  const { tier } = given;
  // On a GPU more processes than cores may pay.
  const processes = fromEnvironment('SYNCLR_DEVICE')
    ? given.processes
    : atMostCores('--processes', given.processes ?? 1);
  return {
    work: runsPath(tier, 'experiments'),
    results: recordsFolder(tier),
    ...given,
    processes,
    threads: computeThreads({ asked: given.threads, processes }),
  } as Options;
}

async function runExperiments(experiments: readonly Experiment[], options: Options): Promise<void> {
  const { tier, deadline: minutes, processes } = options;
  const began = Date.now();
  const log = (line: string) => say(`[${clock(Date.now() - began)}] ${line}`);
  const settings = experimentSettings(tier);
  const plan = await planOf(experiments, settings, options);
  const missing = plan.runs.filter(({ done }) => !done);
  if (options.dryRun) return say(`${dryRun(plan, options)}\n\n${powerOfAll(experiments, settings, options)}`);

  const deadline = minutes === undefined ? undefined : began + 60_000 * minutes;
  const interrupted = onInterrupt('run the same command again to go on');
  const signal =
    deadline === undefined
      ? interrupted
      : AbortSignal.any([interrupted, AbortSignal.timeout(Math.max(0, deadline - Date.now()))]);
  log(`${plan.runs.length} runs, ${plan.runs.length - missing.length} of them done already`);
  const generator = await makeImages(plan.sets, { settings, options, generator: plan.generator, signal, log });
  if (!options.onlyImages && !signal.aborted) {
    const { work, results, workers, checkpointEvery, encodeOn } = options;
    const suite: SuiteSettings = { tier, work, results, generator, workers, checkpointEvery, encodeOn };
    const ready = missing.filter(
      ({ spec: { images } }) => isReal(images) || findImageSet(suite.work, images, generator),
    );
    const without = missing
      .filter((run) => !ready.includes(run))
      .map(({ name }) => ({ name, why: 'its pictures are missing' }));
    for (const { name } of without) log(`FAILED   ${name}: its pictures are missing`);
    const outcome = await runSuite(ready, {
      settings: suite,
      processes,
      threads: options.threads,
      deadline,
      signal: interrupted,
      log,
    });
    report({ ...outcome, failed: [...without, ...outcome.failed] }, log);
  }
  const records = readRecords(folders(options));
  for (const experiment of experiments) {
    const { artefact, question, metrics } = experiment;
    say(
      `\n${artefact}: ${question}\n${tableText(measuredRows(experiment, { settings, records }), metrics, settings.scoring)}`,
    );
  }
  if (interrupted.aborted) process.exitCode = 130; // as a shell says of Ctrl-C
}

/** Records of this command, and those that the repository has. */
const folders = ({ tier, results }: Options) => [...new Set([recordsFolder(tier), results])];

interface Plan {
  readonly generator: string;
  readonly runs: readonly PlanEntry[];
  /** image sets that are to be made */
  readonly sets: readonly GeneratedImages[];
}

async function planOf(
  experiments: readonly Experiment[],
  settings: ExperimentSettings,
  options: Options,
): Promise<Plan> {
  const generator = await generatorHash(settings.tier);
  const records = readRecords(folders(options));
  const all = planRuns(experiments, { settings, seeds: options.seeds, records, generator });
  const runs = itemsOfPart(
    all.filter(({ name }) => name.includes(options.only ?? '')),
    options.part,
  );
  const wanted = runs.filter(({ done }) => !done).map(({ spec: { images } }) => images);
  const absent = wanted.filter((images) => !isReal(images) && !findImageSet(options.work, images, generator));
  return { generator, runs, sets: largestSets(absent) };
}

/** Makes what is missing; a set that fails is reported, and its runs with it. @returns the generator's hash */
async function makeImages(
  sets: readonly GeneratedImages[],
  {
    settings: { tier },
    options: { work, processes, skipImages },
    generator,
    signal,
    log,
  }: {
    settings: ExperimentSettings;
    options: Options;
    generator: string;
    signal: AbortSignal;
    log: (line: string) => void;
  },
): Promise<string> {
  if (skipImages || sets.length === 0) return generator;
  if (generator === 'none') {
    log('training the generator of this tier');
    await (await openTierGenerator(tier)).release();
  }
  const hash = await generatorHash(tier);
  process.env.SYNCLR_THREADS = String(computeThreads({ processes }));
  for (const set of sets) {
    if (signal.aborted) break;
    const name = `${set.captions}, guidance ${set.guidance}, ${set.count} × ${set.imagesPerCaption}`;
    log(`images: ${name}`);
    try {
      await makeImageSet(set, { tier, work, generator: hash, processes, signal, onProgress: every(30_000, log) });
    } catch (error) {
      if (!signal.aborted)
        log(`FAILED   images: ${name}: ${error instanceof InputError ? error.message : (error as Error).stack}`);
    }
  }
  return hash;
}

function report({ finished, stopped, failed, left }: SuiteOutcome, log: (line: string) => void): void {
  log(`${finished.length} finished, ${failed.length} failed, ${stopped.length} stopped, ${left.length} not begun`);
  if (failed.length > 0) process.exitCode = 1;
}

/** Which runs there are, and a prediction for this machine's CPU. */
function dryRun({ runs, sets, generator }: Plan, { processes, threads, work, tier, results }: Options): string {
  const records = [...readRecords([recordsFolder(tier), results]).values()];
  const lines = runs.map((run) => {
    const { train, score } = secondsOfRun(run, { records, threads });
    const state = run.done ? 'done' : `${duration(train)} + ${duration(score)}`;
    return { seconds: run.done ? 0 : train + score, text: `${run.name}  ${state}  (${run.wantedBy.join(', ')})` };
  });
  const images = sets.map((set) => ({
    seconds: secondsOfImages(set),
    text: `images ${set.captions}, guidance ${set.guidance}, ${set.count} × ${set.imagesPerCaption}: ${duration(secondsOfImages(set) / (processes * threads))}`,
  }));
  const training =
    lines.reduce((sum, { seconds }) => sum + seconds, 0) / Math.min(processes, Math.max(1, lines.length));
  const drawing = images.reduce((sum, { seconds }) => sum + seconds, 0) / (processes * threads);
  return [
    ...images.map(({ text }) => text),
    ...lines.map(({ text }) => text),
    '',
    `generator ${generator.slice(0, 8)}, work in ${path.relative(process.cwd(), work) || work}${existsSync(work) ? '' : ' (new)'}`,
    `${lines.length} runs, ${runs.filter(({ done }) => done).length} done; on this processor (${processes} processes of ${threads} threads), ` +
      `training and judging take about ${duration(training)}, and pictures ${duration(drawing)}`,
  ].join('\n');
}

/** What the runs will be able to tell: said before they are run. */
function powerOfAll(experiments: readonly Experiment[], settings: ExperimentSettings, options: Options): string {
  const records = readRecords(folders(options));
  const lines = experiments.flatMap((experiment) =>
    powerOf(experiment, { settings, records }).map((power) => `${experiment.id}, ${powerInWords(power)}`),
  );
  return `Differences that two rows must show to be told apart (95 %):\n${lines.join('\n')}`;
}

function listOf(): string {
  const width = Math.max(...EXPERIMENTS.map(({ id }) => id.length));
  return EXPERIMENTS.map(({ id, artefact, question }) => `${id.padEnd(width)}  ${artefact}: ${question}`).join('\n');
}

/** Says how many pictures there are, every so many milliseconds at most. */
function every(pause: number, log: (line: string) => void): (done: number, total: number) => void {
  let said = Date.now();
  return (done, total) => {
    if (Date.now() - said < pause) return;
    said = Date.now();
    log(`${done} of ${total} pictures`);
  };
}

const clock = (ms: number) => {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
};

const say = (text: string) => void process.stdout.write(`${text}\n`);
