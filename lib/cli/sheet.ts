import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { contactSheet } from '../data/contactSheet.js';
import { openImageFolder } from '../data/imageFolder.js';
import { openImageSet } from '../diffusion/imageSet.js';
import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import { writeWhole } from '../runs/files.js';
import { claimFile } from '../runs/outputFile.js';
import { runsPath } from '../runs/paths.js';
import { COUNT, numberOption, PIXELS, SEED } from './numbers.js';

interface Sheet {
  images: Uint8Array[];
  labels: string[];
  /** pictures of one label */
  span: number;
  columns: number;
  size: number;
}

/** `synclr sheet`: a page of an image set, drawn at random, or of a folder of one's own images. */
export function sheetCommand(): Command {
  return new Command('sheet')
    .argument('<folder>', 'an image set, or a folder of images')
    .addOption(numberOption('--count <n>', 'captions, or images of a folder', COUNT, { fallback: 12 }))
    .addOption(numberOption('--seed <n>', 'another draw', SEED, { fallback: 0 }))
    .addOption(numberOption('--cell <pixels>', 'side of a picture on the page', PIXELS, { fallback: 128 }))
    .option('--out <file>', 'the page', runsPath('sheet.png'))
    .action(async (folder: string, { count, seed, cell, ...options }) => {
      const out = claimFile(options.out, { what: 'a page of pictures', endings: ['.png'], outside: folder });
      const isSet = ['config.json', 'manifest.json'].some((name) => existsSync(path.join(folder, name)));
      const { images, ...layout } = await (isSet ? ofSet : ofFolder)(folder, { count, seed, cell });
      writeWhole(out, await contactSheet(images, { ...layout, cell }));
      process.stdout.write(`${images.length} images in ${out}\n`);
    });
}

interface Choice {
  count: number;
  seed: number;
  cell: number;
}

/** Pixels of a page: more are gigabytes of memory, and no viewer shows them. */
const MOST_PIXELS = 2 ** 27;

/** Drawn without replacement, in ascending order. @param each pictures of one */
function draw(length: number, { count, seed, cell }: Choice, each = 1): number[] {
  const taken = Math.min(count, length);
  if (taken * each * cell ** 2 > MOST_PIXELS) {
    throw new InputError({
      where: 'sheet',
      expected: `a page of at most ${MOST_PIXELS.toLocaleString('en')} pixels`,
      found: `${taken * each} pictures of ${cell} × ${cell}`,
      fix: 'give a smaller --count or --cell',
    });
  }
  const all = Array.from({ length }, (_, i) => i);
  return rng(seed, 'sheet')
    .sample(all, taken)
    .sort((a, b) => a - b);
}

/** A row a caption; two captions to a row where their images are few. */
async function ofSet(folder: string, options: Choice): Promise<Sheet> {
  const set = openImageSet(folder);
  const { imagesPerCaption: perCaption, size, captions } = set;
  const drawn = draw(captions.length, options, perCaption);
  const images = drawn.flatMap((caption) => Array.from({ length: perCaption }, (_, k) => set.image(caption, k)));
  return {
    images: await Promise.all(images),
    labels: drawn.map((caption) => captions[caption].text),
    span: perCaption,
    columns: perCaption <= 4 ? 2 * perCaption : perCaption,
    size,
  };
}

async function ofFolder(folder: string, options: Choice) {
  const { cell } = options;
  const own = openImageFolder(folder, { size: cell });
  const indices = draw(own.length, options);
  const { images } = await own.batch(indices);
  const bytes = cell * cell * 3;
  return {
    images: indices.map((_, i) => images.subarray(i * bytes, (i + 1) * bytes)),
    labels: indices.map((index) => own.files[index]),
    span: 1,
    columns: Math.ceil(Math.sqrt(indices.length)),
    size: cell,
  };
}
