import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { synthesiseBackgroundLists } from '../captions/backgroundLists.js';
import { readConceptList } from '../data/conceptList.js';
import { claimFile } from '../runs/outputFile.js';
import { runsPath } from '../runs/paths.js';
import { onInterrupt } from './interrupt.js';
import { llamaOptions, withLlamaOptions, withProgress } from './llama.js';
import { COUNT, numberOption } from './numbers.js';

/** `synclr backgrounds`: where each concept of a list may be found, for template `c,bg`. */
export function backgroundsCommand(): Command {
  return withLlamaOptions(new Command('backgrounds'))
    .requiredOption('--concepts <file>', 'your own list: .txt, .csv or .json')
    .addOption(numberOption('--size <n>', 'at most this many backgrounds a concept', COUNT, { fallback: 100 }))
    .addOption(numberOption('--rounds <n>', 'answers for each concept', COUNT, { fallback: 6 }))
    .option(
      '--out <file>',
      'the lists, for captions --concepts; answers are kept in <file>.log',
      runsPath('backgrounds.json'),
    )
    .action(async (options) => {
      const { size, rounds, seed } = options;
      const out = claimFile(options.out, {
        what: 'lists of backgrounds',
        endings: ['.json'],
        reads: [options.concepts, options.gguf],
        isOurs: (file) => existsSync(`${file}.log`),
      });
      const concepts = readConceptList(options.concepts);
      const signal = onInterrupt(`run the same command again to go on from what is in ${out}.log`);
      const lists = await withProgress('concepts', (shows) =>
        synthesiseBackgroundLists({ concepts, size, rounds, seed, out, signal, ...llamaOptions(options), ...shows }),
      );
      const without = lists.filter(({ backgrounds }) => backgrounds === undefined).map(({ name }) => name);
      process.stdout.write(`backgrounds of ${lists.length - without.length} concepts in ${out}\n`);
      if (without.length > 0) process.stdout.write(`none found for ${without.join(', ')}\n`);
    });
}
