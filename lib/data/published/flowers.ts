import { matNumbers, readMat } from './matFile.js';
import { type PublishedData, publishedFolder } from './publishedSet.js';

const layout = 'jpg/image_00001.jpg …, imagelabels.mat, setid.mat';
const title = 'Oxford 102 Flowers';

/** Nilsback and Zisserman 2008. The sets of 1 020, 1 020 and 6 149 pictures are those of setid.mat. */
export const flowers: PublishedData = {
  name: 'flowers',
  title,
  metric: 'mean per class',
  layout,
  counts: { classes: 102, train: 1020, validation: 1020, test: 6149 },
  open(root) {
    const folder = publishedFolder(root, { title, layout });
    const numbers = (file: string, name: string) =>
      matNumbers(readMat(folder.bytes(file), folder.path(file)), name, folder.path(file));
    const labels = numbers('imagelabels.mat', 'labels');
    const classes = Array.from({ length: Math.max(...labels) }, (_, i) => `flower ${i + 1}`);
    const split = (name: string) => {
      const ids = Array.from(numbers('setid.mat', name));
      const strange = ids.find((id) => !(labels[id - 1] >= 1));
      if (strange !== undefined)
        throw folder.fault(`picture ${strange} of ${name}, which has no label`, folder.path('setid.mat'));
      return folder.split(
        ids.map((id) => `jpg/image_${String(id).padStart(5, '0')}.jpg`),
        ids.map((id) => labels[id - 1] - 1),
      );
    };
    return { classes, train: split('trnid'), validation: split('valid'), test: split('tstid'), read: folder.read };
  },
};
