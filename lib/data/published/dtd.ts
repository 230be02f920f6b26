import { type PublishedData, publishedFolder } from './publishedSet.js';

const layout = 'images/CLASS/CLASS_0001.jpg …, labels/train1.txt, labels/val1.txt, labels/test1.txt';
const title = 'Describable Textures (DTD)';

/** Cimpoi et al. 2014: 47 textures. Of its ten splits the paper takes the first (spec §5.2). */
export const dtd: PublishedData = {
  name: 'dtd',
  title,
  metric: 'accuracy',
  layout,
  counts: { classes: 47, train: 1880, validation: 1880, test: 1880 },
  open(root) {
    const folder = publishedFolder(root, { title, layout });
    const classes = folder.names('images');
    const split = (list: string) => {
      const pictures = folder.lines('labels', list);
      const where = folder.path('labels', list);
      return folder.split(
        pictures.map((picture) => `images/${picture}`),
        pictures.map((picture) => folder.labelOf(classes, picture.split('/')[0], where)),
      );
    };
    return {
      classes,
      train: split('train1.txt'),
      validation: split('val1.txt'),
      test: split('test1.txt'),
      read: folder.read,
    };
  },
};
