import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { readCutOut } from '../../../data/drawnScenes.js';
import { decodeImage } from '../../../data/imageFolder.js';
import { dataFolder, hasData } from '../../../data/sources/fetchData.js';
import { InputError } from '../../../errors.js';
import { readJson } from '../../../runs/files.js';
import { projectPath } from '../../../runs/paths.js';
import { readTextFile } from '../../../runs/textFile.js';

/** Photographs with a class each, for `crossTest`. */
export interface PhotographSet {
  readonly name: 'foods' | 'stamps';
  readonly title: string;
  readonly classes: readonly string[];
  /** what tells each apart: names of files */
  readonly files: readonly string[];
  /** [files] */
  readonly labels: Int32Array;
  /** One photograph, [size, size, 3]: on white where it is cut out, else its middle. */
  picture(index: number, size: number): Promise<Uint8Array>;
}

/** A cut-out photograph of Tux Paint, as data/photographs/stamps.json lists them. */
export interface Stamp {
  readonly file: string;
  /** where its kind has eight or more */
  readonly kind?: string;
  /** where it is a concept of the world */
  readonly concept?: string;
}

/** Fewer photographs than this are no class. */
const FEWEST = 8;

const FOODS = () => path.join(dataFolder('foods'));
export const stampFolder = () =>
  path.join(dataFolder('stamps'), 'tuxpaint-stamps-default', 'usr', 'share', 'tuxpaint', 'stamps');

/** Why the photographs cannot be had here, or nothing. */
export function missingPhotographs(): string | undefined {
  const lacking = ['foods', 'stamps'].filter((name) => !hasData(name)).map((name) => `\`synclr data ${name}\``);
  return lacking.length === 0 ? undefined : `not here (fetched by ${lacking.join(' and ')})`;
}

/** The list of cut-out photographs: names and kinds were checked by eye. */
export function readStamps(): Stamp[] {
  return readJson<Stamp[]>(projectPath('data', 'photographs', 'stamps.json'));
}

/** Cut-out photographs by kind. */
export function stampsByKind(): PhotographSet {
  requirePhotographs('stamps');
  const stamps = readStamps().filter(({ kind }) => kind !== undefined);
  const classes = [...new Set(stamps.map(({ kind }) => kind!))].sort();
  const files = stamps.map(({ file }) => file);
  return {
    name: 'stamps',
    title: 'cut-out photographs, by kind',
    classes,
    files,
    labels: Int32Array.from(stamps, ({ kind }) => classes.indexOf(kind!)),
    picture: async (index, size) => onWhite(await readCutOut(path.join(stampFolder(), files[index]), size)),
  };
}

/**
 * Photographs of foods by the group of their code's letter: groups of eight or more different photographs. Of photographs that
 * are the same, or nearly (`nearDuplicates`), the first stays.
 */
export async function foodsByGroup(): Promise<PhotographSet> {
  requirePhotographs('foods');
  const folder = path.join(FOODS(), 'pictures', 'package', 'assets');
  const rows = parse(readTextFile(path.join(FOODS(), 'groups', 'package', 'index.csv')), { columns: true }) as {
    code: string;
    group: string;
  }[];
  const all = readdirSync(folder)
    .filter((name) => /^[A-Z]\d+\.jpe?g$/.test(name))
    .sort();
  const small = await Promise.all(all.map((name) => decodeImage(path.join(folder, name), { size: 16 })));
  const twice = nearDuplicates(small);
  const kept = all.filter((_, i) => !twice.has(i));
  const groups = rows.filter(({ code }) => kept.filter((name) => name.startsWith(code)).length >= FEWEST);
  const files = kept.filter((name) => groups.some(({ code }) => name.startsWith(code)));
  return {
    name: 'foods',
    title: 'photographs of foods, by group',
    classes: groups.map(({ group }) => group),
    files,
    labels: Int32Array.from(files, (name) => groups.findIndex(({ code }) => name.startsWith(code))),
    picture: (index, size) => decodeImage(path.join(folder, files[index]), { size }),
  };
}

/**
 * Which pictures repeat an earlier one: the cosine of their centred pixels is above `least`. So none can lie on both sides of a
 * split.
 * @param pictures of one size, each [size, size, 3]
 */
export function nearDuplicates(
  pictures: readonly Uint8Array[],
  { least = 0.98 }: { least?: number } = {},
): Set<number> {
  const rows = pictures.map((picture) => {
    const mean = picture.reduce((sum, value) => sum + value, 0) / picture.length;
    const centred = Float64Array.from(picture, (value) => value - mean);
    const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0)) || 1;
    return centred.map((value) => value / length);
  });
  const twice = new Set<number>();
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < i && !twice.has(i); j++) {
      if (twice.has(j)) continue;
      let cosine = 0;
      for (let k = 0; k < rows[i].length; k++) cosine += rows[i][k] * rows[j][k];
      if (cosine > least) twice.add(i);
    }
  }
  return twice;
}

function requirePhotographs(name: 'foods' | 'stamps'): void {
  if (hasData(name)) return;
  throw new InputError({
    where: dataFolder(name),
    expected: 'the photographs',
    found: 'none',
    fix: `fetch them: synclr data ${name}`,
  });
}

/** [size, size, 4] premultiplied → [size, size, 3] on white. */
export function onWhite(sprite: Uint8Array): Uint8Array {
  const out = new Uint8Array((sprite.length / 4) * 3);
  for (let p = 0; p < sprite.length / 4; p++) {
    for (let c = 0; c < 3; c++) out[3 * p + c] = sprite[4 * p + c] + 255 - sprite[4 * p + 3];
  }
  return out;
}
