import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFile } from '../../lib/runs/outputFile.js';

let root: string;
const at = (name: string) => path.join(root, name);
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'file-')));
  mkdirSync(at('set'));
  for (const name of ['in.txt', 'set/a.txt', 'old.txt']) writeFileSync(at(name), 'mine');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const kind = { what: 'a list', endings: ['.txt', '.txt.gz'] };

describe('claimFile', () => {
  it('takes a new file, one that is there, and any capitals; and makes none', () => {
    for (const name of ['new.txt', 'no/where/new.TXT', 'x.txt.gz', 'old.txt']) {
      expect(claimFile(at(name), { ...kind, reads: [at('in.txt'), at('set'), at('absent'), undefined] })).toBe(
        at(name),
      );
    }
    expect(existsSync(at('new.txt'))).toBe(false);
  });

  it('follows a link to its file', () => {
    symlinkSync('old.txt', at('link.txt'));
    expect(claimFile(at('link.txt'), kind)).toBe(at('old.txt'));
  });

  it('refuses names of another kind, folders, links that lead nowhere, and whatever is read', () => {
    mkdirSync(at('folder.txt'));
    symlinkSync('absent', at('lost.txt'));
    symlinkSync('in.txt', at('soft.txt'));
    linkSync(at('in.txt'), at('hard.txt'));
    symlinkSync('set/a.txt', at('inside.txt'));
    const reads = [at('in.txt'), at('set')];
    for (const [name, found] of [
      ['new.json', "found: {4}'new\\.json'\n.*e\\.g\\. new\\.txt"],
      ['folder.txt', 'found: {4}a folder'],
      ['lost.txt', 'found: {4}a link that leads nowhere'],
      ['in.txt', 'the file that is read, which would be lost'],
      ['soft.txt', 'the file that is read'],
      ['hard.txt', 'the file that is read'],
      ['set/a.txt', 'a file of .*set, which is read'],
      ['inside.txt', 'a file of .*set, which is read'],
    ]) {
      expect(() => claimFile(at(name), { ...kind, reads }), name).toThrow(new RegExp(found));
    }
    expect(readFileSync(at('in.txt'), 'utf8')).toBe('mine');
  });

  it('refuses a new file in a folder whose files are all read', () => {
    expect(() => claimFile(at('set/new.txt'), { ...kind, outside: at('set') })).toThrow(
      /a place in .*set, which is read/,
    );
    symlinkSync('set', at('other'));
    expect(() => claimFile(at('other/new.txt'), { ...kind, outside: at('set') })).toThrow(/a place in/);
    expect(claimFile(at('new.txt'), { ...kind, outside: at('set') })).toBe(at('new.txt'));
    expect(claimFile(at('set2.txt'), { ...kind, outside: at('set') })).toBe(at('set2.txt'));
  });

  it('writes one of ours anew, also in a folder that is read, and none of others', () => {
    const reads = [at('set'), at('in.txt')];
    expect(claimFile(at('set/a.txt'), { ...kind, reads, isOurs: () => true })).toBe(at('set/a.txt'));
    expect(() => claimFile(at('in.txt'), { ...kind, reads, isOurs: () => true })).toThrow(/file that is read/);
    expect(() => claimFile(at('old.txt'), { ...kind, isOurs: () => false })).toThrow(/a file of something else/);
  });
});
