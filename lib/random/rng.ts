import { philox4x32 } from './philox.js';

/**
 * A stream of random numbers that is a pure function of a seed and a path.
 *
 * `rng(seed, 'noise', captionId, k)` always gives the same numbers, whatever was drawn before it, in whatever
 * process: image k of caption c is a function of (seed, c, k).
 */
export interface Rng {
  /** An independent stream named by `path` below this one; drawing from either does not move the other. */
  child(...path: (string | number)[]): Rng;
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** One standard normal. */
  normal(): number;
  /** True with probability p. */
  bernoulli(p: number): boolean;
  /** A uniform draw from a non-empty list. */
  choice<T>(items: readonly T[]): T;
  /** k distinct items, uniform without replacement, in random order. */
  sample<T>(items: readonly T[], k: number): T[];
  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** n uniforms in [0, 1). */
  uniforms(n: number): Float32Array;
  /** n standard normals (Box–Muller). */
  normals(n: number): Float32Array;
}

/** Mixes a path of names and integers into a 64-bit key: FNV-1a over its text, finished with murmur3's mixer. */
function mixKey(key: [number, number], path: readonly (string | number)[]): [number, number] {
  let [a, b] = key;
  for (const part of path) {
    const text = `${typeof part}:${part}`;
    for (let i = 0; i < text.length; i++) {
      a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
      b = Math.imul(b ^ (text.charCodeAt(i) + 0x9e37), 0x85ebca6b);
      b ^= b >>> 13;
    }
    a = finish(a ^ Math.imul(b, 0xc2b2ae35));
    b = finish(b ^ Math.imul(a, 0x27d4eb2f));
  }
  return [a, b];
}

function finish(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

class PhiloxRng implements Rng {
  private readonly block = new Uint32Array(4);
  private counter = 0;
  private used = 4;
  private spare: number | undefined;

  constructor(private readonly key: [number, number]) {}

  child(...path: (string | number)[]): Rng {
    return new PhiloxRng(mixKey(this.key, path));
  }

  private word(): number {
    if (this.used === 4) {
      philox4x32(this.key, [this.counter >>> 0, Math.floor(this.counter / 2 ** 32), 0, 0], this.block);
      this.counter++;
      this.used = 0;
    }
    return this.block[this.used++];
  }

  uniform(): number {
    return this.word() / 2 ** 32;
  }

  int(n: number): number {
    if (!(Number.isInteger(n) && n > 0 && n <= 2 ** 32)) throw new RangeError(`rng.int: n must be 1..2^32, found ${n}`);
    // Rejection keeps every value equally likely.
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % n;
  }

  normal(): number {
    if (this.spare !== undefined) {
      const z = this.spare;
      this.spare = undefined;
      return z;
    }
    const radius = Math.sqrt(-2 * Math.log((this.word() + 1) / (2 ** 32 + 1)));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  bernoulli(p: number): boolean {
    return this.uniform() < p;
  }

  choice<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('rng.choice: the list is empty');
    return items[this.int(items.length)];
  }

  sample<T>(items: readonly T[], k: number): T[] {
    if (k > items.length) throw new RangeError(`rng.sample: ${k} distinct items asked of a list of ${items.length}`);
    const pool = items.slice();
    for (let i = 0; i < k; i++) {
      const j = i + this.int(pool.length - i);
      [pool[i], pool[j]] = [pool[j], pool[i]];
    }
    return pool.slice(0, k);
  }

  shuffle<T>(items: readonly T[]): T[] {
    return this.sample(items, items.length);
  }

  uniforms(n: number): Float32Array {
    const out = new Float32Array(n);
    // A float32 has 24 bits: more would round up to 1.
    for (let i = 0; i < n; i++) out[i] = (this.word() >>> 8) / 2 ** 24;
    return out;
  }

  normals(n: number): Float32Array {
    const out = new Float32Array(n);
    for (let i = 0; i < n; i++) out[i] = this.normal();
    return out;
  }
}

/** The stream named by `seed` and `path`. */
export function rng(seed: number, ...path: (string | number)[]): Rng {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`rng: the seed must be an integer, found ${seed}`);
  return new PhiloxRng(mixKey([seed | 0, Math.floor(seed / 2 ** 32) | 0], ['rng', ...path]));
}
