import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32c, eventRecord, openEventFile } from '../../lib/runs/events.js';
import { projectPath, readJson } from '../../lib/runs/index.js';

interface Golden {
  files: { name: string; base64: string }[];
  /** what TensorBoard's EventAccumulator found in both */
  read: Record<string, [step: number, value: number][]>;
}
// Written by TensorBoard's own classes: golden/make_events.py
const golden = readJson<Golden>(projectPath('test', 'runs', 'golden', 'events.json'));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'synclr-events-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('openEventFile', () => {
  it('a run that was stopped and went on: the bytes that TensorBoard’s own writer gives, in which it reads no step twice', () => {
    const losses = [4.5, 4.25, 4.125, 4.0625];
    let now = 1.5e9;
    const write = (event: ReturnType<typeof openEventFile>, step: number) => {
      now = 1.5e9 + step;
      event(step, { loss: losses[step], 'parts/global': losses[step] / 2 });
    };
    const first = openEventFile(folder, { now: () => now });
    for (const step of [0, 1, 2, 3]) write(first, step);
    now = 1.5e9 + 2;
    const second = openEventFile(folder, { step: 2, now: () => now });
    for (const step of [2, 3]) write(second, step);
    now = 1.5e9 + 300;
    second(300, { knn: 0.125 });

    expect(readdirSync(folder).sort()).toEqual(golden.files.map(({ name }) => name));
    for (const { name, base64 } of golden.files) {
      expect(readFileSync(path.join(folder, name)).toString('base64')).toBe(base64);
    }
    expect(golden.read.loss).toEqual(losses.map((loss, step) => [step, loss]));
    expect(golden.read.knn).toEqual([[300, 0.125]]);
  });
});

describe('crc32c', () => {
  it('vectors of RFC 3720, B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  it('a record tells any changed byte', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (data, place, change) => {
        const other = data.slice();
        other[place % data.length] ^= change;
        expect(eventRecord(other).readUInt32LE(12 + data.length)).not.toBe(
          eventRecord(data).readUInt32LE(12 + data.length),
        );
      }),
    );
  });
});
