import { describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tf.js';
import { valueAndGrads } from '../../lib/nn/gradients.js';
import { rng } from '../../lib/random/rng.js';
import { type HostTensors, hostTensor, mapTensors } from '../../lib/runs/hostTensor.js';
import { readSafetensors } from '../../lib/runs/safetensors.js';
import { positionResizeMatrix } from '../../lib/synclr/positions.js';
import {
  dropPathKeep,
  dropPathRates,
  initVit,
  type VitConfig,
  vit,
  vitChosen,
  vitClass,
  vitConfigs,
  vitParameterCount,
  vitShapes,
} from '../../lib/synclr/vit.js';
import { affine, block, normed, type Rows } from '../nn/naive.js';
import { parameterCount } from '../parameterCount.js';
import { counted } from './counter.js';
import { goldens } from './goldens.js';

const config: VitConfig = { image: 12, patch: 4, width: 8, depth: 2, heads: 2, mlpRatio: 2, dropPath: 0 };
/** Larger than at the start of training, so that every part shows in the output. */
const params: HostTensors = Object.fromEntries(
  Object.entries({ ...initVit(rng(1), config), mask_token: hostTensor(new Float32Array(8), [1, 8]) }).map(
    ([name, t]) => [
      name,
      hostTensor(
        rng(2, name)
          .normals(t.data.length)
          .map((z) => 0.3 * z),
        t.shape,
      ),
    ],
  ),
);
const tensors = Object.fromEntries(Object.entries(params).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape])]));
const image = (seed: number) => rng(3, seed).normals(12 * 12 * 3);
const batch = (...seeds: number[]) =>
  tf.tensor4d(Float32Array.from(seeds.flatMap((s) => [...image(s)])), [seeds.length, 12, 12, 3]);

/** The forward pass of one image in plain loops; `masked` patches are replaced by the mask token. */
function naive(pixels: Float32Array, masked: number[] = []): Rows {
  const patches: Rows = [];
  for (let gy = 0; gy < 3; gy++)
    for (let gx = 0; gx < 3; gx++) {
      const row: number[] = [];
      for (let y = 0; y < 4; y++)
        for (let x = 0; x < 4; x++)
          for (let c = 0; c < 3; c++) row.push(pixels[((gy * 4 + y) * 12 + gx * 4 + x) * 3 + c]);
      patches.push(row);
    }
  const embedded = affine(params, 'patch_embed.proj', patches).map((row, i) =>
    masked.includes(i) ? [...params.mask_token.data] : row,
  );
  let x = [[...params.cls_token.data], ...embedded].map((row, t) =>
    row.map((v, i) => v + params.pos_embed.data[t * 8 + i]),
  );
  for (let i = 0; i < 2; i++) x = block(params, `blocks.${i}`, x, 2);
  return normed(params, 'norm', x);
}

const close = (found: ArrayLike<number>, wanted: number[], within = 2e-4) => {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) expect(Math.abs(found[i] - wanted[i])).toBeLessThan(within);
};

