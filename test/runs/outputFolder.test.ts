import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.js';
import { claimFolder, claimSubfolder, type OutputKind, removeLeftovers } from '../../lib/runs/outputFolder.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'output-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const kind: OutputKind = {
  what: 'a set',
  marker: 'set.json',
  isOurs: (content) => (content as { ours?: boolean } | null)?.ours === true,
  before: ['first.bin'],
};
const put = (name: string, text = '') => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
};

describe('claimFolder', () => {
  it('makes a new folder, and takes an empty one, one of ours, and what a killed run of ours left', () => {
    claimFolder(path.join(root, 'a', 'b'), kind);
    expect(existsSync(path.join(root, 'a', 'b'))).toBe(true);
    put('c/.DS_Store');
    put('c/set.json.123.part', 'half');
    put('c/first.bin');
    claimFolder(path.join(root, 'c'), kind);
    put('c/notes.txt');
    put('c/set.json', '{"ours": true}');
    claimFolder(path.join(root, 'c'), kind);
    symlinkSync(path.join(root, 'c'), path.join(root, 'link'));
    claimFolder(path.join(root, 'link'), kind);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['of other files', { 'x/notes.txt': 'mine' }, /found: {4}notes\.txt/],
    ['of folders', { 'x/y/z': 'mine' }, /found: {4}y/],
    ['with many files', Object.fromEntries([...'abcdef'].map((c) => [`x/${c}`, ''])), /a, b, c, …/],
    ['with the marker of another', { 'x/set.json': '{"ours": 1}' }, /a set\.json of something else/],
    ['with null for a marker', { 'x/set.json': 'null' }, /a set\.json of something else/],
    ['with a marker cut off', { 'x/set.json': '{"ou' }, /set\.json\n {2}expected: JSON/],
    ['that is a file', { x: 'mine' }, /found: {4}a file/],
  ])('refuses a folder %s', (_what, files, message) => {
    for (const [name, text] of Object.entries(files)) put(name, text);
    const claim = () => claimFolder(path.join(root, 'x'), kind);
    expect(claim).toThrow(InputError);
    expect(claim).toThrow(message);
  });

  it.skipIf(process.getuid?.() === 0)('says in words what may not be written', () => {
    chmodSync(root, 0o500);
    expect(() => claimFolder(path.join(root, 'x'), kind)).toThrow(/may read and write/);
    chmodSync(root, 0o700);
  });
});

describe('claimSubfolder', () => {
  it('makes it, and refuses a link or a file in its place', () => {
    expect(claimSubfolder(root, 'in')).toBe(path.join(root, 'in'));
    symlinkSync(root, path.join(root, 'link'));
    put('file');
    expect(() => claimSubfolder(root, 'link')).toThrow(/a link, which is not followed/);
    expect(() => claimSubfolder(root, 'file')).toThrow(/found: {4}a file/);
  });
});

describe('removeLeftovers', () => {
  it('deletes temporary files of the dead, and nothing else', () => {
    const keep = ['a.part', '12.part', 'notes.txt', `a.tar.${process.pid}.part`];
    for (const name of [...keep, 'a.tar.99999999.part']) put(name);
    mkdirSync(path.join(root, 'folder.99999999.part'));
    removeLeftovers(root);
    expect(readdirSync(root).sort()).toEqual([...keep, 'folder.99999999.part'].sort());
  });
});
