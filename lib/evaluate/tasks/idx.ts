import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../errors.js';
import { refuseLfsPointer } from '../../runs/lfsPointer.js';

/** An array of bytes in the IDX format of MNIST. */
export interface IdxBytes {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes, plain or gzipped (told apart by their first bytes, whatever the name).
 * @throws InputError for a file that is absent, damaged, of another type or of another length than its header says
 */
export function readIdx(file: string): IdxBytes {
  const fault = (found: string) =>
    new InputError({
      where: file,
      expected: 'an IDX file of unsigned bytes, plain or gzipped, as MNIST has them',
      found,
      fix: 'fetch the file again',
    });
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw fault('no such file');
  refuseLfsPointer(file);
  const bytes = unzipped(readFileSync(file), fault);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) throw fault('other first bytes');
  if (bytes[2] !== 8) throw fault(`elements of type 0x${bytes[2].toString(16)}`);
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (rank === 0 || bytes.length < start) throw fault(`a header of ${bytes.length} bytes for ${rank} dimensions`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((product, side) => product * side, 1);
  if (bytes.length - start !== size) throw fault(`${bytes.length - start} bytes for ${shape.join(' × ')}`);
  return { shape, data: bytes.subarray(start) };
}

function unzipped(bytes: Uint8Array, fault: (found: string) => InputError): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    // Fashion-MNIST's largest file has 47 MB; a small file that claims to hold gigabytes is not one.
    return gunzipSync(bytes, { maxOutputLength: 2 ** 28 });
  } catch (error) {
    throw fault(`damaged gzip: ${(error as Error).message}`);
  }
}