describe('vit', () => {
  it('matches plain loops: class token and patches, two images', () => {
    const { cls, patches } = vit(tensors, batch(1, 2), { config });
    const wanted = [naive(image(1)), naive(image(2))];
    close(
      cls.dataSync(),
      wanted.flatMap((rows) => rows[0]),
    );
    close(
      patches.dataSync(),
      wanted.flatMap((rows) => rows.slice(1).flat()),
    );
  });

  it('masked patches become the mask token, and their pixels no longer matter', () => {
    const mask = tf.tensor2d([
      [0, 1, 0, 0, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    const { cls } = vit(tensors, batch(1, 2), { config, mask });
    close(cls.dataSync(), [...naive(image(1), [1, 4])[0], ...naive(image(2))[0]]);
  });

  it('returns the output of every block when asked, and takes other image sizes', () => {
    const { blocks } = vit(tensors, batch(1), { config, keepBlocks: true });
    expect(blocks.map((b) => b.shape)).toEqual([
      [1, 10, 8],
      [1, 10, 8],
    ]);
    expect(vit(tensors, tf.zeros([2, 8, 8, 3]), { config }).patches.shape).toEqual([2, 4, 8]);
    expect(() => vit(tensors, tf.zeros([1, 10, 12, 3]), { config })).toThrow(/multiple of the patch/);
    expect(() => vit(tensors, tf.zeros([1, 12, 10, 3]), { config })).toThrow(/multiple of the patch/);
    expect(() => vit(tensors, tf.zeros([1, 12, 12, 4]), { config })).toThrow(/RGB/);
  });

  it('an oblong image is its patches, row by row, at resized positions', () => {
    const wide = tf.tensor4d(rng(7).normals(8 * 16 * 3), [1, 8, 16, 3]);
    const resized = tf.matMul(
      tf.tensor2d(positionResizeMatrix(3, [2, 4]).data as Float32Array, [8, 9]),
      tf.tensor2d(params.pos_embed.data.slice(8) as Float32Array, [9, 8]),
    );
    // Without blocks what is left is the embedding: patch (1, 2) covers rows 4–7 and columns 8–11.
    const rows = [...tf.slice(wide, [0, 4, 8, 0], [1, 4, 4, 3]).dataSync()];
    const embedded = affine(params, 'patch_embed.proj', [rows])[0];
    const position = [...tf.slice(resized, [6, 0], [1, 8]).dataSync()];
    const { patches } = vit(tensors, wide, { config, keep: tf.zeros([2, 2, 1]) });
    const wanted = normed(params, 'norm', [embedded.map((v, i) => v + position[i])])[0];
    close(tf.slice(patches, [0, 6, 0], [1, 1, 8]).dataSync(), wanted);
  });

  it('attention maps: what each token looks at, in every head of every block', () => {
    const { attention, blocks, cls } = vit(tensors, batch(1, 2), { config, keepAttention: true, keepBlocks: true });
    expect(attention.map((a) => a.shape)).toEqual([
      [2, 2, 10, 10],
      [2, 2, 10, 10],
    ]);
    expect(blocks).toHaveLength(2);
    close(
      tf.sum(attention[1], -1).dataSync(),
      Array.from({ length: 40 }, () => 1),
      1e-5,
    );
    close(cls.dataSync(), [...vit(tensors, batch(1, 2), { config }).cls.dataSync()], 1e-6);
    // In groups of one image, the same.
    const grouped = vit(tensors, batch(1, 2), { config, keepAttention: true, tokensPerGroup: 10 });
    close(grouped.attention[1].dataSync(), [...attention[1].dataSync()], 1e-6);
  });

  it('drop path: all branches dropped leaves the embedding, normalised', () => {
    const { blocks } = vit(tensors, batch(1), { config, keep: tf.zeros([2, 2, 1]), keepBlocks: true });
    expect([...blocks[1].dataSync()]).toEqual([...blocks[0].dataSync()]);
  });
});

describe('sizes', () => {
  // S/16 is not in the paper: timm's vit_small_patch16_224 has this many.
  it("the paper's parameter counts, with a 1000-way head", () => {
    expect(vitParameterCount(vitConfigs['S/16'], { classes: 1000 })).toBe(22_050_664);
    expect(vitParameterCount(vitConfigs['B/16'], { classes: 1000 })).toBe(86_567_656);
    expect(vitParameterCount(vitConfigs['L/14'], { classes: 1000 })).toBe(304_203_752);
  });

  it.each(['toy', 'tiny'] as const)('%s: the shapes and their sum are those of what is made', (name) => {
    const made = initVit(rng(1), vitConfigs[name]);
    expect(mapTensors(made, (t) => t.shape)).toEqual(vitShapes(vitConfigs[name]));
    expect(parameterCount(made)).toBe(vitParameterCount(vitConfigs[name]));
  });

  it('a config that does not divide is refused with the reason', () => {
    expect(() => initVit(rng(1), { ...config, patch: 5 })).toThrow(/no whole number of 5-px patches/);
    expect(() => initVit(rng(1), { ...config, heads: 3 })).toThrow(/does not divide into 3 heads/);
  });
});

describe('drop path', () => {
  it('rates of ViT-B', () => {
    dropPathRates(vitConfigs['B/16']).forEach((rate, i) => {
      expect(rate).toBeCloseTo(goldens.dropPathB[i], 6);
    });
  });

  it('factors are 0 or 1/(1 − rate), at the stated rate, never at the first block', () => {
    const { data } = dropPathKeep(rng(4), { ...config, dropPath: 0.4 }, 2000);
    const last = data.slice(4000);
    expect(data.slice(0, 4000).every((v) => v === 1)).toBe(true);
    const share = last.filter((v) => v === 0).length / 4000;
    expect(Math.abs(share - 0.4)).toBeLessThan(0.04);
    for (const v of last) expect(v === 0 || Math.abs(v - 1 / 0.6) < 1e-6).toBe(true);
  });
});

describe('positionResizeMatrix', () => {
  const { tensors: golden } = readSafetensors('test/synclr/golden/vit.safetensors');
  it.each(
    (['dino', 'plain'] as const).flatMap((method) =>
      (
        [
          [14, 6, 6],
          [16, 24, 32],
          [37, 16, 16],
          [5, 7, 3],
        ] as const
      ).map((sizes) => [method, ...sizes] as const),
    ),
  )("%s: %i² to %i × %i equals PyTorch's interpolate", (method, from, rows, columns) => {
    const matrix = positionResizeMatrix(from, [rows, columns], { method });
    const grid = counted([from * from, 2], 7);
    const found = tf.matMul(
      tf.tensor2d(matrix.data as Float32Array, [rows * columns, from * from]),
      tf.tensor2d(grid.data as Float32Array, [from * from, 2]),
    );
    close(found.dataSync(), [...golden[`${method}.${from}.${rows}x${columns}`].data], 1e-6);
  });

  it('rows sum to 1, a linear ramp away from the border stays linear with the slope of the trick', () => {
    const data = [...positionResizeMatrix(14, 6).data];
    for (let i = 0; i < 36; i++)
      expect(data.slice(i * 196, (i + 1) * 196).reduce((s, v) => s + v, 0)).toBeCloseTo(1, 5);
    const column = (i: number) => data.slice(i * 196, (i + 1) * 196).reduce((s, v, j) => s + v * (j % 14), 0);
    // Coordinates are (i + 0.5) · 14/6.1 − 0.5. The cubic with A = −0.75 keeps ramps to within a tenth of a cell.
    expect(Math.abs(column(6 * 2 + 2) - (2.5 * (14 / 6.1) - 0.5))).toBeLessThan(0.1);
    expect(Math.abs(column(6 * 2 + 3) - (3.5 * (14 / 6.1) - 0.5))).toBeLessThan(0.1);
  });

  it('one axis, by hand: 3 → 1 with the scale 3/1.1', () => {
    // at = 0.5 · 3/1.1 − 0.5 = 0.863636; taps −1 (clamped to 0), 0, 1, 2 at t = 0.863636, A = −0.75.
    const t = 0.5 * (3 / 1.1) - 0.5;
    const near = (x: number) => 1.25 * x ** 3 - 2.25 * x ** 2 + 1;
    const far = (x: number) => -0.75 * (x ** 3 - 5 * x ** 2 + 8 * x - 4);
    const axis = [far(1 + t) + near(t), near(1 - t), far(2 - t)];
    const { data } = positionResizeMatrix(3, 1);
    axis.forEach((a, i) => {
      axis.forEach((b, j) => {
        expect(data[3 * i + j]).toBeCloseTo(a * b, 6);
      });
    });
  });
});

describe('the same pass with less work', () => {
  const pixels = batch(1, 2, 3, 4);
  const keep = tf.tensor(dropPathKeep(rng(5), { ...config, dropPath: 0.5 }, 4).data, [2, 2, 4]);
  const gradients = (forward: (p: Record<string, tf.Tensor>) => tf.Tensor2D) => {
    const { mask_token, ...used } = tensors;
    const weights = tf.tensor2d(rng(6).normals(32), [4, 8]);
    return valueAndGrads((p) => ({ loss: tf.sum(tf.mul(forward(p), weights)) as tf.Scalar }), used);
  };
  const whole = gradients((p) => vit(p, pixels, { config, keep }).cls);

  it.each([
    ['vitClass', (p: Record<string, tf.Tensor>) => vitClass(p, pixels, { config, keep })],
    [
      'groups of two images',
      (p: Record<string, tf.Tensor>) => vit(p, pixels, { config, keep, tokensPerGroup: 20 }).cls,
    ],
    ['both', (p: Record<string, tf.Tensor>) => vitClass(p, pixels, { config, keep, tokensPerGroup: 10 })],
  ] as const)('%s: the class token and every gradient are the same', (_name, forward) => {
    const lean = gradients(forward);
    close(lean.loss.dataSync(), [...whole.loss.dataSync()], 1e-4);
    for (const [name, grad] of Object.entries(whole.grads))
      close(lean.grads[name].dataSync(), [...grad.dataSync()], 1e-3);
  });

  it.each([0, 20, 10])(
    'vitChosen, groups of %d tokens: the class token, chosen patches and every gradient',
    (tokensPerGroup) => {
      const [images, wanted, patches, width] = [4, 2, 9, 8];
      // The second image wants its fourth patch before its first; the last one none.
      // Groups are of four images, two or one: the last is whole, padded, or without a wanted patch.
      const rows = [[0, 1], [3, 0], [2, 3], []];
      const chosen = tf.buffer([rows.length - 1, wanted, patches]);
      for (const [image, row] of rows.entries())
        for (const [at, patch] of row.entries()) chosen.set(1, image, at, patch);
      const weights = tf.tensor2d(rng(7).normals(images * width), [images, width]);
      const weightsOfPatches = rows.map((row, image) => row.map((_, at) => rng(8, image, at).normals(width)));
      const lossOf = (cls: tf.Tensor, token: (image: number, at: number) => tf.Tensor) => {
        const parts = rows.flatMap((row, image) =>
          row.map((_, at) => tf.sum(tf.mul(token(image, at), tf.tensor1d(weightsOfPatches[image][at])))),
        );
        return { loss: tf.addN([tf.sum(tf.mul(cls, weights)), ...parts]) as tf.Scalar };
      };
      const tokenOf = (all: tf.Tensor, image: number, at: number) =>
        tf.slice(all as tf.Tensor3D, [image, at, 0], [1, 1, width]);
      const { mask_token, ...used } = tensors;
      const lean = valueAndGrads((p) => {
        const { cls, patches: some } = vitChosen(p, pixels, chosen.toTensor() as tf.Tensor3D, {
          config,
          keep,
          tokensPerGroup,
        });
        return lossOf(cls, (image, at) => tokenOf(some, image, at));
      }, used);
      const naive = valueAndGrads((p) => {
        const { cls, patches: all } = vit(p, pixels, { config, keep });
        return lossOf(cls, (image, at) => tokenOf(all, image, rows[image][at]));
      }, used);
      close(lean.loss.dataSync(), [...naive.loss.dataSync()], 1e-4);
      for (const [name, grad] of Object.entries(naive.grads))
        close(lean.grads[name].dataSync(), [...grad.dataSync()], 1e-3);
    },
  );
});
