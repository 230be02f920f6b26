// A training run in a process of its own, to be killed: node trainToy.mjs '{"out": …, "steps": …, "workers": …}'
import { onInterrupt } from '../../lib/dist/cli/interrupt.js';
import { synclrCrops } from '../../lib/dist/pictures/index.js';
import { rng } from '../../lib/dist/random/rng.js';
import { laptopSynclr, trainEncoder, vitConfigs } from '../../lib/dist/synclr/index.js';

/** Images of noise; called by worker threads as well. `bad`: an image that cannot be read. */
export function noiseSource({ bad } = {}) {
  const size = 16;
  return {
    captions: 8,
    imagesPerCaption: 3,
    size,
    image(caption, k) {
      if (bad && bad[0] === caption && bad[1] === k) throw new Error('the file ends after 5 bytes');
      return Uint8Array.from(rng(5, caption, k).uniforms(size * size * 3), (u) => 256 * u);
    },
    opener: { module: import.meta.url, name: 'noiseSource', options: { bad } },
  };
}

export const config = (steps) => ({
  ...laptopSynclr,
  model: { ...vitConfigs.toy, dropPath: 0.2 },
  head: { norm: 'ln', hidden: 16, output: 8, finalNorm: true },
  captions: 3,
  imagesPerCaption: 2,
  distinctClasses: false,
  optimiser: 'adamw',
  tokensPerGroup: 0,
  steps,
  warmup: 20,
  crops: synclrCrops({ size: 16, localSize: 8, locals: 2, downsample: 0 }),
  ibot: { ...laptopSynclr.ibot, head: { hidden: 16, bottleneck: 8, prototypes: 12 } },
});

if (process.argv[1] === new URL(import.meta.url).pathname && process.argv[2]) {
  const { out, steps, workers, bad } = JSON.parse(process.argv[2]);
  try {
    const { step } = await trainEncoder(config(steps), noiseSource({ bad }), {
      seed: 7,
      out,
      workers,
      checkpointEvery: 20,
      keepCheckpoints: 2,
      // A stand-in that reads the weights: its number, too, must be the same after a kill.
      evaluate: { name: 'norm', every: 30, measure: async (p) => Math.hypot(...p['blocks.0.mlp.fc1.weight'].data) },
      signal: onInterrupt('run it again'),
    });
    process.stdout.write(`${step}\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
