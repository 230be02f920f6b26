import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32 } from '../../lib/random/philox.js';
import { rng } from '../../lib/random/rng.js';

const hex = (words: Uint32Array) => [...words].map((w) => w.toString(16).padStart(8, '0')).join(' ');

describe('philox4x32', () => {
  // Known-answer vectors of the Random123 distribution (kat_vectors, philox 4x32 10).
  it.each([
    [[0, 0], [0, 0, 0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as const)('key %j counter %j', (key, counter, expected) => {
    const out = new Uint32Array(4);
    philox4x32(key, counter, out);
    expect(hex(out)).toBe(expected);
  });
});

describe('rng', () => {
  it('is a function of seed and path, whatever was drawn elsewhere', () => {
    const root = rng(7);
    const before = root.child('noise', 12, 3).uniform();
    root.uniforms(1000);
    expect(root.child('noise', 12, 3).uniform()).toBe(before);
    expect(rng(7, 'noise').child(12, 3).uniform()).not.toBe(rng(8, 'noise').child(12, 3).uniform());
  });

  it('tells 1 from "1" and ("a", "b") from ("ab")', () => {
    const first = (...path: (string | number)[]) => rng(0, ...path).uniform();
    expect(new Set([first(1), first('1'), first('a', 'b'), first('ab')]).size).toBe(4);
  });

  it('draws normals with mean 0, variance 1 and uniforms that fill [0, 1) evenly', () => {
    const n = 200_000;
    const z = rng(1, 'z').normals(n);
    const mean = z.reduce((s, x) => s + x, 0) / n;
    const variance = z.reduce((s, x) => s + (x - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    const bins = new Array<number>(16).fill(0);
    for (const u of rng(1, 'u').uniforms(n)) bins[Math.floor(u * 16)]++;
    const chi2 = bins.reduce((s, count) => s + (count - n / 16) ** 2 / (n / 16), 0);
    expect(chi2).toBeLessThan(37.7); // 0.1 % point of χ² with 15 degrees of freedom
  });

  it('samples without replacement', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 20 }), (seed, k) => {
        const items = Array.from({ length: 20 }, (_, i) => i);
        const drawn = rng(seed).sample(items, k);
        return drawn.length === k && new Set(drawn).size === k;
      }),
    );
    expect(() => rng(0).sample([1, 2], 3)).toThrow(/3 distinct items/);
  });
});
