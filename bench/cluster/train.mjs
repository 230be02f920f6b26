// A training run in a process of its own, for the tests and for agree.mjs:
// node train.mjs '{"size": "toy" | "laptop", "objective": …, "steps": …, "out": …, "nudge": 1, "everyBatch": true}'
// prints one line of JSON a step. How many devices and hosts: XLA_FLAGS and SYNCLR_HOSTS.
import { onInterrupt } from '../../lib/dist/cli/interrupt.js';
import { synclrCrops } from '../../lib/dist/pictures/index.js';
import { rng } from '../../lib/dist/random/rng.js';
import * as configs from '../../lib/dist/synclr/config.js';
import { trainEncoder } from '../../lib/dist/synclr/train.js';
import { vitConfigs } from '../../lib/dist/synclr/vit.js';

/**
 * Images of one colour a caption, with noise. `nudge`, a seed: every number of the first `nudged` images that are asked for
 * (the first batch) is one unit in the last place larger or smaller.
 */
export function colouredSource({ size, imagesPerCaption, clip, nudge, nudged = 0 }) {
  const { context, vocabulary } = clip?.text ?? { context: 16, vocabulary: 64 };
  const captions = 256;
  let asked = 0;
  return {
    captions,
    imagesPerCaption,
    size,
    image(caption, k) {
      const colour = rng(5, 'colour', caption).uniforms(3);
      const noise = rng(5, 'noise', caption, k).uniforms(size * size * 3);
      const data = Uint8Array.from(noise, (u, i) => 60 * u + 195 * colour[i % 3]);
      if (!nudge || asked++ >= nudged) return data;
      const signs = rng(nudge, 'nudge', caption, k).uniforms(data.length);
      return Float32Array.from(data, (value, i) => value * (1 + (signs[i] < 0.5 ? -0.6 : 0.6) * 2 ** -23));
    },
    classOf: (caption) => caption % 100,
    backgroundOf: (caption) => caption % 4,
    // Eight words, the end, and padding.
    tokens: (caption) =>
      Int32Array.from({ length: context }, (_, i) => {
        if (i === 8) return vocabulary - 1;
        return i < 8 ? 2 + ((caption * (i + 3)) % 60) : 0;
      }),
  };
}

/** The settings of a run: the laptop's, with fewer images a batch where that is said, or toys of 16 pixels. */
export function configOf({ size, objective, steps, batch, optimiser }) {
  const { laptopSynclr, laptopStableRep, laptopClip, laptopSupervised, laptopSimclr } = configs;
  const base = { synclr: laptopSynclr, stablerep: laptopStableRep, clip: laptopClip, supervised: laptopSupervised }[
    objective
  ];
  const own = { ...(base ?? laptopSimclr), ...(optimiser && { optimiser }) };
  // The laptop's own schedule, of which `steps` are done; a toy's is as long as its run.
  if (size === 'laptop') return { ...own, captions: batch ? batch / own.imagesPerCaption : own.captions };
  const laptop = { ...own, steps, warmup: 2 };
  const captions = 16 / laptop.imagesPerCaption;
  return {
    ...laptop,
    model: { ...vitConfigs.toy, depth: 2, dropPath: objective === 'synclr' ? 0.2 : 0 },
    head: { ...laptop.head, hidden: 16, output: 8 },
    captions,
    distinctClasses: false,
    crops: synclrCrops({ size: 16, localSize: 8, locals: objective === 'synclr' ? 2 : 0, downsample: 0 }),
    ...(laptop.ibot && { ibot: { ...laptop.ibot, head: { hidden: 16, bottleneck: 8, prototypes: 12 } } }),
    ...(laptop.clip && { clip: { ...laptop.clip, output: 8 } }),
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const given = JSON.parse(process.argv[2]);
  const config = configOf(given);
  const { imagesPerCaption, clip } = config;
  const nudged = given.everyBatch ? Number.POSITIVE_INFINITY : config.captions * imagesPerCaption;
  const source = colouredSource({ imagesPerCaption, clip, size: config.model.image, nudge: given.nudge, nudged });
  const done = new AbortController();
  const signal = AbortSignal.any([onInterrupt('run it again'), done.signal]);
  try {
    await trainEncoder(config, source, {
      seed: 7,
      out: given.out,
      checkpointEvery: given.checkpointEvery ?? 1000,
      signal,
      products: given.products,
      // A picture of bytes cannot differ by so little: nudged ones are cropped on the host, which takes any numbers.
      cropsAt: given.cropsAt,
      onStep({ step, loss, gradNorm, seconds }) {
        process.stdout.write(`${JSON.stringify({ step, loss, gradNorm, seconds })}\n`);
        if (step + 1 === given.steps) done.abort();
      },
    });
  } catch (error) {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  }
}
