import { describe, expect, it } from 'vitest';
import { openEfficientNet, readEfficientNet } from '../../../lib/evaluate/photographs/efficientNet.js';
import { type HostTensor, hostTensor } from '../../../lib/runs/hostTensor.js';

/** The tensors of EfficientNet-Lite0 in EfficientNet-PyTorch's names: repeats, kernel, expansion, channels before and after. */
function shapes(): Map<string, number[]> {
  const found = new Map<string, number[]>();
  const norm = (name: string, width: number) => {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) found.set(`${name}.${part}`, [width]);
  };
  found.set('_conv_stem.weight', [32, 3, 3, 3]);
  norm('_bn0', 32);
  let i = 0;
  const stages = [
    [1, 3, 1, 32, 16],
    [2, 3, 6, 16, 24],
    [2, 5, 6, 24, 40],
    [3, 3, 6, 40, 80],
    [3, 5, 6, 80, 112],
    [4, 5, 6, 112, 192],
    [1, 3, 6, 192, 320],
  ];
  for (const [repeats, kernel, expand, before, after] of stages) {
    for (let r = 0; r < repeats; r++, i++) {
      const from = r === 0 ? before : after;
      const inner = expand * from;
      if (expand > 1) {
        found.set(`_blocks.${i}._expand_conv.weight`, [inner, from, 1, 1]);
        norm(`_blocks.${i}._bn0`, inner);
      }
      found.set(`_blocks.${i}._depthwise_conv.weight`, [inner, 1, kernel, kernel]);
      norm(`_blocks.${i}._bn1`, inner);
      found.set(`_blocks.${i}._project_conv.weight`, [after, inner, 1, 1]);
      norm(`_blocks.${i}._bn2`, after);
    }
  }
  found.set('_conv_head.weight', [1280, 320, 1, 1]);
  norm('_bn1', 1280);
  found.set('_fc.weight', [1000, 1280]);
  found.set('_fc.bias', [1000]);
  return found;
}

/** Weights by a formula, the same in the golden run. */
function weights(): Map<string, HostTensor> {
  const all = shapes();
  return new Map(
    [...all.keys()].sort().map((name, k) => {
      const shape = all.get(name)!;
      const count = shape.reduce((n, side) => n * side, 1);
      const scale = Math.sqrt(4 / shape.slice(1).reduce((n, side) => n * side, 1));
      const data = Float32Array.from({ length: count }, (_, i) => {
        const value = Math.sin(0.7 * (i + 1) + k);
        if (name.endsWith('running_var')) return 1 + 0.5 * value * value;
        if (shape.length === 1) return name.endsWith('.weight') ? 1 + 0.1 * value : 0.1 * value;
        return value * scale;
      });
      return [name, hostTensor(data, shape)];
    }),
  );
}

const zeros = () =>
  new Map(
    [...shapes()].map(([name, shape]) => [
      name,
      hostTensor(new Float32Array(shape.reduce((n, side) => n * side, 1)), shape),
    ]),
  );

const source = (all: Map<string, HostTensor>) => ({
  where: 'weights',
  names: all.keys(),
  read: (name: string) => all.get(name)!,
});

describe('EfficientNet-Lite0', () => {
  it('agrees to 1e-4 with PyTorch, which keeps its batch normalisations apart, on weights of a formula', async () => {
    const net = await openEfficientNet(readEfficientNet(source(weights())), { batch: 2 });
    try {
      const picture = Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => (i * 7919) % 256);
      // A batch of two and one left over.
      const { features, logits } = await net.look(Buffer.concat([picture, picture, picture]));
      expect([features.length, logits.length]).toEqual([3 * 1280, 3 * 1000]);
      for (const row of [0, 2]) {
        [0, 0, 1.279113, 0, 0.046954, 1.425065].forEach((value, i) => {
          expect(Math.abs(features[row * 1280 + i] - value)).toBeLessThan(1e-4);
        });
        [-1.44546, 1.529157, -0.690969, -0.149157, 1.046814, -1.619105].forEach((value, i) => {
          expect(Math.abs(logits[row * 1000 + i] - value)).toBeLessThan(1e-4);
        });
      }
      await expect(net.look(new Uint8Array(5))).rejects.toThrow(/224 × 224 × 3/);
    } finally {
      await net.release();
    }
  });

  it('names the tensor that is absent or of another shape', () => {
    const all = zeros();
    all.delete('_blocks.3._bn1.bias');
    expect(() => readEfficientNet(source(all))).toThrow(/_blocks\.3\._bn1\.bias \[144\][\s\S]*no such tensor/);
    const other = zeros();
    other.set('_fc.bias', hostTensor(new Float32Array(10), [10]));
    expect(() => readEfficientNet(source(other))).toThrow(
      /_fc\.bias \[1000\][\s\S]*\[10\][\s\S]*synclr data efficientnet-lite0/,
    );
  });
});
