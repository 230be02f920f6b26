import path from 'node:path';
import { Command } from 'commander';
import { readCaptionLog } from '../captions/index.js';
import { BACKGROUNDS } from '../data/backgrounds/index.js';
import { type WorldConcept, worldConcepts } from '../data/concepts.js';
import { withArticle } from '../data/sceneCaptions.js';
import { generatorTraining } from '../diffusion/generatorBatch.js';
import {
  type GeneratorCheckpoint,
  hasGeneratorCheckpoint,
  readGeneratorCheckpoint,
} from '../diffusion/generatorCheckpoint.js';
import { generatorConfig } from '../diffusion/generatorConfig.js';
import { previewGrid } from '../diffusion/previewGrid.js';
import { trainGenerator } from '../diffusion/trainGenerator.js';
import { worldImages, worldTokenizer } from '../diffusion/worldImages.js';
import { projectPath } from '../runs/paths.js';

const VOCABULARY = 768;

/** `synclr train-generator`: trains the laptop tier's text-to-image model, or goes on with it. */
export function trainGeneratorCommand(): Command {
  return new Command('train-generator')
    .description('train the text-to-image model of the emoji world (resumes; stop it with Ctrl-C)')
    .option('--out <folder>', 'the run folder', projectPath('runs', 'generator-laptop'))
    .option('--steps <n>', 'steps in all, of 64 images', Number, 3200)
    .option('--concepts <n>', 'the first n concepts of the world', Number, 100)
    .option('--captions <log>', 'a caption log whose sentences are mixed with the templates, half and half')
    .option('--allow <keys>', 'settings that may differ from those of the run, by comma', (s: string) => s.split(','))
    .option('--preview-minutes <n>', 'how often sample pictures are drawn', Number, 5)
    .option('--seed <n>', 'seed of everything', Number, 0)
    .action(async ({ out, steps, concepts: count, captions, allow, previewMinutes, seed }) => {
      const concepts = worldConcepts({ count });
      const sentences = captions ? readCaptionLog(captions).records : [];
      const corpus = sentences.map(({ caption }) => caption);
      const base = hasGeneratorCheckpoint(out) ? readGeneratorCheckpoint(out).tokenizer : undefined;
      const { images, description } = await worldImages({ concepts, sentences, seed });
      const stop = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
      const { step, seconds } = await trainGenerator({
        config: {
          model: generatorConfig({ vocabularySize: VOCABULARY }),
          training: generatorTraining({ steps, seed }),
          data: description,
        },
        images,
        tokenizer: worldTokenizer({ concepts, base, corpus, size: VOCABULARY }),
        out,
        signal: stop.signal,
        allowChanges: allow,
        onStep: logEvery(50),
        onCheckpoint: previewEvery(previewMinutes, { out, concepts }),
      });
      console.log(`${step} steps in ${(seconds / 60).toFixed(1)} minutes: ${out}`);
    });
}

function logEvery(steps: number): (report: { step: number; loss: number; seconds: number }) => void {
  return ({ step, loss, seconds }) => {
    if (step % steps === 0) console.log(`step ${step}  loss ${loss.toFixed(4)}  ${seconds.toFixed(2)} s`);
  };
}

/** Draws sixteen concepts at sixteen places whenever so many minutes have passed since the last time. */
function previewEvery(minutes: number, { out, concepts }: { out: string; concepts: readonly WorldConcept[] }) {
  const captions = concepts
    .slice(0, 16)
    .map(({ name }, i) => `${withArticle(name)} ${BACKGROUNDS[i % BACKGROUNDS.length].phrases[0]}`);
  let last = Date.now();
  return async (checkpoint: GeneratorCheckpoint) => {
    if (Date.now() - last < minutes * 60_000) return;
    last = Date.now();
    const file = path.join(out, 'samples', `step-${String(checkpoint.step).padStart(6, '0')}.png`);
    await previewGrid(checkpoint, { file, captions });
  };
}
