import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { openAde20k } from '../../../lib/data/published/ade20k.js';
import { PUBLISHED_DATA, publishedData } from '../../../lib/data/published/publishedData.js';
import { countsOf, type PublishedSet, requireCounts } from '../../../lib/data/published/publishedSet.js';
import { VOC_CLASSES, vocLayout } from '../../../lib/data/published/voc2007.js';
import { InputError } from '../../../lib/errors.js';
import { publishedTask } from '../../../lib/evaluate/publishedTask.js';
import { openMaskFolder } from '../../../lib/evaluate/segmentation/maskFolder.js';
import { MAT } from './matFixtures.js';

let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await sharp({ create: { width: 10, height: 8, channels: 3, background: '#c02040' } })
    .jpeg()
    .toBuffer();
});

/** A folder of these files; those that end in .jpg or .JPEG are pictures whatever they hold. */
function folder(files: Record<string, string | Uint8Array>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'published-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), /\.jpe?g$/i.test(name) ? jpeg : content);
  }
  return root;
}
const pictures = (...names: string[]) => Object.fromEntries(names.map((name) => [name, '']));
const mat = (name: keyof typeof MAT) => Buffer.from(MAT[name], 'base64');

const cifarRecords = (head: readonly number[][]) =>
  Buffer.concat(
    head.map((labels, i) =>
      Buffer.concat([Buffer.from(labels), ...[10, 20, 30].map((v) => Buffer.alloc(1024, v + i))]),
    ),
  );

/** The layout of each set, with a handful of pictures. */
const TINY: Record<string, () => Record<string, string | Uint8Array>> = {
  flowers: () => ({
    ...pictures(...[1, 2, 3, 4, 5, 6].map((i) => `jpg/image_0000${i}.jpg`)),
    'imagelabels.mat': mat('labels'),
    'setid.mat': mat('setid'),
  }),
  pets: () => ({
    ...pictures(
      'images/Abyssinian_1.jpg',
      'images/Abyssinian_2.jpg',
      'images/great_dane_7.jpg',
      'images/great_dane_8.jpg',
    ),
    'annotations/trainval.txt': 'Abyssinian_1 1 1 1\ngreat_dane_7 2 2 1\n',
    'annotations/test.txt': 'great_dane_8 2 2 1\nAbyssinian_2 1 1 1\n',
  }),
  dtd: () => ({
    ...pictures('images/banded/banded_0001.jpg', 'images/dotted/dotted_0001.jpg', 'images/dotted/dotted_0002.jpg'),
    'labels/train1.txt': 'dotted/dotted_0001.jpg\n',
    'labels/val1.txt': 'banded/banded_0001.jpg\n',
    'labels/test1.txt': 'dotted/dotted_0002.jpg\n',
  }),
  aircraft: () => ({
    ...pictures('data/images/0034309.jpg', 'data/images/0034310.jpg', 'data/images/0034311.jpg'),
    'data/variants.txt': '707-320\nHawk T1\n',
    'data/images_variant_train.txt': '0034309 Hawk T1\n',
    'data/images_variant_val.txt': '0034310 707-320\n',
    'data/images_variant_test.txt': '0034311 Hawk T1\n',
  }),
  cars: () => ({
    ...pictures(...['train', 'test'].flatMap((split) => [1, 2, 3].map((i) => `cars_${split}/0000${i}.jpg`))),
    'devkit/cars_meta.mat': mat('meta'),
    'devkit/cars_train_annos.mat': mat('annotations'),
    'devkit/cars_test_annos_withlabels.mat': mat('annotations'),
  }),
  'food-101': () => ({
    ...pictures('images/apple_pie/1.jpg', 'images/waffles/2.jpg', 'images/waffles/3.jpg'),
    'meta/classes.txt': 'apple_pie\nwaffles\n',
    'meta/train.txt': 'apple_pie/1\nwaffles/2\n',
    'meta/test.txt': 'waffles/3\n',
  }),
  'cifar-10': () => ({
    'batches.meta.txt': 'airplane\nautomobile\nbird\n\n',
    ...Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, cifarRecords([[i % 3], [2]])])),
    'test_batch.bin': cifarRecords([[1]]),
  }),
  'cifar-100': () => ({
    'fine_label_names.txt': 'apple\naquarium_fish\n',
    'train.bin': cifarRecords([
      [9, 1],
      [8, 0],
    ]),
    'test.bin': cifarRecords([[9, 0]]),
  }),
  'caltech-101': () =>
    pictures(
      ...['BACKGROUND_Google', 'accordion'].flatMap((name) =>
        Array.from(
          { length: 60 },
          (_, i) => `101_ObjectCategories/${name}/image_${String(i + 1).padStart(4, '0')}.jpg`,
        ),
      ),
    ),
  sun397: () => ({
    ...pictures('a/abbey/sun_a.jpg', 'b/bar/indoor/sun_b.jpg', 'b/bar/indoor/sun_c.jpg'),
    'ClassName.txt': '/a/abbey\n/b/bar/indoor\n',
    'Training_01.txt': '/b/bar/indoor/sun_b.jpg\n/a/abbey/sun_a.jpg\n',
    'Testing_01.txt': '/b/bar/indoor/sun_c.jpg\n',
  }),
  voc2007: () => ({
    ...pictures('JPEGImages/000005.jpg', 'JPEGImages/000007.jpg', 'JPEGImages/000009.jpg'),
    ...Object.fromEntries(
      VOC_CLASSES.flatMap((name, i) => [
        [`ImageSets/Main/${name}_train.txt`, `000005 ${i === 3 ? ' 1' : '-1'}\n`],
        [`ImageSets/Main/${name}_val.txt`, `000007 ${i === 3 ? ' 0' : '-1'}\n`],
        [`ImageSets/Main/${name}_test.txt`, `000009 ${i % 2 ? ' 1' : '-1'}\n`],
      ]),
    ),
  }),
  imagenet: () => ({
    ...pictures(
      'Data/CLS-LOC/train/n01440764/n01440764_1.JPEG',
      'Data/CLS-LOC/train/n01443537/n01443537_1.JPEG',
      'Data/CLS-LOC/val/ILSVRC2012_val_00000001.JPEG',
    ),
    'Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml':
      '<annotation><filename>n00000000</filename><object>\n  <name>n01443537</name></object></annotation>',
  }),
};
const labelsOf = ({ train, validation, test }: PublishedSet) =>
  [train, validation, test].map((split) => split && [...split.labels]);

