import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { sessionModel } from '../../lib/diffusion/sessionModel.js';
import { hostTensor } from '../../lib/runs/hostTensor.js';

it('gives 16-bit inputs as their bits, also where the runtime makes a Float16Array of them', async () => {
  /** As onnxruntime-common does in Node 24: `data` is read from the class, and is none of the bits that were given. */
  class TensorOfNode24 {
    readonly given: unknown;
    constructor(
      readonly type: string,
      bits: Uint16Array,
      readonly dims: readonly number[],
    ) {
      this.given = bits;
    }
    get data(): unknown {
      return Float32Array.of(1, -2);
    }
  }
  let fed: unknown;
  const session = {
    inputMetadata: [{ name: 'x', isTensor: true, type: 'float16', shape: [2] }],
    outputMetadata: [],
    run: async ({ x }: Record<string, Tensor>) => {
      fed = x.data;
      return {};
    },
  } as unknown as InferenceSession;
  const model = sessionModel(session, TensorOfNode24 as unknown as typeof Tensor);
  await model.run({ x: hostTensor(Float32Array.of(1, -2), [2]) });
  expect(fed).toEqual(Uint16Array.of(0x3c00, 0xc000));
});
