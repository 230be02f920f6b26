import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listClassFolders, requireSameClasses } from '../../lib/data/classFolders.js';
import { InputError } from '../../lib/errors.js';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'classes-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A walk looks at names alone. */
const put = (...files: string[]) => {
  for (const file of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), '');
  }
};
const link = (name: string, target: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  symlinkSync(target, path.join(folder, name));
};
const list = (inside = '') => listClassFolders(path.join(folder, inside), { say: (line) => said.push(line) });

describe('listClassFolders', () => {
  it('takes endings in any case and folders within a class, and sorts', () => {
    put('cats/b.JPG', 'cats/deep/er/a.Jpeg', 'cats/a.png', 'ants/z.webp', 'ants/y.tiff', 'ants/x.jfif');
    expect(list()).toEqual({
      classes: ['ants', 'cats'],
      files: ['ants/x.jfif', 'ants/y.tiff', 'ants/z.webp', 'cats/a.png', 'cats/b.JPG', 'cats/deep/er/a.Jpeg'],
      labels: Int32Array.of(0, 0, 0, 1, 1, 1),
    });
    expect(said).toEqual([]);
  });

  it('says once, in one line, what it leaves out and why', () => {
    put('cats/a.png', 'cats/._a.png', 'cats/Thumbs.db', 'cats/b.bmp', 'cats/c.BMP', 'cats/notes.txt', 'cats/LICENCE');
    put('.DS_Store', 'desktop.ini', '__MACOSX/cats/a.png', '.ipynb_checkpoints/a.png', 'ants/a.png', 'readme.md');
    expect(list().files).toEqual(['ants/a.png', 'cats/a.png']);
    expect(said).toEqual([
      `${folder}: left out 5 files that are no pictures: 1 without an ending, 2 .bmp (not read here: convert them to PNG), ` +
        '1 .txt, 1 .md; 6 hidden or of the system',
    ]);
  });

  it('follows links to classes, to pictures and to a flat folder', () => {
    put('elsewhere/owl.png', 'set/cats/a.png');
    link('set/owls', path.join(folder, 'elsewhere'));
    link('set/cats/b.png', '../../elsewhere/owl.png');
    expect(list('set').files).toEqual(['cats/a.png', 'cats/b.png', 'owls/owl.png']);
    expect(list('set').classes).toEqual(['cats', 'owls']);
    link('flat', 'elsewhere');
    expect(list('flat').files).toEqual(['owl.png']);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'a class that leads nowhere',
      () => link('owls', 'gone'),
      /owls[\s\S]*a link that leads nowhere[\s\S]*mend the link/,
    ],
    ['a picture that leads nowhere', () => link('cats/b.png', 'gone.png'), /b\.png[\s\S]*leads nowhere/],
    ['a link to itself', () => link('owls', 'owls'), /a link that leads in a circle/],
    ['a link to a folder above', () => link('cats/more', '..'), /more[\s\S]*in a circle, back to/],
    ['two links to each other', () => [link('cats/x/y', '../../dogs'), link('dogs/z', '../cats')], /in a circle/],
  ])('refuses %s', (_what, make, message) => {
    put('cats/a.png', 'dogs/a.png');
    make();
    expect(() => list()).toThrow(InputError);
    expect(() => list()).toThrow(message);
  });

  it('lets what is no picture lead where it likes', () => {
    put('cats/a.png', 'dogs/a.png');
    link('cats/notes.txt', 'gone');
    link('cats/.#lock', 'gone');
    expect(list().files).toHaveLength(2);
  });

  it('compares names in one Unicode form', () => {
    const [nfc, nfd] = ['café', 'café'.normalize('NFD')];
    put(
      `train/${nfc}/a.png`,
      `train/cab/a.png`,
      `train/caz/a.png`,
      `test/${nfd}/a.png`,
      'test/cab/b.png',
      'test/caz/a.png',
    );
    const [train, test] = [list('train'), list('test')];
    expect(train.classes).toEqual(['cab', 'café', 'caz'].sort());
    expect(() => requireSameClasses(folder, ['train', train], ['test', test])).not.toThrow();
    // The files keep the names they have on the disk.
    expect(test.files).toContain(path.join(nfd, 'a.png'));
    put(`train/${nfd}/b.png`);
    expect(() => list('train')).toThrow(/café twice, in two Unicode forms/);
  });

  it('names the classes that only one of two folders has', () => {
    put('train/cats/a.png', 'train/ants/a.png', 'test/cats/a.png', 'test/dogs/a.png');
    expect(() => requireSameClasses(folder, ['train', list('train')], ['test', list('test')])).toThrow(
      /only in train: ants; only in test: dogs/,
    );
  });

  it('refuses a class without pictures, unless the folder is flat', () => {
    put('cats/a.png', 'dogs/readme.txt');
    mkdirSync(path.join(folder, 'owls'));
    expect(() => list()).toThrow(/no images in dogs, owls \(left out: 1 \.txt\)/);
    rmSync(path.join(folder, 'cats'), { recursive: true });
    expect(() => list()).toThrow(/none an image: 1 \.txt/);
    put('a.png');
    expect(list()).toEqual({ classes: [], files: ['a.png'], labels: Int32Array.of(0) });
    expect(said.at(-1)).toMatch(/folders without pictures: dogs, owls/);
  });

  it('refuses a class of pictures that are not read, and says so', () => {
    put('cats/a.bmp', 'dogs/a.heic');
    expect(() => list()).toThrow(/1 \.bmp \(not read here: convert them to PNG\), 1 \.heic \(not read/);
  });
});
