import { describe, expect, it } from 'vitest';
import { readTar } from '../../lib/figures/readTar.js';

function entry(name: string, content: string, type = '0', size = content.length): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
}
const archive = (...entries: Buffer[]) => Buffer.concat([...entries, Buffer.alloc(1024)]);

describe('readTar', () => {
  it('reads files and skips folders', () => {
    const files = readTar(archive(entry('a/', '', '5'), entry('a/b.txt', 'x'.repeat(600)), entry('c', '')));
    expect(files.map(({ name, content }) => [name, content.length])).toEqual([
      ['a/b.txt', 600],
      ['c', 0],
    ]);
  });

  it('refuses links, ways out of the folder, and archives cut short', () => {
    expect(() => readTar(archive(entry('a', '', '2')))).toThrow(/type 2/);
    expect(() => readTar(archive(entry('../a', 'x')))).toThrow(/leads out/);
    expect(() => readTar(archive(entry('/etc/a', 'x')))).toThrow(/leads out/);
    expect(() => readTar(entry('a', 'x'.repeat(100), '0', 5000))).toThrow(/cut off/);
  });
});
