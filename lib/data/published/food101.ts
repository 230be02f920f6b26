import { type PublishedData, publishedFolder } from './publishedSet.js';

const layout = 'images/apple_pie/1005649.jpg …, meta/classes.txt, meta/train.txt, meta/test.txt';
const title = 'Food-101';

/** Bossard et al. 2014: 750 pictures a dish to train on, not cleaned, and 250 to test on. Lines are `apple_pie/1005649`. */
export const food101: PublishedData = {
  name: 'food-101',
  title,
  metric: 'accuracy',
  layout,
  counts: { classes: 101, train: 75750, test: 25250 },
  open(root) {
    const folder = publishedFolder(root, { title, layout });
    const classes = folder.lines('meta', 'classes.txt');
    const split = (list: string) => {
      const where = folder.path('meta', list);
      const pictures = folder.lines('meta', list);
      return folder.split(
        pictures.map((picture) => `images/${picture}.jpg`),
        pictures.map((picture) => folder.labelOf(classes, picture.split('/')[0], where)),
      );
    };
    return { classes, train: split('train.txt'), test: split('test.txt'), read: folder.read };
  },
};
