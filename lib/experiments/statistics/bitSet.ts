import { InputError } from '../../errors.js';

/** Flags as base64, eight a byte, the first in the lowest bit: 2 000 test images are 336 letters of a run record. */
export function packBits(flags: ArrayLike<number | boolean>): string {
  const bytes = new Uint8Array(Math.ceil(flags.length / 8));
  for (let i = 0; i < flags.length; i++) if (flags[i]) bytes[i >> 3] |= 1 << (i & 7);
  return Buffer.from(bytes).toString('base64');
}

/** The first `count` flags of a packed set, as 0 and 1. @throws InputError where the text holds more or fewer bytes */
export function unpackBits(packed: string, count: number): Uint8Array {
  const bytes = Buffer.from(packed, 'base64');
  if (bytes.length !== Math.ceil(count / 8)) {
    throw new InputError({
      where: 'unpackBits',
      expected: `${count} flags in ${Math.ceil(count / 8)} bytes`,
      found: `${bytes.length} bytes`,
      fix: 'pass the number of flags that were packed: `test` beside `correct` in a record',
    });
  }
  return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}
