import { readFileSync } from 'node:fs';
import { type HostTensor, type HostTensors, hostTensor, sizeOf } from '../engine/host.js';
import { InputError } from '../errors.js';
import { writeWhole } from './files.js';

/**
 * The safetensors format: 8 bytes of header length (little endian), a JSON header
 * {name: {dtype, shape, data_offsets}}, then the bytes of the tensors. We write F32 and I32 and read F32, F16 and I32.
 */
const BYTES = { F32: 4, I32: 4, F16: 2 } as const;
type Dtype = keyof typeof BYTES;

/** Writes tensors (in name order, so that equal content gives equal bytes) to a file that appears whole or not at all. */
export function writeSafetensors(file: string, tensors: HostTensors, metadata: Record<string, string> = {}): void {
  writeWhole(file, encodeSafetensors(tensors, metadata));
}

export function encodeSafetensors(tensors: HostTensors, metadata: Record<string, string> = {}): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const names = Object.keys(tensors).sort();
  let offset = 0;
  for (const name of names) {
    const { shape, dtype, data } = tensors[name];
    header[name] = {
      dtype: dtype === 'int32' ? 'I32' : 'F32',
      shape,
      data_offsets: [offset, offset + data.byteLength],
    };
    offset += data.byteLength;
  }
  let text = JSON.stringify(header);
  // The data must start on a multiple of eight bytes; lengths count bytes, since metadata may hold any text.
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8);
  const head = Buffer.from(text);
  const bytes = Buffer.alloc(8 + head.length + offset);
  bytes.writeBigUInt64LE(BigInt(head.length), 0);
  head.copy(bytes, 8);
  let at = 8 + head.length;
  for (const name of names) {
    const { data } = tensors[name];
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file. F16 is widened to float32.
 * @throws InputError when the header is not JSON, a byte range does not fit shape × dtype, or the file is cut short.
 */
export function readSafetensors(file: string): { tensors: HostTensors; metadata: Record<string, string> } {
  return decodeSafetensors(readFileSync(file), file);
}

export function decodeSafetensors(
  bytes: Uint8Array,
  where = 'safetensors',
): { tensors: HostTensors; metadata: Record<string, string> } {
  const refuse = (expected: string, found: string): never => {
    throw new InputError({ where, expected, found, fix: 'fetch or write the file again; this one is damaged' });
  };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 8) refuse('at least 8 bytes', `${buffer.length} bytes`);
  const length = Number(buffer.readBigUInt64LE(0));
  if (length > buffer.length - 8) refuse(`a header of ${length} bytes`, `a file of ${buffer.length} bytes`);
  let header: Record<string, unknown> = {};
  try {
    header = JSON.parse(buffer.toString('utf8', 8, 8 + length));
  } catch (error) {
    refuse('a JSON header', (error as Error).message);
  }
  const body = buffer.subarray(8 + length);
  const tensors: HostTensors = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    tensors[name] = readEntry(name, entry, body, refuse);
  }
  return { tensors, metadata: (header.__metadata__ as Record<string, string>) ?? {} };
}

function readEntry(
  name: string,
  entry: unknown,
  body: Buffer,
  refuse: (expected: string, found: string) => never,
): HostTensor {
  const { dtype, shape, data_offsets: range } = entry as { dtype: Dtype; shape: number[]; data_offsets: number[] };
  if (!(dtype in BYTES)) refuse(`tensor ${name} as one of ${Object.keys(BYTES).join(', ')}`, String(dtype));
  const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isCount)) refuse(`tensor ${name} with a shape`, JSON.stringify(shape));
  if (!Array.isArray(range) || range.length !== 2 || !range.every(isCount)) {
    refuse(`tensor ${name} with two byte offsets`, JSON.stringify(range));
  }
  const [start, end] = range;
  const need = sizeOf(shape) * BYTES[dtype];
  if (end - start !== need) refuse(`tensor ${name} [${shape}] ${dtype} in ${need} bytes`, `${end - start} bytes`);
  if (end > body.length) refuse(`tensor ${name} up to byte ${end} of the data`, `data of ${body.length} bytes`);
  const copy = Uint8Array.from(body.subarray(start, end)).buffer;
  if (dtype === 'I32') return hostTensor(new Int32Array(copy), shape);
  if (dtype === 'F32') return hostTensor(new Float32Array(copy), shape);
  return hostTensor(Float32Array.from(new Uint16Array(copy), halfToFloat), shape);
}

/** IEEE 754 binary16 → number. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
