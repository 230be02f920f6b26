import { describe, expect, it } from 'vitest';
import { compile } from '../../lib/engine/compile.js';
import type { Device } from '../../lib/engine/device.js';
import type { tf } from '../../lib/engine/tf.js';
import { valueAndGrads } from '../../lib/nn/gradients.js';
import { linear } from '../../lib/nn/layers.js';
import { withPrefix } from '../../lib/nn/names.js';
import { type HostTensor, type HostTensors, hostTensor, sizeOf } from '../../lib/runs/hostTensor.js';
import { readSafetensors } from '../../lib/runs/safetensors.js';
import { supervisedLoss } from '../../lib/synclr/losses/supervised.js';
import { vit } from '../../lib/synclr/vit.js';

const config = { image: 16, patch: 8, width: 32, depth: 2, heads: 2, mlpRatio: 4, dropPath: 0 };
const batch = 4;
const golden = readSafetensors('test/nn/golden/vit.safetensors');

/** The i-th number is 0.2·sin(phase + 0.7·i + 0.013·i²), rounded to float32, as in golden/make.py. */
function wave(shape: readonly number[], phase: number): HostTensor {
  return hostTensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => 0.2 * Math.sin(phase + 0.7 * i + 0.013 * (i * i))),
    shape,
  );
}

const changed = ({ data, shape }: HostTensor, f: (x: number) => number) =>
  hostTensor(Float32Array.from(data, f), shape);

/** The parameters of golden/make.py: a gradient has the shape of its parameter. */
function parameters(): HostTensors {
  const names = Object.keys(golden.tensors).sort();
  return Object.fromEntries(
    names.map((name, t) => {
      const value = wave(golden.tensors[name].shape, t);
      return [name, name.includes('norm') && name.endsWith('weight') ? changed(value, (x) => x + 1) : value];
    }),
  );
}

/** ‖a − b‖ / ‖b‖ */
function distance(a: HostTensor, b: HostTensor): number {
  const norm = (values: number[]) => Math.hypot(...values);
  const difference = Array.from(a.data, (x, i) => x - b.data[i]);
  return norm(difference) / norm(Array.from(b.data));
}

describe.each<Device>(['onnx', 'cpu'])('a ViT and its gradients on %s', (device) => {
  it('equal those of PyTorch in float64', async () => {
    const shape = [batch, config.image, config.image, 3];
    const step = await compile(
      (params, inputs) => {
        const { loss, grads } = valueAndGrads((p) => {
          const logits = linear(p, 'head', vit(p, inputs.images as tf.Tensor4D, { config }).cls) as tf.Tensor2D;
          return { loss: supervisedLoss(logits, inputs.labels as tf.Tensor1D) };
        }, params);
        return { state: params, outputs: { loss, ...withPrefix(grads, 'grad.') } };
      },
      {
        state: parameters(),
        inputs: { images: { shape }, labels: { shape: [batch], dtype: 'int32' } },
        device,
      },
    );
    const { loss, ...grads } = await step.run({
      images: changed(wave(shape, 0.5), (x) => 5 * x),
      labels: hostTensor(Int32Array.of(0, 3, 6, 9), [batch]),
    });
    await step.release();
    const expected = Number(golden.metadata.loss);
    expect(Math.abs(loss.data[0] - expected) / expected).toBeLessThan(1e-6);
    for (const [name, grad] of Object.entries(golden.tensors)) {
      expect(distance(grads[`grad.${name}`], grad), name).toBeLessThan(1e-5);
    }
  });
});
