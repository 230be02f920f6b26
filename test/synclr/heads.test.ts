import { describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tf.js';
import { rng } from '../../lib/random/rng.js';
import { type HostTensors, hostTensor } from '../../lib/runs/hostTensor.js';
import {
  batchNorm,
  type ContrastiveHead,
  initPredictor,
  initProjector,
  initPrototypeHead,
  predictor,
  projector,
  prototypeHead,
} from '../../lib/synclr/heads.js';
import { affine, geluOf, normed, type Rows } from '../nn/naive.js';
import { parameterCount } from '../parameterCount.js';
import { unit } from './goldens.js';

const shaken = (params: HostTensors): HostTensors =>
  Object.fromEntries(
    Object.entries(params).map(([name, t]) => [name, hostTensor(rng(9, name).normals(t.data.length), t.shape)]),
  );
const tensors = (params: HostTensors) =>
  Object.fromEntries(Object.entries(params).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape])]));
const x: Rows = Array.from({ length: 6 }, (_, i) => [...rng(1, i).normals(4)]);
const close = (found: ArrayLike<number>, wanted: Rows, within = 1e-4) => {
  const flat = wanted.flat();
  expect(found.length).toBe(flat.length);
  for (let i = 0; i < flat.length; i++) expect(Math.abs(found[i] - flat[i])).toBeLessThan(within);
};

/** BatchNorm of training mode, a column at a time. */
function batchNormed(p: HostTensors, name: string, rows: Rows): Rows {
  const columns = rows[0].map((_, c) => rows.map((row) => row[c]));
  const out = columns.map((column, c) => {
    const mean = column.reduce((s, v) => s + v, 0) / column.length;
    const variance = column.reduce((s, v) => s + (v - mean) ** 2, 0) / column.length;
    const gain = p[`${name}.weight`]?.data[c] ?? 1;
    return column.map((v) => ((v - mean) / Math.sqrt(variance + 1e-5)) * gain + (p[`${name}.bias`]?.data[c] ?? 0));
  });
  return rows.map((_, r) => out.map((column) => column[r]));
}

describe('projector and predictor', () => {
  const bn: ContrastiveHead = { norm: 'bn', hidden: 5, output: 3, finalNorm: true };
  const ln: ContrastiveHead = { ...bn, norm: 'ln' };

  it('bn: linear, BatchNorm, ReLU twice; linear, BatchNorm without affine', () => {
    const params = shaken(initProjector(rng(2), 'p', 4, bn));
    let y = x;
    for (const i of [1, 2])
      y = batchNormed(params, `p.norm${i}`, affine(params, `p.fc${i}`, y)).map((r) => r.map((v) => Math.max(0, v)));
    const last = affine(params, 'p.fc3', y);
    const found = projector(tensors(params), 'p', tf.tensor2d(x), { head: bn });
    close(found.dataSync(), batchNormed({}, '', last), 2e-3);
    const open = projector(tensors(params), 'p', tf.tensor2d(x), { head: { ...bn, finalNorm: false } });
    close(open.dataSync(), last);
    expect(Object.keys(params).some((name) => /fc\d\.bias|norm3/.test(name))).toBe(false);
  });

  it('ln: linear with bias, LayerNorm, GELU; the last without bias and affine', () => {
    const params = shaken(initPredictor(rng(3), 'q', ln));
    const input = x.map((row) => row.slice(0, 3));
    const hidden = normed(params, 'q.norm1', affine(params, 'q.fc1', input)).map((r) => r.map(geluOf));
    const found = predictor(tensors(params), 'q', tf.tensor2d(input), { head: ln });
    close(found.dataSync(), normed({}, '', affine(params, 'q.fc2', hidden)), 2e-3);
    expect(Object.keys(params).sort()).toEqual([
      'q.fc1.bias',
      'q.fc1.weight',
      'q.fc2.weight',
      'q.norm1.bias',
      'q.norm1.weight',
    ]);
  });

  it('views have statistics of their own', () => {
    const [first, second] = [x.slice(0, 3), x.slice(3)];
    const found = batchNorm({}, 'n', tf.tensor2d(x), { views: 2 });
    close(found.dataSync(), [...batchNormed({}, '', first), ...batchNormed({}, '', second)]);
  });

  it('the default is the head of the paper: BatchNorm, 4096 hidden, 256 out', () => {
    const params = initPredictor(rng(4), 'q');
    expect(parameterCount(params)).toBe(256 * 4096 + 2 * 4096 + 4096 * 256);
  });
});

describe('prototypeHead', () => {
  const shape = { hidden: 5, bottleneck: 3, prototypes: 7 };

  it('matches the formula: cosine with each prototype, times its gain', () => {
    const params = shaken(initPrototypeHead(rng(5), 'h', 4, shape));
    let y = affine(params, 'h.fc1', x).map((r) => r.map(geluOf));
    y = affine(params, 'h.fc2', y).map((r) => r.map(geluOf));
    const rows = unit(affine(params, 'h.fc3', y));
    const { data } = params['h.prototypes.weight'];
    const prototypes = unit(Array.from({ length: 7 }, (_, k) => [0, 1, 2].map((i) => data[i * 7 + k])));
    const gains = params['h.prototypes.gain'].data;
    const wanted = rows.map((row) => prototypes.map((q, k) => gains[k] * row.reduce((s, v, i) => s + v * q[i], 0)));
    close(prototypeHead(tensors(params), 'h', tf.tensor2d(x)).dataSync(), wanted, 2e-4);
  });

  it('logits start within [−1, 1]', () => {
    const logits = prototypeHead(tensors(initPrototypeHead(rng(6), 'h', 4, shape)), 'h', tf.tensor2d(x)).dataSync();
    for (const v of logits) expect(Math.abs(v)).toBeLessThanOrEqual(1 + 1e-5);
  });
});
