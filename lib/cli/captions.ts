import { Command, Option } from 'commander';
import { CAPTION_LOG_KIND } from '../captions/log.js';
import { type CaptionMixture, objectMixture } from '../captions/mixture.js';
import { strategyMixture, type WrittenStrategy } from '../captions/strategies.js';
import { synthesiseCaptions } from '../captions/synthesise.js';
import { BACKGROUNDS } from '../data/backgrounds/index.js';
import { readConceptList } from '../data/conceptList.js';
import { claimFile } from '../runs/outputFile.js';
import { runsPath } from '../runs/paths.js';
import { worldMixture } from '../tiers/world/captions.js';
import { onInterrupt } from './interrupt.js';
import { captionModel, withCaptionModel, withProgress } from './llama.js';
import { COUNT, numberOption } from './numbers.js';
import { PART_HELP, parsePart, partFile } from './part.js';

/** `synclr captions`: stage 1 on the emoji world's concepts or a list of one's own. */
export function captionsCommand(): Command {
  return withCaptionModel(new Command('captions'))
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
    .option('--part <i/n>', `${PART_HELP}; in a log of its own, whose name says which`, parsePart)
    .addOption(
      new Option('--indentation <how>', 'spaces before the lines of a prompt: none, or as the published code has them')
        .choices(['none', 'published'])
        .default('none'),
    )
    .option('--out <file>', 'the caption log, .jsonl or .jsonl.gz', runsPath('captions.jsonl'))
    .action(async (options) => {
      const { count, seed, part, indentation } = options;
      const out = claimFile(part ? partFile(options.out, part) : options.out, {
        ...CAPTION_LOG_KIND,
        reads: [options.concepts, options.gguf],
      });
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
          ...captionModel(options),
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
