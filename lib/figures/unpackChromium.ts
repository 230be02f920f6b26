import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib';
import { readTar } from '../data/shards/readTar.js';
import { cachePath } from '../runs/cachePath.js';
import { fromEnvironment } from '../runs/environment.js';

/** A browser to start: its program, and the environment it needs. */
export interface Browser {
  program: string;
  env: Record<string, string>;
}

/** The packaged Open Sans and nothing else, so that text looks (and measures) the same on every machine. */
const fontsConfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir></fontconfig>
`;

/** The folder of the npm package, found through its main file (its package.json is not exported). */
function packageFolder(): string {
  let folder = path.dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'));
  while (!existsSync(path.join(folder, 'package.json')) || !existsSync(path.join(folder, 'bin'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('@sparticuz/chromium: its bin folder is missing; run `npm ci` again.');
    folder = parent;
  }
  return folder;
}

async function unpackInto(target: string, bin: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  for (const archive of ['al2023.tar.br', 'fonts.tar.br']) {
    for (const { name, content } of readTar(brotliDecompressSync(readFileSync(path.join(bin, archive))))) {
      const file = path.join(target, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
  writeFileSync(path.join(target, 'fonts.conf'), fontsConfig);
  const program = createWriteStream(path.join(target, 'chromium'), { mode: 0o755 });
  await pipeline(createReadStream(path.join(bin, 'chromium.br')), createBrotliDecompress(), program);
}

/**
 * The Chromium that npm brought, unpacked once (about 200 MB, some seconds) beside the libraries and the font that a
 * bare machine lacks. Two processes may do so at once: each unpacks under its own name, and the first to finish wins.
 *
 * A system's Chromium is used only when the environment variable SYNCLR_CHROMIUM names it.
 */
export async function findChromium(): Promise<Browser> {
  const bin = packageFolder();
  const { version } = JSON.parse(readFileSync(path.join(bin, 'package.json'), 'utf8'));
  const folder = cachePath(`chromium-${version}`);
  if (!existsSync(folder)) {
    const temporary = `${folder}.${process.pid}.tmp`;
    try {
      await unpackInto(temporary, path.join(bin, 'bin'));
      renameSync(temporary, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  const fonts = { FONTCONFIG_FILE: path.join(folder, 'fonts.conf') };
  const own = fromEnvironment('SYNCLR_CHROMIUM');
  if (own) return { program: own, env: fonts };
  const libraries = [path.join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { program: path.join(folder, 'chromium'), env: { ...fonts, LD_LIBRARY_PATH: libraries } };
}
