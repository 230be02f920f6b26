import { mkdtempSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostTensor } from '../../lib/engine/index.js';
import { InputError } from '../../lib/errors.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  openSafetensors,
  readSafetensors,
  writeSafetensors,
} from '../../lib/runs/safetensors.js';

const tensors = {
  'b.weight': hostTensor(Float32Array.of(1.5, -2, 3e-8, 4), [2, 2]),
  a: hostTensor(Int32Array.of(7, -8), [2]),
  empty: hostTensor(new Float32Array(0), [0, 3]),
  scalar: hostTensor(Float32Array.of(9), []),
};

describe('safetensors', () => {
  it('gives back what was written', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'safetensors-')), 'x.safetensors');
    writeSafetensors(file, tensors, { step: '12', note: 'naïve café' });
    const read = readSafetensors(file);
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual({ step: '12', note: 'naïve café' });
  });

  it('writes the layout of the format: header length, JSON, data on an 8-byte boundary', () => {
    const bytes = Buffer.from(encodeSafetensors({ x: hostTensor(Float32Array.of(1), [1]) }));
    const length = Number(bytes.readBigUInt64LE(0));
    expect((8 + length) % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + length)).x).toEqual({
      dtype: 'F32',
      shape: [1],
      data_offsets: [0, 4],
    });
    expect(bytes.readFloatLE(8 + length)).toBe(1);
  });

  it('widens float16', () => {
    const header = Buffer.from(JSON.stringify({ h: { dtype: 'F16', shape: [4], data_offsets: [0, 8] } }));
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(header.length));
    const half = Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00).buffer);
    const { h } = decodeSafetensors(Buffer.concat([head, header, half])).tensors;
    expect([...h.data]).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
  });

  it('refuses every truncation', () => {
    const whole = encodeSafetensors(tensors);
    for (let n = 0; n < whole.length; n++) {
      expect(() => decodeSafetensors(whole.subarray(0, n)), `cut at ${n}`).toThrow(InputError);
    }
  });

  it('refuses a byte range that does not fit the shape', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'safetensors-')), 'bad.safetensors');
    const header = Buffer.from(JSON.stringify({ x: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }));
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(file, Buffer.concat([head, header, Buffer.alloc(8)]));
    expect(() => readSafetensors(file)).toThrow(/bad\.safetensors[\s\S]*12 bytes[\s\S]*8 bytes/);
  });

  /** A file of this header and so many bytes. */
  const made = (header: string, size: number) => {
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
    return Buffer.concat([head, Buffer.from(header), Buffer.alloc(size)]);
  };
  const f32 = (from: number, to: number) => ({ dtype: 'F32', shape: [(to - from) / 4], data_offsets: [from, to] });

  it.each([
    ['overlap', { a: f32(0, 8), b: f32(4, 12) }, 12, /tensor b from byte 8[\s\S]*byte 4/],
    ['leave a hole', { a: f32(0, 4), b: f32(8, 12) }, 12, /tensor b from byte 4[\s\S]*byte 8/],
    ['leave a rest', { a: f32(0, 4) }, 8, /4 bytes of data[\s\S]*8 bytes/],
    ['reach beyond the file', { a: f32(0, 16) }, 8, /up to byte 16[\s\S]*8 bytes/],
    ['are of a kind we do not read', { a: { ...f32(0, 8), dtype: 'F64' } }, 8, /one of F32[\s\S]*F64/],
    ['are called as every object is', { a: { ...f32(0, 8), dtype: 'constructor' } }, 8, /constructor/],
    ['have half a shape', { a: { ...f32(0, 8), shape: [0.5] } }, 8, /a shape/],
    ['are nothing', { a: null }, 0, /as an object/],
  ])('refuses tensors that %s', (_what, header, size, message) => {
    expect(() => decodeSafetensors(made(JSON.stringify(header), size))).toThrow(InputError);
    expect(() => decodeSafetensors(made(JSON.stringify(header), size))).toThrow(message);
  });

  it('refuses a header that is no object, metadata that is no text, and a name that would change the record', () => {
    for (const header of ['[]', 'null', '{"__metadata__":{"a":1}}', '{"__metadata__":[]}']) {
      expect(() => decodeSafetensors(made(header, 0)), header).toThrow(InputError);
    }
    const proto = `{"__proto__":${JSON.stringify(f32(0, 4))}}`;
    expect(() => decodeSafetensors(made(proto, 4))).toThrow(/another name/);
  });

  it('any changed byte is read or refused, never anything else', () => {
    const whole = encodeSafetensors(tensors, { note: 'a' });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Uint8Array.from(whole);
        changed[at] = byte;
        try {
          decodeSafetensors(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('widens bfloat16 and narrows int64 that fits', () => {
    const brain = Buffer.from(Uint16Array.of(0x3fc0, 0xff7f).buffer);
    const long = Buffer.from(BigInt64Array.of(-3n, 2n ** 31n - 1n).buffer);
    const header = {
      b: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] },
      l: { dtype: 'I64', shape: [2], data_offsets: [4, 20] },
    };
    const file = made(JSON.stringify(header), 20);
    brain.copy(file, file.length - 20);
    long.copy(file, file.length - 16);
    const { b, l } = decodeSafetensors(file).tensors;
    expect([...b.data]).toEqual([1.5, -(2 - 2 ** -7) * 2 ** 127]);
    expect([l.dtype, ...l.data]).toEqual(['int32', -3, 2 ** 31 - 1]);
    file.writeBigInt64LE(2n ** 31n, file.length - 8);
    expect(() => decodeSafetensors(file)).toThrow(/tensor l in the range of int32/);
  });

  it('says that a file is not there', () => {
    expect(() => openSafetensors('none.safetensors')).toThrow(/none\.safetensors[\s\S]*no such file/);
    expect(() => readSafetensors(tmpdir())).toThrow(InputError);
  });

  it('opens a file and reads one tensor of it', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'safetensors-')), 'x.safetensors');
    writeSafetensors(file, tensors);
    const open = openSafetensors(file);
    expect([...open.tensors].map(([name, { shape }]) => [name, shape])).toEqual(
      ['a', 'b.weight', 'empty', 'scalar'].map((name) => [name, tensors[name as keyof typeof tensors].shape]),
    );
    expect(open.read('b.weight')).toEqual(tensors['b.weight']);
    expect(() => open.read('none')).toThrow(InputError);
    open.close();
    expect(readdirSync(path.dirname(file))).toEqual(['x.safetensors']);
  });

  it('tensors of a kind that is not read may stand beside those that are', () => {
    const entries = {
      flags: { dtype: 'BOOL', shape: [3], data_offsets: [0, 3] },
      half: { dtype: 'F4', shape: [2], data_offsets: [3, 4] },
      weight: { dtype: 'F32', shape: [2], data_offsets: [4, 12] },
      wide: { dtype: 'F64', shape: [1], data_offsets: [12, 20] },
    };
    const header = Buffer.from(JSON.stringify(entries));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const data = Buffer.concat([Buffer.of(1, 0, 1, 7), Buffer.from(Float32Array.of(0.5, 2).buffer), Buffer.alloc(8)]);
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'kinds-')), 'x.safetensors');
    writeFileSync(file, Buffer.concat([length, header, data]));
    const open = openSafetensors(file);
    expect([...open.tensors.keys()]).toEqual(Object.keys(entries));
    expect([...open.read('weight').data]).toEqual([0.5, 2]);
    expect(() => open.read('flags')).toThrow(/tensor flags as one of F32[\s\S]*BOOL[\s\S]*\.float\(\)/);
    expect(() => open.read('wide')).toThrow(/F64/);
    open.close();
  });

  it('a file that shrinks while it is open is refused, not read for ever', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'safetensors-')), 'x.safetensors');
    writeSafetensors(file, tensors);
    const open = openSafetensors(file);
    truncateSync(file, statSync(file).size - 4);
    expect(() => open.read('scalar')).toThrow(/bytes, as before[\s\S]*only \d+ bytes now/);
    open.close();
  });
});
