import path from 'node:path';
import { Command, Option } from 'commander';
import type { CaptionPart } from '../captions/log.js';
import { type CaptionMixture, objectMixture } from '../captions/mixture.js';
import { strategyMixture, type WrittenStrategy } from '../captions/strategies.js';
import { synthesiseCaptions } from '../captions/synthesise.js';
import { BACKGROUNDS } from '../data/backgrounds/index.js';
import { readConceptList } from '../data/conceptList.js';
import { InputError } from '../errors.js';
import { runsPath } from '../runs/paths.js';
import { worldMixture } from '../tiers/world/captions.js';
import { onInterrupt } from './interrupt.js';
import { llamaOptions, withLlamaOptions, withProgress } from './llama.js';
import { COUNT, numberOption } from './numbers.js';

/** `synclr captions`: stage 1 on the emoji world's concepts or a list of one's own. */
export function captionsCommand(): Command {
  return withLlamaOptions(new Command('captions'))
    .description('write captions of concepts with a language model (resumes; stop it with Ctrl-C)')
    .option(
      '--concepts <file>',
      "your own list: .txt, .csv or .json, with backgrounds if you like (default: the world's)",
    )
    .addOption(numberOption('--world <n>', 'the first n concepts of the emoji world', COUNT, { fallback: 200 }))
    .addOption(
      new Option(
        '--strategy <name>',
        "the row of Table 2: three templates, or concepts with backgrounds, any or one's own",
      )
        .choices(['ours', 'IN+OurBG+LLM', 'IN+Places+LLM'])
        .default('ours'),
    )
    .addOption(numberOption('--count <n>', 'captions in all', COUNT, { fallback: 1000 }))
    .option('--part <i/n>', 'only part i (from 0) of n, in a log of its own, whose name says which', parsePart)
    .addOption(
      new Option('--indentation <how>', 'spaces before the lines of a prompt: none, or as the published code has them')
        .choices(['none', 'published'])
        .default('none'),
    )
    .option('--out <file>', 'the caption log, .jsonl or .jsonl.gz', runsPath('captions.jsonl'))
    .action(async (options) => {
      const { count, seed, part, indentation } = options;
      const out = part ? partFile(options.out, part) : options.out;
      const mixture = mixtureOf(options);
      const signal = onInterrupt(`run the same command again to go on from what is in ${out}`);
      const log = await withProgress('captions', (shows) =>
        synthesiseCaptions({
          mixture,
          count,
          part,
          seed,
          indentation,
          out,
          signal,
          ...llamaOptions(options),
          ...shows,
        }),
      );
      process.stdout.write(`${log.records.length} captions in ${out}\n`);
    });
}

function mixtureOf({
  concepts,
  world,
  strategy,
}: {
  concepts?: string;
  world: number;
  strategy: WrittenStrategy;
}): CaptionMixture {
  const places = BACKGROUNDS.map(({ name }) => name);
  const mixture = concepts
    ? objectMixture({ concepts: readConceptList(concepts), backgrounds: places, source: 'own' })
    : worldMixture({ count: world });
  return strategyMixture(strategy, { mixture, places });
}

function parsePart(text: string): CaptionPart {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (of !== undefined && Number(index) < Number(of)) return { index: Number(index), of: Number(of) };
  throw new InputError({
    where: '--part',
    expected: 'i/n with i from 0 to n − 1, such as 0/8',
    found: text,
    fix: 'give each process one of the parts',
  });
}

/** `captions.jsonl.gz` → `captions.part-2-of-8.jsonl.gz` */
function partFile(out: string, { index, of }: CaptionPart): string {
  const [name, ...endings] = path.basename(out).split('.');
  return path.join(path.dirname(out), [name, `part-${index}-of-${of}`, ...endings].join('.'));
}
