import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimizeLbfgs } from '../../lib/evaluate/lbfgs.js';
import { leadingEigen } from '../../lib/evaluate/leadingEigen.js';
import { multiplyTransposed } from '../../lib/evaluate/multiplyTransposed.js';
import { symmetricEigen } from '../../lib/evaluate/symmetricEigen.js';
import { rng } from '../../lib/random/rng.js';

describe('multiplyTransposed', () => {
  it('equals the naive triple loop for any shape', () => {
    const side = fc.integer({ min: 1, max: 11 });
    const depths = fc.constantFrom(1, 5, 255, 256, 300);
    fc.assert(
      fc.property(side, side, depths, (m, n, depth) => {
        const draw = rng(7, m, n, depth);
        const a = Float64Array.from(draw.normals(m * depth));
        const b = Float64Array.from(draw.normals(n * depth));
        const out = multiplyTransposed(a, b, new Float64Array(m * n), { m, n, depth });
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let k = 0; k < depth; k++) sum += a[i * depth + k] * b[j * depth + k];
            expect(out[i * n + j]).toBeCloseTo(sum, 9);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('refuses lengths that do not fit', () => {
    const four = new Float64Array(4);
    expect(() => multiplyTransposed(four, four, four, { m: 2, n: 2, depth: 3 })).toThrow(RangeError);
  });
});

describe('leadingEigen', () => {
  const covariance = (size: number, rows: number, spread: (k: number) => number) => {
    const draw = Float64Array.from(
      rng(5, size, rows).normals(size * rows),
      (z, at) => z * spread(Math.floor(at / rows)),
    );
    return multiplyTransposed(draw, draw, new Float64Array(size * size), { m: size, n: size, depth: rows });
  };

  it.each([
    ['eigenvalues that fall', covariance(60, 90, (k) => 0.9 ** k)],
    ['eigenvalues all alike', covariance(60, 90, () => 1)],
    ['fewer rows than columns', covariance(60, 5, () => 1)],
    ['nothing', new Float64Array(3600)],
  ])('equals the first of symmetricEigen: %s', (_what, matrix) => {
    const whole = symmetricEigen(matrix, 60);
    const { values, vectors } = leadingEigen(matrix, 60, { count: 3 });
    for (let i = 0; i < 3; i++) {
      expect(values[i]).toBeCloseTo(whole.values[i], 8);
      let dot = 0;
      for (let k = 0; k < 60; k++) dot += vectors[i * 60 + k] * whole.vectors[i * 60 + k];
      if (whole.values[0] > 0) expect(dot).toBeCloseTo(1, 7);
    }
  });
});

describe('symmetricEigen', () => {
  it('finds the eigenvalues 3 and 1 of [[2, 1], [1, 2]]', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect([...values]).toEqual([expect.closeTo(3, 12), expect.closeTo(1, 12)]);
    expect(Math.abs(vectors[0])).toBeCloseTo(Math.SQRT1_2, 12);
    expect(vectors[0]).toBeCloseTo(vectors[1], 12);
  });

  it.each([1, 2, 3, 8, 33])('rebuilds a random symmetric matrix of size %i from orthonormal vectors', (size) => {
    const draw = rng(3, size).normals(size * size);
    const matrix = Float64Array.from(draw, (_, i) => draw[i] + draw[(i % size) * size + Math.floor(i / size)]);
    const { values, vectors } = symmetricEigen(matrix, size);
    for (let i = 0; i < size; i++) {
      if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1]);
      for (let j = 0; j < size; j++) {
        let rebuilt = 0;
        let product = 0;
        for (let k = 0; k < size; k++) {
          rebuilt += values[k] * vectors[k * size + i] * vectors[k * size + j];
          product += vectors[i * size + k] * vectors[j * size + k];
        }
        expect(rebuilt).toBeCloseTo(matrix[i * size + j], 9);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 10);
      }
    }
  });

  it('copes with a covariance of low rank, as of few rows of wide features', () => {
    const [rows, size] = [12, 48];
    const x = Float64Array.from(rng(1).normals(rows * size));
    const covariance = new Float64Array(size * size);
    for (let i = 0; i < size * size; i++) {
      for (let r = 0; r < rows; r++) covariance[i] += x[r * size + Math.floor(i / size)] * x[r * size + (i % size)];
    }
    const { values } = symmetricEigen(covariance, size);
    expect(values[rows - 1]).toBeGreaterThan(1);
    for (const value of values.subarray(rows)) expect(Math.abs(value)).toBeLessThan(1e-12 * values[0]);
  });

  it('copes with repeated and zero eigenvalues', () => {
    const values = symmetricEigen(Float64Array.of(0, 0, 0, 0, 5, 0, 0, 0, 5), 3).values;
    expect([...values]).toEqual([5, 5, 0]);
  });
});

describe('minimizeLbfgs', () => {
  it("reaches the minimum (1, …, 1) of Rosenbrock's valley", async () => {
    const n = 10;
    const result = await minimizeLbfgs((x, gradient) => {
      gradient.fill(0);
      let value = 0;
      for (let i = 0; i + 1 < n; i++) {
        const t = x[i + 1] - x[i] * x[i];
        value += 100 * t * t + (1 - x[i]) ** 2;
        gradient[i] += -400 * t * x[i] - 2 * (1 - x[i]);
        gradient[i + 1] += 200 * t;
      }
      return value;
    }, new Float64Array(n));
    expect(result.converged).toBe(true);
    for (const entry of result.x) expect(entry).toBeCloseTo(1, 5);
  });

  it('says when it ran out of iterations', async () => {
    const square = (x: Float64Array, gradient: Float64Array) => {
      gradient.set([2 * x[0], 200 * x[1]]);
      return x[0] ** 2 + 100 * x[1] ** 2;
    };
    const result = await minimizeLbfgs(square, Float64Array.of(3, 4), { maxIterations: 1 });
    expect(result).toMatchObject({ converged: false, iterations: 1 });
  });

  it('stops at NaN', async () => {
    await expect(minimizeLbfgs(() => Number.NaN, new Float64Array(1))).rejects.toThrow('NaN');
  });
});
