import { rng } from '../../random/rng.js';
import { type PublishedData, publishedFolder } from './publishedSet.js';

const layout = '101_ObjectCategories/CLASS/image_0001.jpg …, with BACKGROUND_Google';
const title = 'Caltech-101';
const DRAWS = 30;

/**
 * Fei-Fei et al. 2004. It has no official split: the paper trains on thirty draws a class *with replacement*, seed 0, keeps the
 * background as a class, and tests on the rest (spec §5.2). The draws are ours, since theirs need
 * NumPy's generator; so the count that is checked is of all pictures.
 */
export const caltech101: PublishedData = {
  name: 'caltech-101',
  title,
  metric: 'mean per class',
  layout,
  counts: { classes: 102, train: 102 * DRAWS, pictures: 9144 },
  open(root) {
    const folder = publishedFolder(root, { title, layout });
    const within = '101_ObjectCategories';
    const { classes, files, labels } = folder.classFolders(within);
    const train: { picture: string; label: number }[] = [];
    const test: { picture: string; label: number }[] = [];
    classes.forEach((name, label) => {
      const all = files.filter((_, i) => labels[i] === label).map((file) => `${within}/${file}`);
      if (all.length < 2) throw folder.fault(`${all.length} pictures of ${name}, none of which is left for the test`);
      const draw = rng(0, 'caltech-101', name);
      const drawn = Array.from({ length: DRAWS }, () => all[draw.int(all.length)]);
      train.push(...drawn.map((picture) => ({ picture, label })));
      const seen = new Set(drawn);
      test.push(...all.filter((picture) => !seen.has(picture)).map((picture) => ({ picture, label })));
    });
    const split = (rows: typeof train) =>
      folder.split(
        rows.map(({ picture }) => picture),
        rows.map(({ label }) => label),
      );
    return { classes, train: split(train), test: split(test), read: folder.read };
  },
};
