import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar } from '../../../lib/data/shards/readTar.js';
import { writeTar } from '../../../lib/data/shards/writeTar.js';
import { InputError } from '../../../lib/errors.js';

function entry(name: string, content: string, type = '0', size = content.length): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156);
  // POSIX: the sum of the header's bytes, those of the checksum taken as blanks.
  header.fill(' ', 148, 156);
  header.write(
    `${[...header]
      .reduce((sum, byte) => sum + byte)
      .toString(8)
      .padStart(6, '0')}\0`,
    148,
  );
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
    expect(() => readTar(archive(entry('../a', 'x')))).toThrow(/name inside the folder/);
    expect(() => readTar(archive(entry('/etc/a', 'x')))).toThrow(/name inside the folder/);
    expect(() => readTar(entry('a', 'x'.repeat(100), '0', 5000))).toThrow(/cut off/);
  });

  it('refuses a header that does not fit its checksum, whichever byte was changed', () => {
    const whole = archive(entry('a.txt', 'x'.repeat(600)));
    for (let at = 0; at < 512; at++) {
      const harmed = Buffer.from(whole);
      harmed[at] ^= 1;
      // Behind the six digits of the checksum anything may stand.
      if (at !== 154 && at !== 155) expect(() => readTar(harmed), `byte ${at}`).toThrow(InputError);
    }
  });
});

describe('writeTar', () => {
  it('is read back, whatever the contents', async () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 1100 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(contents, async (all) => {
        const files = all.map((content, i) => ({ name: `${i}.bin`, content }));
        const read = readTar(await writeTar(files));
        expect(read.map(({ name, content }) => ({ name, content: Uint8Array.from(content) }))).toEqual(files);
      }),
      { numRuns: 30 },
    );
  });

  it('has no clock and no owner in it', async () => {
    const file = { name: 'a', content: Buffer.from('x') };
    const [first, second] = [await writeTar([file]), await writeTar([file])];
    expect(first.equals(second)).toBe(true);
    // Header fields of ustar: uid at 108, gid at 116, mtime at 136, names of owner and group from 265.
    for (const [from, to] of [
      [108, 116],
      [116, 124],
      [136, 148],
    ]) {
      expect(Number.parseInt(first.toString('latin1', from, to), 8)).toBe(0);
    }
    expect(first.subarray(265, 329).every((byte) => byte === 0)).toBe(true);
  });
});
