import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlap } from '../../../lib/evaluate/generator/coverage.js';
import { frechetDistance, gaussianOf } from '../../../lib/evaluate/generator/frechetDistance.js';
import { imageDiversity } from '../../../lib/evaluate/generator/imageDiversity.js';
import { judgeScore } from '../../../lib/evaluate/generator/judgeScore.js';
import { rng } from '../../../lib/random/rng.js';
import { readJson } from '../../../lib/runs/files.js';

const golden = readJson<{
  width: number;
  real: number[];
  generated: number[];
  frechet: number;
  frechetOfFew: number;
  overlap: Record<string, Record<'precision' | 'recall' | 'density' | 'coverage', number>>;
}>(path.join(import.meta.dirname, 'golden', 'measures.json'));
const { width } = golden;
const [real, generated] = [golden.real, golden.generated].map((numbers) => Float64Array.from(numbers));
const distance = (a: Float64Array, b: Float64Array) => frechetDistance(gaussianOf(a, width), gaussianOf(b, width));

describe('frechetDistance', () => {
  it("equals scipy's, also where a covariance lacks full rank", () => {
    expect(distance(real, generated)).toBeCloseTo(golden.frechet, 8);
    expect(distance(real.subarray(0, 5 * width), generated.subarray(0, 4 * width))).toBeCloseTo(golden.frechetOfFew, 5);
  });

  it('is (μ₁ − μ₂)² + (σ₁ − σ₂)² in one dimension', () => {
    const [one, other] = [Float64Array.of(0, 2), Float64Array.of(5, 11)];
    const [sigma1, sigma2] = [Math.SQRT2, Math.sqrt(18)];
    const expected = (1 - 8) ** 2 + (sigma1 - sigma2) ** 2;
    expect(frechetDistance(gaussianOf(one, 1), gaussianOf(other, 1))).toBeCloseTo(expected, 10);
  });

  it('is symmetric, and the squared shift between a set and the same set moved', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const a = Float64Array.from(rng(seed, 'a').normals(30 * 4));
        const b = Float64Array.from(rng(seed, 'b').normals(30 * 4));
        const [first, second] = [a, b].map((rows) => gaussianOf(rows, 4));
        expect(frechetDistance(first, second)).toBeCloseTo(frechetDistance(second, first), 8);
        expect(
          frechetDistance(
            first,
            gaussianOf(
              a.map((value) => value + 0.5),
              4,
            ),
          ),
        ).toBeCloseTo(4 * 0.25, 8);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses one row, and features of two widths', () => {
    expect(() => gaussianOf(new Float64Array(3), 3)).toThrow(/two rows of 3/);
    expect(() => frechetDistance(gaussianOf(real, 6), gaussianOf(real, 3))).toThrow(/6 and 3/);
  });
});

describe('overlap', () => {
  it.each(Object.keys(golden.overlap))('equals prdc with k = %s', (k) => {
    const found = overlap(real, generated, { width, k: Number(k) });
    for (const [name, value] of Object.entries(golden.overlap[k])) {
      expect(found[name as keyof typeof found], name).toBeCloseTo(value, 10);
    }
  });

  it('is 1 for a set and itself, and 0 for sets far apart', () => {
    const far = real.map((value) => value + 1000);
    expect(overlap(real, real, { width })).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
    expect(overlap(real, far, { width })).toEqual({ precision: 0, recall: 0, density: 0, coverage: 0 });
  });

  it('exchanges precision and recall with the sets', () => {
    const [there, back] = [overlap(real, generated, { width }), overlap(generated, real, { width })];
    expect([there.precision, there.recall]).toEqual([back.recall, back.precision]);
  });

  it('refuses fewer rows than neighbours', () => {
    expect(() => overlap(real.subarray(0, 3 * width), generated, { width })).toThrow(/more than 3 rows/);
  });
});

describe('imageDiversity', () => {
  /** Every pair, one by one. */
  const naive = (rows: number[][], k: number) => {
    const cosine = (a: number[], b: number[]) => {
      const dot = (u: number[], v: number[]) => u.reduce((sum, value, i) => sum + value * v[i], 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const pairs = { within: [] as number[], across: [] as number[] };
    rows.forEach((a, i) => {
      rows.slice(0, i).forEach((b, j) => {
        pairs[Math.floor(i / k) === Math.floor(j / k) ? 'within' : 'across'].push(1 - cosine(a, b));
      });
    });
    const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / (list.length || 1);
    return { withinCaption: mean(pairs.within), acrossCaptions: mean(pairs.across) };
  };

  it('equals the mean over all pairs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.nat(99), (captions, k, seed) => {
        const features = rng(seed, captions, k).normals(captions * k * 3);
        const rows = Array.from({ length: captions * k }, (_, i) => [...features.subarray(3 * i, 3 * i + 3)]);
        const found = imageDiversity(features, { width: 3, imagesPerCaption: k });
        const expected = naive(rows, k);
        expect(found.withinCaption).toBeCloseTo(expected.withinCaption, 6);
        expect(found.acrossCaptions).toBeCloseTo(expected.acrossCaptions, 6);
      }),
      { numRuns: 40 },
    );
  });

  it('is 0 for equal images and does not see their length', () => {
    const rows = Float64Array.of(1, 2, 2, 4, 3, 0, 9, 0);
    expect(imageDiversity(rows, { width: 2, imagesPerCaption: 2 }).withinCaption).toBeCloseTo(0, 12);
  });

  it('refuses one caption', () => {
    expect(() => imageDiversity(new Float64Array(6), { width: 3, imagesPerCaption: 2 })).toThrow(/two captions/);
  });
});

describe('judgeScore', () => {
  const answers = { concepts: ['cat', 'dog'], backgrounds: ['sea', 'snow'] };
  /** Rows that are sure of one answer each. */
  const verdicts = (concepts: number[], backgrounds: number[]) => ({
    count: concepts.length,
    features: new Float32Array(concepts.length),
    concepts: Float32Array.from(concepts.flatMap((label) => [0, 1, 2].map((c) => (c === label ? 0.9 : 0.05)))),
    backgrounds: Float32Array.from(backgrounds.flatMap((label) => [0, 1].map((c) => (c === label ? 0.9 : 0.1)))),
  });

  it('counts concepts, none of these, and backgrounds where the caption names one', () => {
    const wanted = [
      { concept: 0, background: 0 },
      { concept: 0, background: 1 },
      { concept: 1 },
      { concept: 1, background: 1 },
    ];
    const score = judgeScore(verdicts([0, 2, 0, 1], [0, 0, 1, 1]), wanted, answers);
    expect(score.concept).toMatchObject({ share: 0.5, of: 4 });
    expect(score.none).toMatchObject({ share: 0.25, of: 4 });
    expect(score.background).toMatchObject({ share: 0.6667, of: 3 });
    expect(score.byConcept).toEqual([
      { concept: 'cat', of: 2, right: 1, takenFor: 'none of these' },
      { concept: 'dog', of: 2, right: 1, takenFor: 'cat' },
    ]);
    expect(score.concept.low).toBeLessThan(0.5);
    expect(score.concept.high).toBeGreaterThan(0.5);
  });

  it('has no background score where no caption names one, and refuses a list of another length', () => {
    expect(judgeScore(verdicts([0], [0]), [{ concept: 0 }], answers).background).toBeNull();
    expect(() => judgeScore(verdicts([0], [0]), [], answers)).toThrow(/1 verdicts for 0/);
  });
});
