import { describe, expect, it } from 'vitest';
import { exportOnnx, type NamedTensors, tf } from '../../lib/engine/index.js';

const traced = (of: (inputs: NamedTensors) => tf.Tensor) => () =>
  exportOnnx((_, inputs) => ({ y: of(inputs) }), { constants: {}, inputs: { a: { shape: [2, 2] } } });

describe('a kernel that cannot be recorded as it is called', () => {
  it('says which activation is missing its weights', () => {
    const activate = traced(({ a }) => tf.fused.matMul({ a, b: a, activation: 'prelu' }));
    expect(activate).toThrow(/kernelErrors\.test\.ts[\s\S]*prelu with its weights[\s\S]*prelu without weights/);
  });

  it('names the kernel whose rule failed', () => {
    const reshape = traced(({ a }) => tf.engine().runKernel('Reshape', { x: a }, { shape: [3] }) as tf.Tensor);
    expect(reshape).toThrow(/kernelErrors\.test\.ts[\s\S]*kernel 'Reshape'/);
  });
});
