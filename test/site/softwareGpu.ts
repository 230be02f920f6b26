import { copyFileSync, linkSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { readTar } from '../../lib/data/shards/readTar.js';
import { type Browser, findChromium } from '../../lib/figures/unpackChromium.js';
import { type OpenSite, openSite } from './openSite.js';

/** Makes Chromium compute WebGPU on the processor. */
const flags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

/** Whether a page of this browser finds a GPU in software. */
const FINDS_ONE = 'navigator.gpu?.requestAdapter().then((one) => one?.info.isFallbackAdapter === true) ?? false';

/**
 * Opens a site in a browser with a GPU in software, SwiftShader: npm's Chromium has it packed, and looks for it in the
 * folder of its program. Any other Chromium (SYNCLR_CHROMIUM) brings its own.
 * @param scratch an empty folder
 * @returns why not, where no browser runs or it finds no such GPU
 */
export async function openWithGpu(folder: string, scratch: string): Promise<OpenSite | { why: string }> {
  const site = await openSite(folder, { flags, browser: () => withSwiftShader(scratch) });
  if ('why' in site) return site;
  await site.visit('index.html');
  if (await site.page.evaluate(FINDS_ONE)) return site;
  await site.close();
  return { why: 'this Chromium has no GPU in software' };
}

async function withSwiftShader(scratch: string): Promise<Browser> {
  const { program, env } = await findChromium();
  if (process.env.SYNCLR_CHROMIUM) return { program, env };
  const own = path.join(scratch, 'chromium');
  try {
    linkSync(program, own);
  } catch {
    copyFileSync(program, own); // on another disk
  }
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const [root] = main.split(`${path.sep}build${path.sep}`);
  for (const { name, content } of readTar(
    brotliDecompressSync(readFileSync(path.join(root, 'bin', 'swiftshader.tar.br'))),
  ))
    writeFileSync(path.join(scratch, path.basename(name)), content);
  return { program: own, env: { ...env, LD_LIBRARY_PATH: `${scratch}:${env.LD_LIBRARY_PATH}` } };
}
