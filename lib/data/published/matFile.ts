import { inflateSync } from 'node:zlib';
import { InputError } from '../../errors.js';

/** A value of a MAT-file: numbers, text, cells, or an array of structs. */
export type MatValue =
  | { readonly kind: 'numbers'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'cells'; readonly cells: readonly MatValue[] }
  | { readonly kind: 'structs'; readonly rows: readonly Readonly<Record<string, MatValue>>[] };

/** Element types of the format (its Table 1-1): bytes of a number and how one is read. */
const NUMBERS: Record<number, { bytes: number; read(view: DataView, at: number, little: boolean): number }> = {
  1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  2: { bytes: 1, read: (view, at) => view.getUint8(at) },
  3: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  4: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  5: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  6: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  7: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  9: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  12: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  13: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  // Text in UTF-8 and UTF-16: read as its units.
  16: { bytes: 1, read: (view, at) => view.getUint8(at) },
  17: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
};
const MATRIX = 14;
const COMPRESSED = 15;
/** Classes of a matrix (the format's Table 1-3). */
const [CELL, STRUCT, CHAR, LAST_NUMERIC] = [1, 2, 4, 15];
/** More than this is no list of labels. */
const MOST_BYTES = 2 ** 28;

/**
 * Reads the variables of a MAT-file of level 5 (MATLAB 5 to 7.2; what the labels of Flowers and Cars come in), compressed or
 * not: numbers, text, cells and structs. Level 7.3, which is HDF5, is refused.
 * @throws InputError for another file, and for a damaged one
 */
export function readMat(bytes: Uint8Array, where: string): Map<string, MatValue> {
  const fault = (found: string): never => {
    throw new InputError({ where, expected: 'a MAT-file of level 5', found, fix: 'unpack the archive again' });
  };
  if (bytes.length < 128) fault(`${bytes.length} bytes`);
  const head = Buffer.from(bytes.subarray(0, 19)).toString('latin1');
  if (head !== 'MATLAB 5.0 MAT-file') fault(`a file that begins with ${JSON.stringify(head.slice(0, 10))}`);
  const order = Buffer.from(bytes.subarray(126, 128)).toString('latin1');
  if (order !== 'IM' && order !== 'MI') fault('no mark of the byte order');
  const reader = new MatReader(order === 'IM', fault);
  try {
    return reader.variables(bytes.subarray(128));
  } catch (error) {
    if (error instanceof InputError) throw error;
    return fault(error instanceof Error ? error.message : String(error));
  }
}

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
  /** where the next one begins */
  readonly end: number;
}

class MatReader {
  constructor(
    private readonly little: boolean,
    private readonly fault: (found: string) => never,
  ) {}

  variables(bytes: Uint8Array): Map<string, MatValue> {
    const found = new Map<string, MatValue>();
    for (let at = 0; at + 8 <= bytes.length; ) {
      const element = this.element(bytes, at);
      at = element.end;
      const inflated = element.type === COMPRESSED;
      const inner = inflated ? this.element(inflateSync(element.data, { maxOutputLength: MOST_BYTES }), 0) : element;
      if (inner.type !== MATRIX) continue;
      const { name, value } = this.matrix(inner.data);
      found.set(name, value);
    }
    return found;
  }

  /** Tag and data; data of up to four bytes may lie in the tag. */
  private element(bytes: Uint8Array, at: number): Element {
    const view = viewOf(bytes);
    const first = view.getUint32(at, this.little);
    const small = first >>> 16;
    if (small > 0) {
      if (small > 4) this.fault(`a small element of ${small} bytes`);
      return { type: first & 0xffff, data: bytes.subarray(at + 4, at + 4 + small), end: at + 8 };
    }
    const length = view.getUint32(at + 4, this.little);
    const start = at + 8;
    if (start + length > bytes.length)
      this.fault(`an element of ${length} bytes where ${bytes.length - start} are left`);
    const padded = first === COMPRESSED ? length : 8 * Math.ceil(length / 8);
    return { type: first, data: bytes.subarray(start, start + length), end: start + padded };
  }

  private matrix(bytes: Uint8Array): { name: string; value: MatValue } {
    if (bytes.length === 0) return { name: '', value: { kind: 'numbers', shape: [0, 0], data: new Float64Array() } };
    const flags = this.element(bytes, 0);
    const dimensions = this.element(bytes, flags.end);
    const named = this.element(bytes, dimensions.end);
    const kind = viewOf(flags.data).getUint32(0, this.little) & 0xff;
    const shape = [...this.numbers(dimensions)];
    const name = Buffer.from(named.data).toString('latin1');
    const count = shape.reduce((product, side) => product * side, 1);
    if (kind === CELL) return { name, value: { kind: 'cells', cells: this.matrices(bytes, named.end, count) } };
    if (kind === STRUCT) return { name, value: this.structs(bytes, named.end, count) };
    if (kind > LAST_NUMERIC || kind < CHAR || kind === 5) this.fault(`a matrix of class ${kind}`);
    const data = this.numbers(this.element(bytes, named.end));
    if (data.length !== count) this.fault(`${data.length} numbers for ${shape.join(' × ')}`);
    if (kind === CHAR) return { name, value: { kind: 'text', text: String.fromCharCode(...data) } };
    return { name, value: { kind: 'numbers', shape, data } };
  }

  private structs(bytes: Uint8Array, at: number, count: number): MatValue {
    const length = this.element(bytes, at);
    const width = this.numbers(length)[0];
    const names = this.element(bytes, length.end);
    const fields = Array.from({ length: names.data.length / width }, (_, i) =>
      Buffer.from(names.data.subarray(i * width, (i + 1) * width))
        .toString('latin1')
        .replace(/\0.*$/s, ''),
    );
    const values = this.matrices(bytes, names.end, count * fields.length);
    const rows = Array.from({ length: count }, (_, row) =>
      Object.fromEntries(fields.map((field, f) => [field, values[row * fields.length + f]])),
    );
    return { kind: 'structs', rows };
  }

  private matrices(bytes: Uint8Array, at: number, count: number): MatValue[] {
    const values: MatValue[] = [];
    for (let i = 0; i < count; i++) {
      const element = this.element(bytes, at);
      if (element.type !== MATRIX) this.fault(`an element of type ${element.type} in place of a matrix`);
      values.push(this.matrix(element.data).value);
      at = element.end;
    }
    return values;
  }

  private numbers({ type, data }: Element): Float64Array {
    const { bytes, read } = NUMBERS[type] ?? this.fault(`numbers of type ${type}`);
    const view = viewOf(data);
    return Float64Array.from({ length: Math.floor(data.length / bytes) }, (_, i) => read(view, i * bytes, this.little));
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The numbers of a variable. @throws InputError where it is absent or something else */
export function matNumbers(values: ReadonlyMap<string, MatValue>, name: string, where: string): Float64Array {
  const value = values.get(name);
  if (value?.kind === 'numbers') return value.data;
  throw new InputError({
    where,
    expected: `numbers called ${name}`,
    found: value?.kind ?? `${[...values.keys()].join(', ') || 'no variables'}`,
    fix: 'unpack the archive again',
  });
}
