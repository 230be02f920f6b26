import path from 'node:path';
import { rolldown } from 'rolldown';
import { projectPath } from '../runs/paths.js';

/** How a program is loaded: as a classic script, which a page from a disk may load, too, or as a module. */
export const bundled = { script: 'iife', module: 'es' } as const;

/** Modules that a bundle has in the place of others: of TensorFlow.js only what a browser needs, and the runtime beside it. */
const INSTEAD = {
  '@tensorflow/tfjs': projectPath('lib', 'site', 'browser', 'tensorflow.ts'),
};
const BESIDE = { 'onnxruntime-web/wasm': './ort.js', 'onnxruntime-web/jspi': './ort-jspi.js' };

/** A program of `browser/` as one file in `assets/`. */
export async function writeBundle(
  name: string,
  out: string,
  format: (typeof bundled)[keyof typeof bundled] = bundled.script,
): Promise<void> {
  const build = await rolldown({
    input: projectPath('lib', 'site', 'browser', `${name}.ts`),
    platform: 'browser',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] }, alias: INSTEAD },
    external: (id, importer) => {
      if (id.startsWith('node:')) throw new Error(`${name} needs ${id}, which no browser has, for ${importer}.`);
      return id in BESIDE;
    },
    logLevel: 'warn',
  });
  const file = path.join(out, 'assets', `${name}.js`);
  await build.write({ file, format, minify: true, paths: BESIDE, codeSplitting: false });
  await build.close();
}
