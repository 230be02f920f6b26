import { type PublishedData, publishedFolder } from './publishedSet.js';

const layout = 'images/Abyssinian_1.jpg …, annotations/trainval.txt, annotations/test.txt';
const title = 'Oxford-IIIT Pets';

/** Parkhi et al. 2012. Lines are `Abyssinian_100 1 1 1`: a picture, its breed from 1, species and number in the species. */
export const pets: PublishedData = {
  name: 'pets',
  title,
  metric: 'mean per class',
  layout,
  counts: { classes: 37, train: 3680, test: 3669 },
  open(root) {
    const folder = publishedFolder(root, { title, layout });
    const read = (list: string) =>
      folder.lines('annotations', list).map((line, i) => {
        const [, picture, breed] = /^(\S+) (\d+) \d+ \d+$/.exec(line) ?? [];
        if (breed === undefined)
          throw folder.fault(`line ${i + 1}: ${line.slice(0, 60)}`, folder.path('annotations', list));
        return { picture, breed: Number(breed) };
      });
    const [train, test] = [read('trainval.txt'), read('test.txt')];
    const classes: string[] = [];
    for (const { picture, breed } of [...train, ...test]) {
      classes[breed - 1] ??= picture.replace(/_\d+$/, '').replaceAll('_', ' ');
    }
    for (let i = 0; i < classes.length; i++)
      if (classes[i] === undefined) throw folder.fault(`no picture of breed ${i + 1}`);
    const split = (rows: typeof train) =>
      folder.split(
        rows.map(({ picture }) => `images/${picture}.jpg`),
        rows.map(({ breed }) => breed - 1),
      );
    return { classes, train: split(train), test: split(test), read: folder.read };
  },
};
