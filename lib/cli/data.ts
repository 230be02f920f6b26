import { Command } from 'commander';
import { DATA_SOURCES } from '../data/sources/dataSources.js';
import { fetchData, hasData, sourceNamed } from '../data/sources/fetchData.js';

/** `synclr data`: fetches a data set that the user names, and nothing else. */
export function dataCommand(): Command {
  return new Command('data')
    .argument('[name]', `one of ${DATA_SOURCES.map(({ name }) => name).join(', ')}`)
    .option('--file <archives...>', 'take the archives from here instead of the registry')
    .action(async (name: string | undefined, { file }: { file?: string[] }) => {
      if (name === undefined) {
        process.stdout.write(`${DATA_SOURCES.map(line).join('\n')}\n`);
        return;
      }
      const source = sourceNamed(name);
      process.stdout.write(`${source.about}; licence: ${source.licence}\n`);
      const { folder, made, files } = await fetchData(source, { files: file });
      process.stdout.write(made ? `${files} files: ${folder}\n` : `already there: ${folder}\n`);
    });
}

const line = ({ name, about, megabytes, licence }: (typeof DATA_SOURCES)[number]) =>
  `${name.padEnd(20)} ${hasData(name) ? 'here' : `${megabytes} MB`.padStart(6)}  ${about}\n${' '.repeat(29)}licence: ${licence}`;
