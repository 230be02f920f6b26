import { existsSync } from 'node:fs';
import path from 'node:path';
import { decodeImage } from '../../data/imageFolder.js';
import { InputError } from '../../errors.js';
import { sha256 } from '../../runs/files.js';
import { readListFile } from '../../runs/textFile.js';
import { identityOfFiles } from '../featureCache.js';
import type { LabelledImages } from '../features.js';
import type { EvaluationTask } from './task.js';

/** The twenty classes of VOC2007. */
export const VOC_CLASSES = [
  ...['aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow'],
  ...['diningtable', 'dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'],
] as const;

/**
 * VOC2007 as its archives unpack (`VOC2007/`): `ImageSets/Main/<class>_<split>.txt` says of every picture 1 (the class is
 * there), 0 (difficult) or -1; pictures are `JPEGImages/<id>.jpg`. Difficult counts as absent, as in the published
 * evaluation (spec 5.2).
 *
 * @param classes another set of the same layout has other ones
 */
export function voc2007Task(
  folder: string,
  { classes = VOC_CLASSES }: { classes?: readonly string[] } = {},
): EvaluationTask {
  return {
    name: 'VOC2007',
    group: 'folder',
    mirrors: 'itself',
    metric: '11-point mAP',
    async open({ size, share = 1 }) {
      const split = (name: string) => openSplit(folder, name, { size, share, classes });
      return { train: split('train'), validation: split('val'), test: split('test') };
    },
  };
}

function openSplit(
  folder: string,
  split: string,
  { size, share, classes }: { size: number; share: number; classes: readonly string[] },
): LabelledImages {
  const lists = classes.map((name) => readList(path.join(folder, 'ImageSets', 'Main', `${name}_${split}.txt`)));
  const ids = lists[0].map(({ id }) => id);
  lists.forEach((list, c) => {
    const differs = list.length !== ids.length || list.some(({ id }, i) => id !== ids[i]);
    if (!differs) return;
    throw new InputError({
      where: path.join(folder, 'ImageSets', 'Main', `${classes[c]}_${split}.txt`),
      expected: `the ${ids.length} pictures of ${classes[0]}_${split}.txt in their order`,
      found: `${list.length} pictures, or others`,
      fix: 'unpack the archive again',
    });
  });
  const flags = (row: number) => lists.map((list) => (list[row].flag === 1 ? 1 : 0));
  return {
    length: Math.max(1, Math.round(share * ids.length)),
    size,
    classes,
    get identity() {
      const files = ids.map((id) => path.join('JPEGImages', `${id}.jpg`));
      return sha256(JSON.stringify([lists, identityOfFiles(folder, files)]));
    },
    async batch(indices) {
      const images = new Uint8Array(indices.length * size * size * 3);
      for (const [b, row] of indices.entries()) {
        images.set(
          await decodeImage(path.join(folder, 'JPEGImages', `${ids[row]}.jpg`), { size }),
          b * size * size * 3,
        );
      }
      const relevant = Uint8Array.from(indices.flatMap(flags));
      return { images, relevant, labels: new Int32Array(indices.length) };
    },
  };
}

/** Lines such as `000012 -1`. */
function readList(file: string): { id: string; flag: number }[] {
  const fault = (found: string) =>
    new InputError({
      where: file,
      expected: 'lines of a picture and 1, 0 or -1, as in VOC2007',
      found,
      fix: 'give the folder that holds ImageSets and JPEGImages',
    });
  if (!existsSync(file)) throw fault('no such file');
  const lines = readListFile(file, 'a picture and its flag').map(({ text }) => text);
  if (lines.length === 0) throw fault('an empty file');
  return lines.map((line, i) => {
    // Names of pictures are file names: nothing that leads out of the folder.
    const [, id, flag] = /^\s*([\w-]+)\s+(-1|0|1)\s*$/.exec(line) ?? [];
    if (id === undefined) throw fault(`line ${i + 1}: ${line.slice(0, 60)}`);
    return { id, flag: Number(flag) };
  });
}
