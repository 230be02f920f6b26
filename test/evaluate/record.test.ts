import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hashOfConfig, readRunRecord, runRecord, writeRunRecord } from '../../lib/runs/record.js';

const folder = mkdtempSync(path.join(tmpdir(), 'record-'));
afterAll(() => rmSync(folder, { recursive: true }));

const make = () =>
  runRecord({
    name: 'figure6/captions-10',
    tier: 'smoke',
    seed: 1,
    config: { steps: 3, crops: { local: 4, global: 1 } },
    inputs: { captions: 'a'.repeat(64) },
    metrics: { accuracy: 0.5, curve: [1, 2] },
    seconds: 1.5,
    finished: new Date('2026-01-02T03:04:05Z'),
  });

describe('run records', () => {
  it('come back as they were written, keys in a stable order', () => {
    const file = path.join(folder, 'a.json');
    writeRunRecord(file, make());
    expect(readRunRecord(file)).toEqual(make());
    const text = readFileSync(file, 'utf8');
    expect(text.indexOf('"crops"')).toBeLessThan(text.indexOf('"steps"'));
    expect(text.indexOf('"global"')).toBeLessThan(text.indexOf('"local"'));
    expect(make().code.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('are written once unless one says so', () => {
    const file = path.join(folder, 'b.json');
    writeRunRecord(file, make());
    expect(() => writeRunRecord(file, make())).toThrow('written once');
    writeRunRecord(file, make(), { replace: true });
  });

  it('hash a config without regard to the order of its keys', () => {
    expect(hashOfConfig({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOfConfig({ b: { d: 3, c: 2 }, a: 1 }));
    expect(hashOfConfig({ a: 1 })).not.toBe(hashOfConfig({ a: 2 }));
  });

  it('refuse an edited config, a missing field and text that is not JSON', () => {
    const file = path.join(folder, 'c.json');
    writeFileSync(file, JSON.stringify({ ...make(), config: { steps: 4 } }));
    expect(() => readRunRecord(file)).toThrow('configHash');
    const { seed: _, ...seedless } = make();
    writeFileSync(file, JSON.stringify(seedless));
    expect(() => readRunRecord(file)).toThrow('seed');
    writeFileSync(file, 'no');
    expect(() => readRunRecord(file)).toThrow('a run record in JSON');
  });
});
