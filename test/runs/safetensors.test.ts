import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostTensor } from '../../lib/engine/index.js';
import { InputError } from '../../lib/errors.js';
import { decodeSafetensors, encodeSafetensors, readSafetensors, writeSafetensors } from '../../lib/runs/safetensors.js';

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
});
