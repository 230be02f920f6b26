/** A ViT's parts in plain float64 loops on arrays of rows: slow, obvious, and nothing shared with the library. */
import type { HostTensors } from '../../lib/runs/hostTensor.js';

export type Rows = number[][];

export function affine(p: HostTensors, name: string, x: Rows): Rows {
  const { shape, data } = p[`${name}.weight`];
  const bias = p[`${name}.bias`]?.data;
  return x.map((row) => {
    const y: number[] = [];
    for (let o = 0; o < shape[1]; o++) {
      let sum = bias ? bias[o] : 0;
      for (let i = 0; i < shape[0]; i++) sum += row[i] * data[i * shape[1] + o];
      y.push(sum);
    }
    return y;
  });
}

export function normed(p: HostTensors, name: string, x: Rows, eps = 1e-6): Rows {
  return x.map((row) => {
    const mean = row.reduce((s, v) => s + v, 0) / row.length;
    const variance = row.reduce((s, v) => s + (v - mean) ** 2, 0) / row.length;
    return row.map((v, i) => {
      const z = (v - mean) / Math.sqrt(variance + eps);
      return p[`${name}.weight`] ? z * p[`${name}.weight`].data[i] + p[`${name}.bias`].data[i] : z;
    });
  });
}

/** erf by its Taylor series, good to nine digits; beyond 4 it is ±1 to seven. */
export function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

export const geluOf = (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2));

export function attend(p: HostTensors, name: string, x: Rows, heads: number): Rows {
  const width = x[0].length;
  const size = width / heads;
  const qkv = affine(p, `${name}.qkv`, x);
  const mixed = x.map(() => new Array<number>(width).fill(0));
  for (let h = 0; h < heads; h++) {
    const part = (token: number, which: number) =>
      qkv[token].slice(which * width + h * size, which * width + (h + 1) * size);
    for (let t = 0; t < x.length; t++) {
      const scores = x.map((_, s) => {
        const k = part(s, 1);
        return Math.exp(part(t, 0).reduce((sum, v, i) => sum + v * k[i], 0) / Math.sqrt(size));
      });
      const total = scores.reduce((s, v) => s + v, 0);
      for (let s = 0; s < x.length; s++) {
        part(s, 2).forEach((v, i) => {
          mixed[t][h * size + i] += (scores[s] / total) * v;
        });
      }
    }
  }
  return affine(p, `${name}.proj`, mixed);
}

export function block(p: HostTensors, name: string, x: Rows, heads: number): Rows {
  const plus = (a: Rows, b: Rows) => a.map((row, i) => row.map((v, j) => v + b[i][j]));
  const middle = plus(x, attend(p, `${name}.attn`, normed(p, `${name}.norm1`, x), heads));
  const hidden = affine(p, `${name}.mlp.fc1`, normed(p, `${name}.norm2`, middle)).map((row) => row.map(geluOf));
  return plus(middle, affine(p, `${name}.mlp.fc2`, hidden));
}