describe('the table of published data', () => {
  it('has a tiny folder here for each set', () => {
    expect(Object.keys(TINY).sort()).toEqual(PUBLISHED_DATA.map(({ name }) => name).sort());
  });

  it('names the sets it knows when asked for another', () => {
    expect(() => publishedData('mnist')).toThrow(/aircraft, cars, dtd[\s\S]*mnist[\s\S]*--folders/);
  });

  it.each(PUBLISHED_DATA.map((data) => [data.name, data] as const))(
    '%s: a wrong folder is refused with its layout in words',
    (_, data) => {
      for (const root of [path.join(tmpdir(), 'no-such-folder'), folder({ 'readme.txt': 'hello' })]) {
        expect(() => data.open(root)).toThrow(InputError);
        expect(() => data.open(root)).toThrow(data.layout.slice(0, 20));
        expect(() => data.open(root)).toThrow(/found: {4}no /);
      }
    },
  );

  it.each(PUBLISHED_DATA.map((data) => [data.name, data] as const))(
    '%s: a picture of a list that is not there is named',
    (name, data) => {
      if (['cifar-10', 'cifar-100', 'caltech-101', 'imagenet'].includes(name)) return; // they have no lists of pictures
      const root = folder(TINY[name]());
      const { test } = data.open(root);
      rmSync(path.join(root, test.pictures[0]));
      expect(() => data.open(root)).toThrow(`no picture ${test.pictures[0]}`);
    },
  );

  it.each(PUBLISHED_DATA.map((data) => [data.name, data] as const))(
    '%s: pictures are decoded to the size asked for, and a part is not taken for the whole',
    async (name, data) => {
      const root = folder(TINY[name]());
      const set = data.open(root);
      expect((await set.read(set.test.pictures[0], 16)).length).toBe(16 * 16 * 3);
      expect(() => requireCounts(data, set, root)).toThrow(/whole: [\s\S]*--partial/);
      await expect(publishedTask(data, root).open({ size: 16 })).rejects.toThrow(/whole/);
    },
  );

  it.each(PUBLISHED_DATA.map((data) => [data.name, data] as const))(
    '%s: the published counts pass, and one picture less does not',
    (_, data) => {
      const { classes, train = 0, validation = 0, test = 0, pictures: all } = data.counts;
      const rows = (from: number, count: number) => ({
        pictures: Array.from({ length: count }, (_, i) => `${from + i}`),
        labels: new Int32Array(count),
      });
      const set = (short: number): PublishedSet => ({
        classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
        train: rows(0, train),
        ...(validation > 0 && { validation: rows(train, validation) }),
        test: rows(train + validation, (all === undefined ? test : all - train) - short),
        read: async () => new Uint8Array(),
      });
      expect(() => requireCounts(data, set(0), 'root')).not.toThrow();
      expect(() => requireCounts(data, set(1), 'root')).toThrow(/expected: /);
    },
  );
});

