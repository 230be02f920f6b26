import { describe, expect, it } from 'vitest';
import { compile, type Device, type HostTensors } from '../../lib/engine/index.js';
import type { KernelCase } from './kernels/case.js';
import { groups } from './kernels/cases/index.js';
import { relativeError } from './kernels/relativeError.js';
import { specsOf, stepOf } from './kernels/step.js';

/** The device that is tested: SYNCLR_TEST_DEVICE=xla runs all cases there, where a Python with JAX is installed. */
const tested = (process.env.SYNCLR_TEST_DEVICE ?? 'onnx') as Device;

async function runOn(device: Device, { oracle, ...rest }: KernelCase): Promise<HostTensors> {
  const kernelCase = { ...rest, of: device === 'cpu' && oracle ? oracle : rest.of };
  const compiled = await compile(stepOf(kernelCase), { inputs: specsOf(kernelCase.inputs), device });
  const outputs = await compiled.run(kernelCase.inputs);
  await compiled.release();
  return outputs;
}

/** ⟨a, b⟩ in double precision. */
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (x, i) => x * b[i]).reduce((sum, x) => sum + x, 0);

describe.each(Object.entries(groups))('%s', (_group, cases) => {
  it.each(Object.entries(cases))('%s: values and gradients of tfjs cpu', async (_name, kernelCase) => {
    const traced = await runOn(tested, kernelCase);
    const oracle = await runOn('cpu', kernelCase);
    const { loss: _sumsThatCancel, ...compared } = oracle;
    for (const [key, { shape, dtype, data }] of Object.entries(compared)) {
      expect(traced[key]).toMatchObject({ shape, dtype });
      expect(relativeError(traced[key].data, data), key).toBeLessThan(1e-5);
    }
    if (!kernelCase.linear) return;
    // Euler's theorem: what is linear in x has ⟨gradient, x⟩ for a value. No oracle is needed for it.
    const loss = traced.loss.data[0];
    for (const name of kernelCase.gradients) {
      const product = dot(traced[`gradient of ${name}`].data, kernelCase.inputs[name].data);
      expect(Math.abs(product - loss), name).toBeLessThan(1e-4 * Math.max(1, Math.abs(loss)));
    }
  });
});
