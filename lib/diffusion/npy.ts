import { InputError } from '../errors.js';

/** Bytes of a NumPy file (format 1.0, C order) of unsigned bytes. */
export function encodeNpy(data: Uint8Array, shape: readonly number[]): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  let header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${dimensions}), }`;
  // The data starts on a multiple of 64 bytes; the header ends with a newline.
  header = `${header}${' '.repeat(63 - ((10 + header.length) % 64))}\n`;
  const head = Buffer.from(`\x93NUMPY\x01\x00..${header}`, 'latin1');
  head.writeUInt16LE(header.length, 8);
  return Buffer.concat([head, data]);
}

/** @throws InputError when the bytes are not a NumPy file of unsigned bytes with as many numbers as its shape says */
export function decodeNpy(bytes: Uint8Array, where: string): { data: Uint8Array; shape: number[] } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = buffer.length >= 10 ? buffer.readUInt16LE(8) : 0;
  const header = buffer.toString('latin1', 10, 10 + length);
  const match = /^\{'descr': '\|u1', 'fortran_order': False, 'shape': \(([\d, ]*)\), \}\s*$/.exec(header);
  const shape = match
    ? match[1]
        .split(',')
        .filter((part) => part.trim() !== '')
        .map(Number)
    : [];
  const data = bytes.subarray(10 + length);
  if (buffer.toString('latin1', 0, 6) !== '\x93NUMPY' || !match || data.length !== shape.reduce((a, b) => a * b, 1)) {
    throw new InputError({
      where,
      expected: 'a NumPy file of unsigned bytes',
      found: match ? `shape [${shape}] and ${data.length} bytes` : `a header ${JSON.stringify(header.slice(0, 80))}`,
      fix: 'write the file again',
    });
  }
  return { data, shape };
}
