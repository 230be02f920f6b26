import { copyTensor, type HostTensor, type HostTensors, hostTensor, mapTensors } from '../runs/hostTensor.js';
import { onBackend } from './backend.js';
import { checkFiniteNames, checkResult } from './checks.js';
import type { EagerDevice } from './device.js';
import type { Runner } from './runner.js';
import type { CompileOptions, Step } from './step.js';
import { tf } from './tf.js';

const toTensor = ({ data, shape, dtype }: HostTensor) => tf.tensor(data.slice(), [...shape], dtype);

function toHost(t: tf.Tensor): HostTensor {
  const data = t.dataSync();
  return hostTensor(t.dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data), t.shape);
}

/** Runs a step as it is written, operation by operation, on a TensorFlow.js backend that is ready. */
export function eagerStep(
  step: Step,
  { state = {}, constants = {}, finite = [], name }: CompileOptions & { name: string },
  { device, backend }: EagerDevice,
): Runner {
  let current = mapTensors(state, copyTensor);
  return {
    device,
    async run(inputs) {
      let next: HostTensors = {};
      let outputs: HostTensors = {};
      onBackend(backend, () =>
        tf.tidy(() => {
          const result = step(mapTensors({ ...current, ...constants }, toTensor), mapTensors(inputs, toTensor));
          checkResult(name, current, result);
          checkFiniteNames(name, finite, result.outputs);
          next = mapTensors(result.state, toHost);
          outputs = mapTensors(result.outputs, toHost);
        }),
      );
      const keep = () => {
        current = next;
      };
      return { outputs, keep };
    },
    state: async () => mapTensors(current, copyTensor),
    load(given) {
      current = mapTensors(given, copyTensor);
    },
    async release() {},
  };
}