/** [train, validation, test], from the papers of the sets. */
const SIZES: [string, number, (number | undefined)[]][] = [
  ['flowers', 102, [1020, 1020, 6149]],
  ['pets', 37, [3680, undefined, 3669]],
  ['dtd', 47, [1880, 1880, 1880]],
  ['aircraft', 100, [3334, 3333, 3333]],
  ['cars', 196, [8144, undefined, 8041]],
  ['food-101', 101, [75750, undefined, 25250]],
  ['sun397', 397, [19850, undefined, 19850]],
  ['voc2007', 20, [2501, 2510, 4952]],
  ['cifar-10', 10, [50000, undefined, 10000]],
  ['cifar-100', 100, [50000, undefined, 10000]],
  ['imagenet', 1000, [1281167, undefined, 50000]],
];

describe('readers of published layouts', () => {
  it.each(SIZES)('%s has its published counts', (name, classes, [train, validation, test]) => {
    expect(publishedData(name).counts).toEqual({ classes, train, ...(validation && { validation }), test });
  });

  it.each([
    ['flowers', [[0, 1, 2], [2], [1, 0]]],
    ['pets', [[0, 1], undefined, [1, 0]]],
    ['dtd', [[1], [0], [1]]],
    ['aircraft', [[1], [0], [1]]],
    ['cars', [[1, 0, 1], undefined, [1, 0, 1]]],
    ['food-101', [[0, 1], undefined, [1]]],
    ['cifar-10', [[1, 2, 2, 2, 0, 2, 1, 2, 2, 2], undefined, [1]]],
    ['cifar-100', [[1, 0], undefined, [0]]],
    ['sun397', [[1, 0], undefined, [1]]],
    ['imagenet', [[0, 1], undefined, [1]]],
  ] as const)('%s: labels of each split', (name, expected) => {
    expect(labelsOf(publishedData(name).open(folder(TINY[name]())))).toEqual(expected);
  });

  it('names classes in words', () => {
    expect(publishedData('pets').open(folder(TINY.pets())).classes).toEqual(['Abyssinian', 'great dane']);
    expect(publishedData('sun397').open(folder(TINY.sun397())).classes).toEqual(['abbey', 'bar indoor']);
    expect(publishedData('cars').open(folder(TINY.cars())).classes[1]).toBe('Acura RL Sedan 2012');
  });

  it('CIFAR: planes become pixels, record by record', async () => {
    const set = publishedData('cifar-100').open(folder(TINY['cifar-100']()));
    expect([...(await set.read(set.train.pictures[1], 32)).subarray(0, 6)]).toEqual([11, 21, 31, 11, 21, 31]);
    expect([...(await set.read(set.train.pictures[1], 8)).subarray(0, 3)]).toEqual([11, 21, 31]);
  });

  it('CIFAR: a cut file and a label beyond the classes are refused', () => {
    const files = TINY['cifar-10']();
    files['data_batch_3.bin'] = Buffer.alloc(3000);
    expect(() => publishedData('cifar-10').open(folder(files))).toThrow(/data_batch_3\.bin[\s\S]*3000 bytes/);
    files['data_batch_3.bin'] = cifarRecords([[7]]);
    expect(() => publishedData('cifar-10').open(folder(files))).toThrow(/label 7 in record 1/);
  });

  it('Caltech-101: thirty draws a class with replacement, the rest is the test, and no picture is in both', () => {
    const { train, test, classes } = publishedData('caltech-101').open(folder(TINY['caltech-101']()));
    expect(classes).toEqual(['BACKGROUND_Google', 'accordion']);
    expect(train.pictures.length).toBe(60);
    const drawn = new Set(train.pictures);
    expect(drawn.size).toBeLessThan(60);
    expect(test.pictures.length).toBe(120 - drawn.size);
    expect(test.pictures.some((picture) => drawn.has(picture))).toBe(false);
  });

  it('VOC2007: flags of every class, and difficult counts as absent', () => {
    const { train, validation, test } = publishedData('voc2007').open(folder(TINY.voc2007()));
    expect(train.relevant?.indexOf(1)).toBe(3);
    expect(validation?.relevant?.includes(1)).toBe(false);
    expect([...test.relevant!].filter(Boolean).length).toBe(10);
    expect(() => vocLayout(['zebra']).open(folder(TINY.voc2007()))).toThrow(/zebra_train\.txt/);
  });

  it('ImageNet: validation pictures sorted into class folders are read as well, and an unknown class is named', () => {
    const sorted = pictures(
      'train/n01440764/a.JPEG',
      'train/n01443537/b.JPEG',
      'val/n01440764/c.JPEG',
      'val/n01443537/d.JPEG',
    );
    expect(labelsOf(publishedData('imagenet').open(folder(sorted)))).toEqual([[0, 1], undefined, [0, 1]]);
    const files = TINY.imagenet();
    files['Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml'] = '<object><name>n09999999</name></object>';
    expect(() => publishedData('imagenet').open(folder(files))).toThrow(/n09999999, which is none of 2/);
  });

  it('lists that lead out of the folder are refused', () => {
    const files = TINY.sun397();
    files['Testing_01.txt'] = '/b/bar/indoor/../../../secret.jpg\n';
    files['ClassName.txt'] = '/a/abbey\n/b/bar/indoor\n/b/bar/indoor/../../..\n';
    expect(() => publishedData('sun397').open(folder(files))).toThrow(/no picture b\/bar/);
  });

  it('what operating systems leave beside pictures and classes counts for nothing', () => {
    for (const [name, tiny] of Object.entries(TINY)) {
      const files = tiny();
      const folders = new Set(Object.keys(files).map((file) => path.dirname(file)));
      const strays = [...folders, ...[...folders].map((one) => path.dirname(one))].flatMap((at) =>
        ['.DS_Store', 'Thumbs.db', 'desktop.ini'].map((stray) => [path.join(at, stray), 'x']),
      );
      const open = (more: object) => countsOf(publishedData(name).open(folder({ ...files, ...more })));
      expect(open(Object.fromEntries(strays)), name).toEqual(open({}));
    }
  });

  it('lists may be saved by Windows and by old Macs, with marks and empty lines', () => {
    const files = TINY.pets();
    const list = files['annotations/trainval.txt'] as string;
    const splitOf = (text: string | Uint8Array) =>
      publishedData('pets').open(folder({ ...files, 'annotations/trainval.txt': text })).train;
    for (const ends of ['\r\n', '\r', '\n\n']) expect(splitOf(list.replaceAll('\n', ends))).toEqual(splitOf(list));
    expect(splitOf(Buffer.from(`\uFEFF${list}`, 'utf16le'))).toEqual(splitOf(list));
    expect(() => splitOf('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n')).toThrow(/git lfs pull/);
  });

  it('files that are Git LFS pointers say so', () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';
    const flowers = folder({ ...TINY.flowers(), 'imagelabels.mat': pointer });
    expect(() => publishedData('flowers').open(flowers)).toThrow(/imagelabels\.mat[\s\S]*git lfs pull/);
  });

  it('a class of Caltech-101 may be a link to its folder', () => {
    const files = TINY['caltech-101']();
    const root = folder(files);
    const [name] = Object.keys(files)[0].split('/').slice(1);
    const before = publishedData('caltech-101').open(root);
    const elsewhere = path.join(mkdtempSync(path.join(tmpdir(), 'published-')), 'moved');
    renameSync(path.join(root, '101_ObjectCategories', name), elsewhere);
    symlinkSync(elsewhere, path.join(root, '101_ObjectCategories', name));
    const after = publishedData('caltech-101').open(root);
    expect({ ...after, read: undefined }).toEqual({ ...before, read: undefined });
  });

  it('as a task: a label that is none of the classes is refused', async () => {
    const root = folder({ ...TINY.pets(), 'annotations/test.txt': 'great_dane_8 2 2 1\nAbyssinian_2 0 1 1\n' });
    const task = publishedTask(publishedData('pets'), root, { partial: true });
    await expect(task.open({ size: 8 })).rejects.toThrow(/Abyssinian_2\.jpg of class 0/);
  });

  it('a list with a strange line names file and line', () => {
    const files = TINY.pets();
    files['annotations/test.txt'] = 'great_dane_8 2 2 1\nAbyssinian\n';
    expect(() => publishedData('pets').open(folder(files))).toThrow(/test\.txt[\s\S]*line 2: Abyssinian/);
  });

  it('as a task: validation is a fifth of train where none is published, the same each time', async () => {
    const root = folder(TINY['caltech-101']());
    const task = publishedTask(publishedData('caltech-101'), root, { partial: true });
    const [first, second] = [await task.open({ size: 8 }), await task.open({ size: 8 })];
    expect([first.train.length, first.validation.length]).toEqual([48, 12]);
    expect(first.validation.identity).toBe(second.validation.identity);
    const { images, labels } = await first.test.batch([0, 1]);
    expect([images.length, labels.length]).toEqual([2 * 8 * 8 * 3, 2]);
  });

  it('as a task: VOC’s flags come with the pictures', async () => {
    const task = publishedTask(publishedData('voc2007'), folder(TINY.voc2007()), { partial: true });
    const { relevant } = await (await task.open({ size: 8 })).train.batch([0]);
    expect([...relevant!].indexOf(1)).toBe(3);
  });
});

