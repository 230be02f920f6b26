import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { worldConcepts } from '../data/concepts.js';
import { generatorTraining } from '../diffusion/generatorBatch.js';
import { generatorConfig } from '../diffusion/generatorConfig.js';
import { trainGenerator } from '../diffusion/trainGenerator.js';
import { type ConceptSentence, worldImages, worldTokenizer } from '../diffusion/worldImages.js';
import { projectPath } from '../runs/paths.js';

/** The records of every .jsonl file in a folder that name a caption and its concept. */
function readSentences(folder: string): ConceptSentence[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line))
    .filter((record) => typeof record.caption === 'string' && typeof record.concept === 'string');
}

/** `synclr train-generator`: trains the laptop tier's text-to-image model, or goes on with it. */
export function trainGeneratorCommand(): Command {
  return new Command('train-generator')
    .description('train the text-to-image model of the emoji world (resumes; stop it with Ctrl-C)')
    .option('--out <folder>', 'the run folder', projectPath('runs', 'generator-laptop'))
    .option('--steps <n>', 'steps in all', Number, 7000)
    .option('--concepts <n>', 'the first n concepts of the world', Number, 100)
    .option('--lr <rate>', 'learning rate of AdamW', Number)
    .option('--muon-lr <rate>', 'learning rate of Muon', Number)
    .option('--sentences <folder>', 'folder of caption records (.jsonl) to mix with the templates')
    .option('--allow <keys>', 'settings that may differ from those of the run, by comma', (s: string) => s.split(','))
    .option('--seed <n>', 'seed of everything', Number, 0)
    .action(async (options) => {
      const concepts = worldConcepts({ count: options.concepts });
      const sentences = options.sentences ? readSentences(options.sentences) : [];
      const tokenizer = worldTokenizer({ concepts, corpus: sentences.map((record) => record.caption) });
      const { images, description } = await worldImages({ concepts, sentences, seed: options.seed });
      const stop = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
      const { step, seconds } = await trainGenerator({
        config: {
          model: generatorConfig({ vocabularySize: 768 }),
          training: generatorTraining({
            steps: options.steps,
            lr: options.lr,
            muonLr: options.muonLr,
            seed: options.seed,
          }),
          data: description,
        },
        images,
        tokenizer,
        out: options.out,
        signal: stop.signal,
        allowChanges: options.allow,
        onStep: (report) => {
          if (report.step % 50 === 0) {
            console.log(`step ${report.step}  loss ${report.loss.toFixed(4)}  ${report.seconds.toFixed(2)} s`);
          }
        },
      });
      console.log(`${step} steps in ${(seconds / 60).toFixed(1)} minutes: ${options.out}`);
    });
}
