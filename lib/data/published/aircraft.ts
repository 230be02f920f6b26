import { type PublishedData, publishedFolder } from './publishedSet.js';

const layout = 'data/images/0034309.jpg …, data/variants.txt, data/images_variant_{train,val,test}.txt';
const title = 'FGVC-Aircraft (2013b)';

/** Maji et al. 2013: 100 variants. Lines are `0034309 737-300`, and a variant's name may hold spaces. */
export const aircraft: PublishedData = {
  name: 'aircraft',
  title,
  metric: 'mean per class',
  layout,
  counts: { classes: 100, train: 3334, validation: 3333, test: 3333 },
  open(root) {
    const folder = publishedFolder(root, { title, layout });
    const classes = folder.lines('data', 'variants.txt');
    const split = (list: string) => {
      const where = folder.path('data', list);
      const rows = folder.lines('data', list).map((line, i) => {
        const [, picture, variant] = /^(\d+) (.+)$/.exec(line) ?? [];
        if (variant === undefined) throw folder.fault(`line ${i + 1}: ${line.slice(0, 60)}`, where);
        return { picture: `data/images/${picture}.jpg`, label: folder.labelOf(classes, variant, where) };
      });
      return folder.split(
        rows.map(({ picture }) => picture),
        rows.map(({ label }) => label),
      );
    };
    const [train, validation, test] = ['train', 'val', 'test'].map((name) => split(`images_variant_${name}.txt`));
    return { classes, train, validation, test, read: folder.read };
  },
};
