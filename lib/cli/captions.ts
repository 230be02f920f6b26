import { Command } from 'commander';
import { objectMixture, synthesizeCaptions } from '../captions/index.js';
import { BACKGROUNDS, readConceptList } from '../data/index.js';
import { projectPath } from '../runs/paths.js';
import { progress } from '../runs/progress.js';
import { worldMixture } from '../tiers/index.js';
import { onInterrupt } from './interrupt.js';

/** `synclr captions`: stage 1 on the emoji world's concepts or a list of one's own. */
export function captionsCommand(): Command {
  return new Command('captions')
    .description('write captions of concepts with a language model (resumes; stop it with Ctrl-C)')
    .requiredOption('--gguf <file>', 'the language model, any GGUF file')
    .option(
      '--concepts <file>',
      "your own list: .txt, .csv or .json, with backgrounds if you like (default: the world's)",
    )
    .option('--world <n>', 'the first n concepts of the emoji world', Number, 200)
    .option('--count <n>', 'captions in all', Number, 1000)
    .option('--seed <n>', 'seed of the prompts and of the sampling', Number, 0)
    .option('--sequences <n>', 'captions decoded side by side', Number)
    .option('--threads <n>', 'processor threads', Number)
    .option('--out <file>', 'the caption log, .jsonl or .jsonl.gz', projectPath('runs', 'captions.jsonl'))
    .action(async (options) => {
      const mixture = options.concepts
        ? objectMixture({
            concepts: readConceptList(options.concepts),
            backgrounds: BACKGROUNDS.map(({ name }) => name),
            source: 'own',
          })
        : worldMixture({ count: options.world });
      const bar = progress({ label: 'captions', total: options.count, unit: 'captions' });
      let before = 0;
      const log = await synthesizeCaptions({
        mixture,
        count: options.count,
        seed: options.seed,
        gguf: options.gguf,
        out: options.out,
        ...(options.sequences ? { sequences: options.sequences } : {}),
        ...(options.threads ? { threads: options.threads } : {}),
        signal: onInterrupt(`run the same command again to go on from what is in ${options.out}`),
        onProgress: (done, _count, caption) => {
          bar.tick(done - before, caption);
          before = done;
        },
      });
      bar.done();
      process.stdout.write(`${log.records.length} captions in ${options.out}\n`);
    });
}
