import { type PublishedData, publishedFolder } from './publishedSet.js';

/** The twenty classes of VOC2007. */
export const VOC_CLASSES = [
  ...['aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow'],
  ...['diningtable', 'dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'],
] as const;

const layout = 'ImageSets/Main/CLASS_{train,val,test}.txt, JPEGImages/000005.jpg …';
const title = 'VOC2007';

/**
 * Everingham et al. 2007: `ImageSets/Main/<class>_<split>.txt` says of every picture 1 (the class is there), 0 (difficult)
 * or -1. Difficult counts as absent, as in the published evaluation (spec §5.2).
 *
 * @param classes another set of the same layout has other ones
 */
export function vocLayout(classes: readonly string[] = VOC_CLASSES): PublishedData {
  return {
    name: 'voc2007',
    title,
    metric: '11-point mAP',
    layout,
    counts: { classes: 20, train: 2501, validation: 2510, test: 4952 },
    open(root) {
      const folder = publishedFolder(root, { title, layout });
      const split = (name: string) => {
        const list = (of: string) => {
          const file = `${of}_${name}.txt`;
          return folder.lines('ImageSets', 'Main', file).map((line, i) => {
            // Names of pictures are file names: nothing that leads out of the folder.
            const [, id, flag] = /^([\w-]+)\s+(-1|0|1)$/.exec(line) ?? [];
            if (id !== undefined) return { id, flag: flag === '1' ? 1 : 0 };
            throw folder.fault(`line ${i + 1}: ${line.slice(0, 60)}`, folder.path('ImageSets', 'Main', file));
          });
        };
        const lists = classes.map(list);
        const ids = lists[0].map(({ id }) => id);
        const other = lists.findIndex((rows) => rows.length !== ids.length || rows.some(({ id }, i) => id !== ids[i]));
        if (other >= 0) {
          throw folder.fault(`other pictures in ${classes[other]}_${name}.txt than in ${classes[0]}_${name}.txt`);
        }
        const relevant = Uint8Array.from(ids.flatMap((_, row) => lists.map((rows) => rows[row].flag)));
        const pictures = ids.map((id) => `JPEGImages/${id}.jpg`);
        return {
          ...folder.split(
            pictures,
            pictures.map(() => 0),
          ),
          relevant,
        };
      };
      return { classes, train: split('train'), validation: split('val'), test: split('test'), read: folder.read };
    },
  };
}

export const voc2007 = vocLayout();