describe('openAde20k', () => {
  const objects =
    'Idx\tRatio\tTrain\tVal\tStuff\tName\n1\t0.1576\t11664\t1172\t1\twall\n2\t0.1072\t6046\t612\t1\tbuilding, edifice\n';
  const tiny = async () => {
    const mask = await sharp(Buffer.from(Array.from({ length: 80 }, (_, i) => i % 3)), {
      raw: { width: 10, height: 8, channels: 1 },
    })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    return {
      ...pictures('images/training/ADE_train_00000001.jpg', 'images/validation/ADE_val_00000001.jpg'),
      'annotations/training/ADE_train_00000001.png': mask,
      'annotations/validation/ADE_val_00000001.png': mask,
      'objectInfo150.txt': objects,
    };
  };

  it('reads names and PNG masks: 0 is no class, the first class is 1', async () => {
    const { classes, training, validation } = openAde20k(folder(await tiny()));
    expect(classes).toEqual(['wall', 'building']);
    expect([training.count, validation.count]).toEqual([1, 1]);
    const { mask } = await openMaskFolder({ images: training.images, masks: training.masks, classes }).read(0);
    expect([...mask.subarray(0, 3)]).toEqual([255, 0, 1]);
  });

  it('refuses a wrong folder and names a mask that is missing', async () => {
    expect(() => openAde20k(folder({ 'a.txt': '' }))).toThrow(/objectInfo150\.txt/);
    const { 'annotations/validation/ADE_val_00000001.png': _, ...files } = await tiny();
    expect(() => openAde20k(folder({ ...files, 'annotations/validation/x.png': '' }))).toThrow(
      /no annotations\/validation\/ADE_val_00000001\.png/,
    );
  });
});

it('counts pictures once that a split draws several times', () => {
  const split = (pictures: string[]) => ({ pictures, labels: new Int32Array(pictures.length) });
  const read = async () => new Uint8Array();
  expect(countsOf({ classes: ['a'], train: split(['1', '1', '2']), test: split(['3']), read })).toEqual({
    classes: 1,
    train: 3,
    validation: 0,
    test: 1,
    pictures: 3,
  });
});
