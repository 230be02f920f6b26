import { openPipeline } from '../diffusion/pipeline.js';
import type { TextToImage } from '../diffusion/textToImage.js';
import { rng } from '../random/rng.js';
import { compileTraining } from '../synclr/compileTraining.js';
import { type EncoderConfig, laptopClip, laptopStableRep, laptopSupervised, laptopSynclr } from '../synclr/config.js';
import type { ImageSource } from '../synclr/imageSource.js';
import { initTraining, scheduleSpecs } from '../synclr/objectives.js';
import { openBatches } from '../synclr/openBatches.js';
import { stepOperations } from '../synclr/operations.js';
import { schedule, specsOf } from '../synclr/train.js';

/** A prediction of the cost model for this machine, and what it took. */
export interface MeasuredStage {
  readonly what: string;
  /** seconds */
  readonly predicted: number;
  readonly measured: number;
}

/** One piece of work that can be timed again and again. */
interface Work {
  readonly what: string;
  /** in units that the model says time is proportional to */
  readonly amount: number;
  run(): Promise<unknown>;
}

/**
 * Foretells steps of this machine as the plan does those of GPUs, by operations and by pictures, from one step whose time is
 * known: of StableRep for SynCLR, CLIP and a classifier, of a few denoising steps for more pictures with more. All take
 * turns, so that what else the machine does is in all of them; a prediction is the median of those of the rounds.
 * @param options.captions in a batch of four images each
 */
export async function* measureStages({
  generator,
  captions = 8,
  rounds = 7,
}: {
  generator: string;
  captions?: number;
  rounds?: number;
}): AsyncGenerator<MeasuredStage> {
  const single = { captions: 4 * captions, steps: 100, warmup: 10 };
  const grouped = { ...single, captions };
  const steps = [
    await stepOf('a step of StableRep', { ...laptopStableRep, ...grouped }),
    await stepOf('a step of SynCLR', { ...laptopSynclr, ...grouped }),
    await stepOf('a step of CLIP', { ...laptopClip, ...single }),
    await stepOf('a step of a classifier', { ...laptopSupervised, ...single }),
    await stepOf('a step of SynCLR, twice the batch', { ...laptopSynclr, ...grouped, captions: 2 * captions }),
  ];
  yield* await inTurns(steps, rounds);
  const pipeline = await openPipeline(generator, { log: () => {} });
  yield* await inTurns([sampling(pipeline, 16, 4), sampling(pipeline, 32, 10)], rounds);
  await pipeline.release();
}

/** Times the first, then the others, in each round; what the first foretells of them stands beside what they took. */
async function inTurns([known, ...others]: readonly Work[], rounds: number): Promise<MeasuredStage[]> {
  const times: number[][] = [];
  for (let round = -1; round < rounds; round++) {
    const row: number[] = [];
    for (const { run } of [known, ...others]) {
      const began = performance.now();
      await run();
      row.push((performance.now() - began) / 1000);
    }
    if (round >= 0) times.push(row);
  }
  return others.map(({ what, amount }, i) => ({
    what: `${what}, from ${known.what}`,
    predicted: median(times.map(([first]) => (first * amount) / known.amount)),
    measured: median(times.map((row) => row[i + 1])),
  }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function stepOf(what: string, config: EncoderConfig): Promise<Work> {
  const state = initTraining(rng(0, 'measure'), config);
  const batches = openBatches({ config, seed: 0, source: noisePictures(config), from: 0 });
  const batch = await batches.next();
  await batches.close();
  const compiled = await compileTraining(config, { state, inputs: specsOf(batch, scheduleSpecs(config)) });
  let step = 0;
  return {
    what,
    amount: stepOperations(config),
    run: () => compiled.run({ ...batch, ...schedule(config, step++) }),
  };
}

/** What pictures show does not change what a step takes. */
function noisePictures({ model, imagesPerCaption, clip }: EncoderConfig): ImageSource {
  const side = model.image;
  return {
    captions: 512,
    imagesPerCaption,
    size: side,
    image: (caption, k) => Uint8Array.from(rng(0, caption, k).uniforms(side * side * 3), (u) => 256 * u),
    classOf: (caption) => caption % 200,
    tokens: () =>
      Int32Array.from({ length: clip?.text.context ?? 0 }, (_, i) => (i === 8 ? (clip?.text.vocabulary ?? 1) - 1 : 3)),
  };
}

/** Pictures of a few denoising steps, with guidance. */
function sampling(pipeline: TextToImage, pictures: number, steps: number): Work {
  const prompts = Array.from({ length: pictures }, (_, i) => ({ id: String(i), text: 'an owl on a table' }));
  return {
    what: `${pictures} pictures of ${steps} denoising steps`,
    amount: pictures * steps,
    run: () => pipeline.generate({ prompts, imagesPerPrompt: 1, guidance: 2.5, steps, seed: 0 }),
  };
}
