import { type MatValue, readMat } from './matFile.js';
import { type PublishedData, publishedFolder } from './publishedSet.js';

const layout =
  'cars_train/00001.jpg …, cars_test/00001.jpg …, devkit/{cars_meta,cars_train_annos,cars_test_annos_withlabels}.mat';
const title = 'Stanford Cars';

/** Krause et al. 2013: 196 makes, models and years. The whole picture is shown, not its box, as in the paper's evaluation. */
export const cars: PublishedData = {
  name: 'cars',
  title,
  metric: 'accuracy',
  layout,
  counts: { classes: 196, train: 8144, test: 8041 },
  open(root) {
    const folder = publishedFolder(root, { title, layout });
    const read = (file: string) => readMat(folder.bytes('devkit', file), folder.path('devkit', file));
    const names = read('cars_meta.mat').get('class_names');
    const classes = names?.kind === 'cells' ? names.cells.map((cell) => (cell.kind === 'text' ? cell.text : '')) : [];
    if (classes.length === 0) throw folder.fault('no class_names', folder.path('devkit', 'cars_meta.mat'));
    const split = (pictures: string, file: string) => {
      const where = folder.path('devkit', file);
      const annotations = read(file).get('annotations');
      if (annotations?.kind !== 'structs') throw folder.fault('no annotations', where);
      const rows = annotations.rows.map((row, i) => {
        const [name, label] = [textOf(row.fname), numberOf(row.class)];
        const known = name !== undefined && label !== undefined && classes[label - 1] !== undefined;
        if (!known)
          throw folder.fault(`annotation ${i + 1} without a file name and a class in 1 … ${classes.length}`, where);
        return { picture: `${pictures}/${name}`, label: label - 1 };
      });
      return folder.split(
        rows.map(({ picture }) => picture),
        rows.map(({ label }) => label),
      );
    };
    return {
      classes,
      train: split('cars_train', 'cars_train_annos.mat'),
      test: split('cars_test', 'cars_test_annos_withlabels.mat'),
      read: folder.read,
    };
  },
};

const textOf = (value: MatValue | undefined) => (value?.kind === 'text' ? value.text : undefined);
const numberOf = (value: MatValue | undefined) => (value?.kind === 'numbers' ? value.data[0] : undefined);
