import { EXPERIMENTS, experimentsNamed } from '../experiments/definitions/index.js';
import { holds, largestSets } from '../experiments/imageSets.js';
import { planRuns } from '../experiments/plan.js';
import { secondsOfImages, secondsOfRun } from '../experiments/predict.js';
import { readRecords, recordsFolder } from '../experiments/records.js';
import { experimentSettings } from '../experiments/settings.js';
import type { Stage } from './stages.js';

/** Where the runs of the stages are, from the root: apart from other runs, so that all of it is new. */
export const FROM_SCRATCH = 'runs/laptop/from-scratch';

const WORK = `${FROM_SCRATCH}/experiments`;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const CAPTIONS = 'data/captions/emoji-laptop.jsonl.gz';
const PLACES = 'data/captions/emoji-places.jsonl.gz';
/** Experiments that are run with a second seed; of the last ones, not every committed row has one. */
const TWICE = ['table5', 'table4', 'one-place', 'figure1', 'table10', 'scaling', 'positives', 'real-vs-synthetic'];
const RESULTS = 'paper-repro/results/laptop';
const MEASURES = ['measures', 'judge', '8bit', '32bit'].map((name) => `${RESULTS}/generator-${name}.json`);

/**
 * Everything that is committed of the laptop tier, in the order in which it is made. Seconds are those of two cores.
 * @param gguf the language model; without it the captions stay
 */
export function laptopStages({ gguf }: { gguf?: string } = {}): Stage[] {
  return [
    captionStage(gguf),
    {
      id: 'judge',
      makes: 'the classifier that scores generated pictures, trained on real scenes',
      commands: [words(`train-judge --run ${FROM_SCRATCH}/judge`)],
      replaces: ['data/models/judge'],
      seconds: 5663,
      because: 'as its record says',
    },
    {
      id: 'generator',
      makes: 'the text-to-image model, in 8 bits, and for the measures in 32',
      commands: [
        words(
          `train-generator --width 256 --batch 256 --steps 8200 --decay-from 0.3 --out ${FROM_SCRATCH}/generator-run`,
        ),
        words(`export-generator --int8 --run ${FROM_SCRATCH}/generator-run`),
        words(`export-generator --run ${FROM_SCRATCH}/generator-run --out ${FROM_SCRATCH}/generator-32bit`),
      ],
      replaces: ['data/models/generator-laptop'],
      seconds: 8200 * 4 * 0.92 * 1.75,
      because:
        'estimated: 64 images take 0.92 s at width 192, and 1.75 times that at 256; the committed one took 5.5 minutes with SYNCLR_DEVICE=xla on a GPU',
    },
    {
      id: 'measures',
      makes: 'what the judge says of the generator by guidance and steps, and in 8 and 32 bits',
      commands: [
        ['--count 300 --guidance 1,1.5,2,2.5,3,4,6,8 --steps 10', MEASURES[0]],
        ['--count 300 --guidance 2.5 --steps 4,6,16,25', MEASURES[0]],
        ['--count 2000 --images 1 --guidance 2.5 --steps 10', MEASURES[1]],
        ['--count 240 --images 1 --guidance 2.5 --steps 16', MEASURES[2]],
        [`--count 240 --images 1 --guidance 2.5 --steps 16 --generator ${FROM_SCRATCH}/generator-32bit`, MEASURES[3]],
      ].map(([settings, out]) => words(`measure-generator ${settings} --out ${out}`)),
      replaces: MEASURES,
      afresh: true,
      seconds: 1034 + 302 + 129 + 236,
      because: 'as the records say',
    },
    {
      id: 'images',
      makes: 'four pictures of each of 10 000 captions',
      commands: [words(`experiment scaling --only-images --processes 2 --work ${WORK}`)],
      // Of runs that have a record, no pictures would be made.
      replaces: [`${RESULTS}/runs`],
      afresh: true,
      seconds: 40_000 / 42,
      because: 'measured: 42 pictures a second',
    },
    encoderStage('stablerep', PICTURES, { seconds: 31 * MINUTE, because: 'as its record says' }),
    encoderStage('synclr', PICTURES, { seconds: 61 * MINUTE, because: 'measured: 2.0 s a step' }),
    encoderStage('supervised', REAL, { seconds: 28 * MINUTE, because: 'estimated from steps on one core' }),
    {
      id: 'evaluation',
      makes: 'every protocol for these encoders, an untrained one and raw pixels',
      commands: [words('evaluate-all')],
      replaces: [`${RESULTS}/evaluation`],
      afresh: true,
      seconds: 791 + 2 * 485 + 1053 + 205,
      because: 'sums of the records',
    },
    {
      id: 'experiments',
      makes:
        'the tables and figures of the paper in miniature, with the image sets that they need beside; those whose conclusions rest on small differences with two seeds',
      commands: [
        words(`experiment all --processes 2 --work ${WORK}`),
        words(`experiment ${TWICE.join(' ')} --seeds 1 --processes 2 --work ${WORK}`),
      ],
      replaces: [],
      seconds: secondsOfExperiments(),
      because: 'as the records of like runs say, else from counted operations',
    },
    {
      id: 'notebooks',
      makes: 'every notebook and figure',
      commands: [words('reproduce --tier laptop')],
      replaces: ['notebooks', 'figures'],
      seconds: 6 * MINUTE,
      because: 'measured',
    },
  ];
}

