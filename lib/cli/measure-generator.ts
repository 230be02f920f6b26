import { existsSync } from 'node:fs';
import { Command, type OptionValues } from 'commander';
import { readCaptionLog } from '../captions/log.js';
import { selectCaptions } from '../captions/select.js';
import { worldConcepts } from '../data/concepts.js';
import { openPipeline } from '../diffusion/pipeline.js';
import { placesIn } from '../diffusion/worldImages.js';
import { InputError } from '../errors.js';
import type { MeasuredCaption } from '../evaluate/generator/captionScenes.js';
import {
  type ImageMeasures,
  type MeasuredPoint,
  measureGenerator,
  prepareMeasuring,
} from '../evaluate/generator/measureGenerator.js';
import { JUDGE_FOLDER, openJudge } from '../evaluate/judge/openJudge.js';
import { rng } from '../random/rng.js';
import { sha256 } from '../runs/files.js';
import { claimFile } from '../runs/outputFile.js';
import { runsPath } from '../runs/paths.js';
import { duration, progress } from '../runs/progress.js';
import { isRecordOf, type RunRecord, readRunRecord, runRecord, writeRunRecord } from '../runs/record.js';
import { inRunFile } from '../runs/runFolder.js';
import { backgroundSynonyms, CAPTION_LOG } from '../tiers/world/captions.js';
import { generatorFolder } from '../tiers/world/generator.js';
import { onInterrupt } from './interrupt.js';
import { BATCH, COUNT, DENOISING_STEPS, GUIDANCE, numberOption, numbersOption, SEED } from './numbers.js';

/** Precision and recall look at three neighbours of each picture. */
const FEWEST = 4;

/** `synclr measure-generator`: what a judge and distances say of a generator, for settings of its sampler. */
export function measureGeneratorCommand(): Command {
  return new Command('measure-generator')
    .option('--generator <folder>', "a model in diffusers' ONNX layout", generatorFolder('laptop'))
    .option('--judge <folder>', 'made by `synclr train-judge`', JUDGE_FOLDER)
    .option('--captions <log>', 'a caption log', CAPTION_LOG)
    .addOption(
      numberOption('--concepts <n>', 'only captions about the first n concepts of the world', COUNT, { fallback: 200 }),
    )
    .addOption(numberOption('--count <n>', 'captions, drawn at random', { ...COUNT, least: FEWEST }, { fallback: 500 }))
    .addOption(numberOption('--images <n>', 'images of each caption', BATCH, { fallback: 2 }))
    .addOption(
      numbersOption('--guidance <list>', 'scales, by comma', GUIDANCE, { fallback: [1, 1.5, 2, 2.5, 3, 4, 6, 8] }),
    )
    .addOption(
      numbersOption(
        '--steps <list>',
        'numbers of denoising steps, by comma; every scale is tried with each',
        DENOISING_STEPS,
        { fallback: [25] },
      ),
    )
    .addOption(numberOption('--seed <n>', 'seed of captions and noises', SEED, { fallback: 0 }))
    .option('--out <file>', 'the results; points found there are kept', runsPath('measures.json'))
    .action((options) => {
      const { captions, generator, judge } = options;
      const out = claimFile(options.out, {
        what: 'results',
        endings: ['.json'],
        reads: [captions, generator, judge],
        isOurs: (file) => isRecordOf(file, 'generator-measures'),
      });
      return inRunFile(out, () => measure({ ...options, out }));
    });
}

