import path from 'node:path';
import { rolldown } from 'rolldown';
import { projectPath } from '../runs/paths.js';

/** A program of `browser/` as one classic script, which a page from a disk may load, too. */
export async function writeBundle(name: string, out: string): Promise<void> {
  const build = await rolldown({
    input: projectPath('lib', 'site', 'browser', `${name}.ts`),
    platform: 'browser',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    external: (id) => {
      if (id.startsWith('node:')) throw new Error(`${name} imports ${id}, which no browser has.`);
      return false;
    },
    logLevel: 'warn',
  });
  await build.write({ file: path.join(out, 'assets', `${name}.js`), format: 'iife', minify: true });
  await build.close();
}
