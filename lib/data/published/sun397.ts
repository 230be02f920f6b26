import { type PublishedData, publishedFolder } from './publishedSet.js';

const layout = 'a/abbey/sun_aaalbzqrimafwbiv.jpg …, ClassName.txt, Training_01.txt, Testing_01.txt';
const title = 'SUN397';

/**
 * Xiao et al. 2010: 397 places. Of its ten official lists the paper takes the first (spec §5.2). Lines are
 * `/a/abbey/sun_aaalbzqrimafwbiv.jpg`; a class is the folder, of one level more where indoors and outdoors differ.
 */
export const sun397: PublishedData = {
  name: 'sun397',
  title,
  metric: 'accuracy',
  layout,
  counts: { classes: 397, train: 19850, test: 19850 },
  open(root) {
    const folder = publishedFolder(root, { title, layout });
    const paths = folder.lines('ClassName.txt');
    const split = (list: string) => {
      const where = folder.path(list);
      const pictures = folder.lines(list);
      return folder.split(
        pictures.map((picture) => picture.replace(/^\//, '')),
        pictures.map((picture) => folder.labelOf(paths, picture.slice(0, picture.lastIndexOf('/')), where)),
      );
    };
    const classes = paths.map((name) => name.split('/').slice(2).join(' ').replaceAll('_', ' '));
    return { classes, train: split('Training_01.txt'), test: split('Testing_01.txt'), read: folder.read };
  },
};