async function measure(options: OptionValues): Promise<void> {
  const { count, images: imagesPerCaption, guidance: scales, steps: stepCounts, seed, out } = options;
  const signal = onInterrupt('run the same command again to go on');
  const judge = await openJudge(options.judge);
  const pipeline = await openPipeline(options.generator);
  const concepts = worldConcepts({ count: options.concepts });
  const names = new Set(concepts.map(({ name }) => name));
  const captions = drawCaptions(options.captions, { names, count, seed });
  const given = {
    name: 'generator-measures',
    tier: 'laptop' as const,
    seed,
    config: { captions: captions.length, concepts: options.concepts, imagesPerCaption },
    inputs: {
      generator: await pipeline.fingerprint(),
      judge: judge.hash,
      captions: sha256(JSON.stringify(captions)),
    },
  };
  const points = pointsOf(out, given);
  const todo = (scales as number[])
    .flatMap((guidance) => (stepCounts as number[]).map((steps) => ({ guidance, steps })))
    .filter(({ guidance, steps }) => !points.some((one) => one.guidance === guidance && one.steps === steps));
  const { measuring, perfect } = await prepareMeasuring({ judge, captions, concepts, imagesPerCaption, seed });
  process.stdout.write(`${captions.length} captions × ${imagesPerCaption} images\nperfect: ${inWords(perfect)}\n`);
  const bar = progress({
    label: 'images',
    total: todo.length * captions.length * imagesPerCaption,
    unit: 'images',
    waitsFor: 'the text-to-image model',
  });
  for (const setting of todo) {
    if (signal.aborted) break;
    const began = Date.now();
    let before = 0;
    const onProgress = (done: number) => {
      bar.tick(done - before, `guidance ${setting.guidance}, ${setting.steps} steps`);
      before = done;
    };
    const found = await measureGenerator(pipeline, measuring, { ...setting, seed, signal, onProgress }).catch(
      (error) => {
        if (!signal.aborted) throw error;
      },
    );
    if (!found) break;
    points.push({ ...setting, seconds: Math.round((Date.now() - began) / 100) / 10, ...found });
    points.sort((a, b) => a.guidance - b.guidance || a.steps - b.steps);
    const seconds = points.reduce((sum, point) => sum + point.seconds, 0);
    const metrics = { perfect, points };
    writeRunRecord(out, runRecord({ ...given, metrics, seconds }), { replace: true });
    process.stdout.write(`guidance ${setting.guidance}, ${setting.steps} steps: ${inWords(found)}\n`);
  }
  bar.done();
  await pipeline.release();
  await judge.release();
  if (signal.aborted) return;
  const seconds = points.reduce((sum, point) => sum + point.seconds, 0);
  process.stdout.write(`${points.length} points in ${out}, ${duration(seconds)}\n`);
}

/**
 * Captions of a log that name their concept and, where they were asked for one, their background: with others, the writer
 * would be measured and not the painter. For the same reason a background is only looked for where the caption names it
 * and no other: "snow-covered mountains", or a studio with a wooden table, leave the painter a choice.
 */
function drawCaptions(
  file: string,
  { names, count, seed }: { names: ReadonlySet<string>; count: number; seed: number },
): MeasuredCaption[] {
  const about = readCaptionLog(file).records.filter(({ concept }) => names.has(concept));
  const fitting = selectCaptions(about, {
    requireConcept: true,
    requireBackground: true,
    dropDuplicates: true,
    synonyms: backgroundSynonyms,
  });
  if (count > fitting.length) {
    throw new InputError({
      where: '--count',
      expected: `${FEWEST} to ${fitting.length} captions, as many as ${file} has that fit`,
      found: String(count),
      fix: 'ask for fewer, or give another log',
    });
  }
  return rng(seed, 'measured captions')
    .sample(fitting, count)
    .map(({ index, caption, concept, background }) => ({
      id: String(index),
      text: caption,
      concept,
      ...(background && placesIn(caption).join() === background ? { background } : {}),
    }));
}

/** The points of an earlier run with the same model, judge and captions; none where there was no run. */
function pointsOf(file: string, given: Pick<RunRecord, 'config' | 'inputs' | 'seed'>): MeasuredPoint[] {
  if (!existsSync(file)) return [];
  const found = readRunRecord(file);
  const key = ({ config, inputs, seed }: typeof given) =>
    JSON.stringify([seed, ...[config, inputs].map((part) => Object.entries(part).sort())]);
  if (key(found) !== key(given)) {
    throw new InputError({
      where: file,
      expected: 'points of the same generator, judge and captions',
      found: `${JSON.stringify(found.config)}, ${JSON.stringify(found.inputs)}`,
      fix: 'take another --out, or delete the file',
    });
  }
  return found.metrics.points as unknown as MeasuredPoint[];
}

function inWords({ judge, generatorFamilies: own, heldOutFamilies: held, diversity }: ImageMeasures): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const background = judge.background ? `, background ${percent(judge.background.share)}` : '';
  return [
    `concept ${percent(judge.concept.share)} (${percent(judge.concept.low)}–${percent(judge.concept.high)})${background}`,
    `none ${percent(judge.none.share)}`,
    `Fréchet ${own.frechet.toFixed(2)} (held out ${held.frechet.toFixed(2)})`,
    `precision ${own.precision.toFixed(2)}, recall ${own.recall.toFixed(2)}`,
    `diversity ${diversity.withinCaption.toFixed(3)}`,
  ].join(' · ');
}
