import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { InputError } from '../../errors.js';

/** A zip archive whose entries are stored as they are, which is how torch.save writes. Holds the file open. */
export interface StoredZip {
  readonly names: readonly string[];
  /** The bytes of an entry, in a buffer of their own, with their checksum checked. */
  read(name: string): Uint8Array<ArrayBuffer>;
  sizeOf(name: string): number;
  close(): void;
}

interface Entry {
  name: string;
  size: number;
  crc: number;
  /** of the local header */
  at: number;
}

type Refuse = (expected: string, found: string) => never;

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_LENGTH = 22;
const LOCAL_LENGTH = 30;

/**
 * Opens a zip archive and reads its directory. Nothing is ever inflated, so an archive cannot become larger than it is,
 * and entries may not share bytes.
 * @throws InputError when it is cut short, compressed, encrypted, or its directory points outside the file
 */
export function openStoredZip(file: string): StoredZip {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const refuse: Refuse = (expected, found) => {
      throw new InputError({
        where: file,
        expected,
        found,
        fix: 'fetch the file again; this one is damaged or hostile',
      });
    };
    const take = (at: number, length: number, what: string) => readAt(descriptor, { at, length, size, what, refuse });
    const entries = new Map<string, Entry & { start: number }>();
    for (const entry of directory(take, size, refuse)) {
      if (entries.has(entry.name)) refuse('each name once in the archive', `${entry.name} twice`);
      entries.set(entry.name, { ...entry, start: dataStart(entry, take, refuse) });
    }
    refuseOverlaps([...entries.values()], refuse);
    const find = (name: string) => entries.get(name) ?? refuse(`an entry ${name} in the archive`, 'none');
    return {
      names: [...entries.keys()],
      sizeOf: (name) => find(name).size,
      read(name) {
        const { start, size, crc } = find(name);
        const bytes = take(start, size, name);
        if (crc32(bytes) !== crc) refuse(`${name} with the checksum of the archive`, 'other bytes');
        return bytes;
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function readAt(
  descriptor: number,
  { at, length, size, what, refuse }: { at: number; length: number; size: number; what: string; refuse: Refuse },
): Uint8Array<ArrayBuffer> {
  if (at < 0 || at + length > size)
    refuse(`${what} within the ${size} bytes of the file`, `bytes ${at} to ${at + length}`);
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    // One read gives at most 2 GiB.
    const count = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), at + done);
    if (count === 0) refuse(`${what} of ${length} bytes`, `${done} bytes, then the end of the file`);
    done += count;
  }
  return bytes;
}

type Take = (at: number, length: number, what: string) => Uint8Array<ArrayBuffer>;

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The entries of the central directory. */
function directory(take: Take, size: number, refuse: Refuse): Entry[] {
  const { count, length, at } = endRecord(take, size, refuse);
  const bytes = take(at, length, 'the directory');
  const entries: Entry[] = [];
  let next = 0;
  for (let i = 0; i < count; i++) {
    const { entry, after } = readEntry(bytes.subarray(next), refuse);
    entries.push(entry);
    next += after;
  }
  if (next !== length) refuse(`a directory of ${count} entries in ${length} bytes`, `${next} bytes`);
  return entries;
}

/** Where the directory is: from the record at the end of the file, or its 64-bit form. */
function endRecord(take: Take, size: number, refuse: Refuse): { count: number; length: number; at: number } {
  const tail = take(Math.max(0, size - END_LENGTH - 0xffff), Math.min(size, END_LENGTH + 0xffff), 'the end record');
  const data = view(tail);
  let end = tail.length - END_LENGTH;
  const isEnd = (i: number) =>
    data.getUint32(i, true) === END && data.getUint16(i + 20, true) === tail.length - END_LENGTH - i;
  while (end >= 0 && !isEnd(end)) end--;
  if (end < 0) refuse('a zip archive, whole to its end record', 'no end record');
  const short = {
    count: data.getUint16(end + 10, true),
    length: data.getUint32(end + 12, true),
    at: data.getUint32(end + 16, true),
  };
  if (short.count !== 0xffff && short.length !== 0xffffffff && short.at !== 0xffffffff) return short;
  if (end < 20 || data.getUint32(end - 20, true) !== LOCATOR64) refuse('a 64-bit end record', 'no pointer to it');
  const record = view(take(safe(data.getBigUint64(end - 12, true), refuse), 56, 'the 64-bit end record'));
  if (record.getUint32(0, true) !== END64) refuse('a 64-bit end record', 'other bytes');
  const long = (i: number) => safe(record.getBigUint64(i, true), refuse);
  return { count: long(32), length: long(40), at: long(48) };
}

function safe(n: bigint, refuse: Refuse): number {
  return n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : refuse('a length below 2⁵³', String(n));
}

const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

function readEntry(bytes: Uint8Array, refuse: Refuse): { entry: Entry; after: number } {
  const data = view(bytes);
  if (bytes.length < 46 || data.getUint32(0, true) !== CENTRAL) refuse('an entry of the directory', 'other bytes');
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((i) => data.getUint16(i, true));
  const after = 46 + nameLength + extraLength + commentLength;
  if (after > bytes.length) refuse('an entry within the directory', `${after - bytes.length} bytes too many`);
  const name = text(bytes.subarray(46, 46 + nameLength));
  if (data.getUint16(8, true) & 1) refuse('entries that are not encrypted', `${name} encrypted`);
  if (data.getUint16(10, true) !== 0)
    refuse('entries stored without compression, as torch.save does', `${name} compressed`);
  const extra = bytes.subarray(46 + nameLength, 46 + nameLength + extraLength);
  const [size, packed, at] = widened(
    [24, 20, 42].map((i) => data.getUint32(i, true)),
    extra,
    refuse,
  );
  if (size !== packed) refuse(`${name} of one size`, `${size} and ${packed} bytes`);
  return { entry: { name, size, at, crc: data.getUint32(16, true) }, after };
}

/** Numbers that are all ones in 32 bits stand in the extra field of kind 1 in 64 bits, in this order. */
function widened(numbers: number[], extra: Uint8Array, refuse: Refuse): number[] {
  const data = view(extra);
  let at = 0;
  while (at + 4 <= extra.length && data.getUint16(at, true) !== 1) at += 4 + data.getUint16(at + 2, true);
  at += 4;
  return numbers.map((n) => {
    if (n !== 0xffffffff) return n;
    if (at + 8 > extra.length) refuse('a 64-bit length', 'none');
    at += 8;
    return safe(data.getBigUint64(at - 8, true), refuse);
  });
}

/** Where an entry's bytes begin: behind its local header, which must carry the same name. */
function dataStart({ name, at }: Entry, take: Take, refuse: Refuse): number {
  const header = view(take(at, LOCAL_LENGTH, `the header of ${name}`));
  if (header.getUint32(0, true) !== LOCAL) refuse(`the header of ${name} at byte ${at}`, 'other bytes');
  const nameLength = header.getUint16(26, true);
  const found = text(take(at + LOCAL_LENGTH, nameLength, `the header of ${name}`));
  if (found !== name) refuse(`the header of ${name} at byte ${at}`, `that of ${found}`);
  return at + LOCAL_LENGTH + nameLength + header.getUint16(28, true);
}

function refuseOverlaps(entries: readonly (Entry & { start: number })[], refuse: Refuse): void {
  const inOrder = [...entries].sort((a, b) => a.at - b.at);
  inOrder.forEach((entry, i) => {
    const next = inOrder[i + 1];
    if (next && entry.start + entry.size > next.at)
      refuse('entries side by side', `${entry.name} runs into ${next.name}`);
  });
}
