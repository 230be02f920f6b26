import sharp from 'sharp';
import { type PublishedData, type PublishedFolder, publishedFolder } from './publishedSet.js';

const SIDE = 32;
const PIXELS = SIDE * SIDE;

interface Layout {
  readonly name: string;
  readonly title: string;
  readonly classes: number;
  readonly names: string;
  readonly train: readonly string[];
  readonly test: string;
  /** bytes before the pixels, of which the last is the label */
  readonly head: number;
}

/**
 * Krizhevsky 2009, the binary version: a record is one label (CIFAR-10) or a coarse and a fine one (CIFAR-100), then the
 * red, the green and the blue of 32 × 32 pixels, row by row.
 */
function cifar({ name, title, classes: count, names, train, test, head }: Layout): PublishedData {
  const layout = `${train.length === 1 ? train[0] : `${train[0]} … ${train.at(-1)}`}, ${test}, ${names}`;
  return {
    name,
    title,
    metric: 'accuracy',
    layout,
    counts: { classes: count, train: 50000, test: 10000 },
    open(root) {
      const folder = publishedFolder(root, { title, layout });
      const classes = folder.lines(names);
      const record = head + 3 * PIXELS;
      const held = new Map([...train, test].map((file) => [file, records(folder, file, record)]));
      const split = (files: readonly string[]) => {
        const rows = files.flatMap((file) => {
          const bytes = held.get(file)!;
          return Array.from({ length: bytes.length / record }, (_, i) => {
            const label = bytes[i * record + head - 1];
            if (label >= classes.length) throw folder.fault(`label ${label} in record ${i + 1}`, folder.path(file));
            return { picture: `${file}#${i}`, label };
          });
        });
        return { pictures: rows.map((row) => row.picture), labels: Int32Array.from(rows, (row) => row.label) };
      };
      return {
        classes,
        train: split(train),
        test: split([test]),
        async read(picture, size) {
          const [file, index] = picture.split('#');
          const at = Number(index) * record + head;
          const rgb = interleave(held.get(file)!.subarray(at, at + 3 * PIXELS));
          if (size === SIDE) return rgb;
          const raw = { width: SIDE, height: SIDE, channels: 3 as const };
          return new Uint8Array(await sharp(rgb, { raw }).resize(size, size).raw().toBuffer());
        },
      };
    },
  };
}

function records(folder: PublishedFolder, file: string, record: number): Buffer {
  const bytes = folder.bytes(file);
  if (bytes.length > 0 && bytes.length % record === 0) return bytes;
  throw folder.fault(`${bytes.length} bytes, not records of ${record}`, folder.path(file));
}

/** Three planes to pixels. */
function interleave(planes: Uint8Array): Uint8Array {
  const out = new Uint8Array(3 * PIXELS);
  for (let p = 0; p < PIXELS; p++) for (let c = 0; c < 3; c++) out[3 * p + c] = planes[c * PIXELS + p];
  return out;
}

export const cifar10 = cifar({
  name: 'cifar-10',
  title: 'CIFAR-10 (binary version)',
  classes: 10,
  names: 'batches.meta.txt',
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: 'test_batch.bin',
  head: 1,
});

export const cifar100 = cifar({
  name: 'cifar-100',
  title: 'CIFAR-100 (binary version)',
  classes: 100,
  names: 'fine_label_names.txt',
  train: ['train.bin'],
  test: 'test.bin',
  head: 2,
});
