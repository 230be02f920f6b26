import { statSync } from 'node:fs';
import { type PublishedData, type PublishedFolder, publishedFolder } from './publishedSet.js';

const layout =
  'Data/CLS-LOC/train/n01440764/*.JPEG, Data/CLS-LOC/val/*.JPEG and Annotations/CLS-LOC/val/*.xml; or train/n01440764/ and val/n01440764/';
const title = 'ImageNet (ILSVRC 2012)';

/**
 * Russakovsky et al. 2015. Its test labels are not published, so its validation pictures are the test, as everywhere. Their
 * classes are in one XML file a picture, unless somebody has sorted them into class folders.
 */
export const imagenet: PublishedData = {
  name: 'imagenet',
  title,
  metric: 'accuracy',
  layout,
  counts: { classes: 1000, train: 1281167, test: 50000 },
  open(root) {
    const folder = publishedFolder(root, { title, layout });
    const isFolder = (...parts: string[]) =>
      statSync(folder.path(...parts), { throwIfNoEntry: false })?.isDirectory() ?? false;
    const base = isFolder('Data', 'CLS-LOC') ? ['Data', 'CLS-LOC'] : [];
    const classes = folder.names(...base, 'train').filter((name) => /^n\d{8}$/.test(name));
    if (classes.length === 0) throw folder.fault('no class folders such as n01440764', folder.path(...base, 'train'));
    const sorted = (split: string) => {
      const rows = classes.flatMap((name, label) =>
        pictures(folder, ...base, split, name).map((picture) => ({ picture, label })),
      );
      return folder.split(
        rows.map(({ picture }) => picture),
        rows.map(({ label }) => label),
      );
    };
    const annotated = () => {
      const all = pictures(folder, ...base, 'val');
      const labels = all.map((picture) => {
        const name = `${picture
          .split('/')
          .at(-1)!
          .replace(/\.\w+$/, '')}.xml`;
        const where = folder.path('Annotations', 'CLS-LOC', 'val', name);
        const [, of] = /<object>[\s\S]*?<name>\s*(n\d{8})\s*<\/name>/.exec(
          folder.bytes('Annotations', 'CLS-LOC', 'val', name).toString('utf8'),
        ) ?? [undefined, ''];
        return folder.labelOf(classes, of, where);
      });
      return folder.split(all, labels);
    };
    return {
      classes,
      train: sorted('train'),
      test: isFolder(...base, 'val', classes[0]) ? sorted('val') : annotated(),
      read: folder.read,
    };
  },
};

const pictures = (folder: PublishedFolder, ...parts: string[]) =>
  folder
    .names(...parts)
    .filter((name) => /\.jpe?g$/i.test(name))
    .map((name) => [...parts, name].join('/'));
