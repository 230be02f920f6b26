import path from 'node:path';
import { publishedFolder } from './publishedSet.js';

const layout = 'images/{training,validation}/, annotations/{training,validation}/, objectInfo150.txt';
const title = 'ADE20k (ADEChallengeData2016)';

/** A split of pictures with masks: two folders of equal names. */
export interface MaskFolders {
  readonly images: string;
  readonly masks: string;
  readonly count: number;
}

/**
 * Zhou et al. 2017: 150 classes of pixels, Table 7's data. Masks are grey PNG, 0 for no class and then the classes from 1 in the
 * order of objectInfo150.txt, whose lines are a number, shares and counts, and the names, between tabs.
 */
export function openAde20k(root: string): { classes: string[]; training: MaskFolders; validation: MaskFolders } {
  const folder = publishedFolder(root, { title, layout });
  const [header, ...rows] = folder.lines('objectInfo150.txt');
  if (!header.startsWith('Idx'))
    throw folder.fault(`a first line ${header.slice(0, 40)}`, folder.path('objectInfo150.txt'));
  const classes = rows.map((row) => row.split('\t').at(-1)!.split(',')[0].trim());
  const split = (name: string) => {
    const pictures = folder.names('images', name).map((file) => path.parse(file).name);
    const masks = new Set(folder.names('annotations', name));
    const absent = pictures.find((picture) => !masks.has(`${picture}.png`));
    if (absent !== undefined) throw folder.fault(`no annotations/${name}/${absent}.png`);
    if (pictures.length === 0) throw folder.fault('a split without pictures', folder.path('images', name));
    return { images: folder.path('images', name), masks: folder.path('annotations', name), count: pictures.length };
  };
  return { classes, training: split('training'), validation: split('validation') };
}

/** As published. */
export const ADE20K_COUNTS = { classes: 150, training: 20210, validation: 2000 } as const;
