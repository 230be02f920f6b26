import { describe, expect, it } from 'vitest';
import { compile } from '../../lib/engine/compile.js';
import { tf } from '../../lib/engine/tf.js';
import { gelu, valueAndGrads } from '../../lib/nn/index.js';
import type { HostTensor, HostTensors } from '../../lib/runs/hostTensor.js';
import { type Form, fusedForms, fusedParams } from './fusedForms.js';

/** The value of a form, within and without a gradient, and the gradients of a weighted sum of it, on a device. */
async function evaluate(form: Form, uses: readonly string[], device: 'onnx' | 'cpu'): Promise<HostTensors> {
  const used = Object.fromEntries(Object.entries(fusedParams).filter(([name]) => uses.includes(name.split('.')[0])));
  const step = await compile(
    (p) => {
      const { loss, grads, aux } = valueAndGrads((q) => {
        const y = form(q);
        // Weights of every size, so that no error can hide in a sum.
        const weights = tf.reshape(tf.cos(tf.range(0, y.size, 1)), y.shape);
        return { loss: tf.sum(tf.mul(y, weights)) as tf.Scalar, aux: { y } };
      }, p);
      return {
        state: p,
        outputs: {
          loss,
          ...aux,
          alone: form(p),
          ...Object.fromEntries(Object.entries(grads).map(([n, g]) => [`d ${n}`, g])),
        },
      };
    },
    { state: used, inputs: {}, device },
  );
  const outputs = await step.run({});
  await step.release();
  return outputs;
}

function distance(a: HostTensor, b: HostTensor): number {
  const norm = (values: number[]) => Math.hypot(...values);
  return norm(Array.from(a.data, (x, i) => x - b.data[i])) / norm(Array.from(b.data));
}

describe.each(Object.entries(fusedForms))('%s', (_name, { uses, lean, plain }) => {
  it.each(['onnx', 'cpu'] as const)('on %s: value and gradients are those of the plain form on cpu', async (device) => {
    const [found, wanted] = [await evaluate(lean, uses, device), await evaluate(plain, uses, 'cpu')];
    expect(Object.keys(found)).toEqual(Object.keys(wanted));
    for (const [name, tensor] of Object.entries(wanted)) expect(distance(found[name], tensor), name).toBeLessThan(1e-5);
  });
});

it('gelu far from zero: no NaN where exp overflows', async () => {
  const x = tf.tensor1d([-1e4, -20, -0, 0, 20, 1e4]);
  const grad = tf.grad((t) => tf.sum(gelu(t)))(x);
  expect([...gelu(x).dataSync()].map((v) => v + 0)).toEqual([0, 0, 0, 0, 20, 1e4].map((v) => expect.closeTo(v, 4)));
  expect([...grad.dataSync()]).toEqual([0, 0, 0.5, 0.5, 1, 1].map((v) => expect.closeTo(v, 6)));
});