function captionStage(gguf?: string): Stage {
  const common = { id: 'captions', makes: '20 000 captions, and 1 000 of things before any background' };
  if (!gguf) {
    const because = `its language model, Gemma 3 270M, is not in the npm registry; with --gguf FILE they are written again, in 1 h 50 min (where to get it: data/captions/README.md)`;
    return { ...common, commands: [], replaces: [], seconds: 0, because };
  }
  const write = (settings: string) => [...words('captions --gguf'), gguf, ...words(settings)];
  return {
    ...common,
    commands: [
      write(`--sequences 32 --count 20000 --out ${CAPTIONS}`),
      write(`--sequences 64 --count 1000 --strategy IN+Places+LLM --out ${PLACES}`),
    ],
    replaces: [CAPTIONS, PLACES],
    afresh: true,
    seconds: 1.05 * 1.75 * HOUR,
    because:
      'measured: 1 h 45 min for 20 000; the words come out otherwise, so notebook 01 stops until data/captions/judged.json is read again by a person',
  };
}

/** What encoders learn from: the pictures of the stage before, or the upper bound's real scenes. */
const PICTURES = { named: 'those pictures', option: `--images ${WORK}/images/synthesised-w2.5-10000x4-*` };
const REAL = { named: 'real training scenes', option: '--real 9600' };

function encoderStage(objective: string, source: typeof REAL, time: Pick<Stage, 'seconds' | 'because'>): Stage {
  const run = `${FROM_SCRATCH}/${objective}`;
  const settings = `--objective ${objective} --steps 1800 --knn-every 200`;
  return {
    id: objective,
    makes: `the encoder trained on ${source.named} with the objective ${objective}`,
    commands: [words(`train-encoder ${settings} ${source.option} --out ${run}`), words(`keep-encoder --run ${run}`)],
    replaces: [`data/models/encoder-${objective}`],
    ...time,
  };
}

/** All experiments with one seed, and some with another, in two processes of one thread. */
function secondsOfExperiments(): number {
  const settings = experimentSettings('laptop');
  const like = [...readRecords([recordsFolder('laptop')]).values()];
  const planned = (experiments: typeof EXPERIMENTS, seed: number) =>
    planRuns(experiments, { settings, seeds: [seed], records: new Map(), generator: 'none' });
  const runs = [...planned(EXPERIMENTS, 0), ...planned(experimentsNamed(TWICE), 1)];
  const setsOf = (some: typeof runs) => largestSets(some.map(({ spec }) => spec.images));
  const made = setsOf(planned(experimentsNamed(['scaling']), 0));
  const seconds = [
    ...runs.map((run) => secondsOfRun(run, { records: like, threads: 1 })).map(({ train, score }) => train + score),
    ...setsOf(runs)
      .filter((set) => !made.some((other) => holds(other, set)))
      .map(secondsOfImages),
  ];
  return seconds.reduce((sum, some) => sum + some, 0) / 2;
}

const words = (text: string) => text.split(' ');
