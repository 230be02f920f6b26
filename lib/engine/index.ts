export {
  type CompiledStep,
  type CompileOptions,
  compile,
  exportOnnx,
  type InputSpec,
  type NamedTensors,
  type Step,
} from './compile.js';
export { chooseDevice, DEVICES, type Device, describeTfjsNodeGpu } from './device.js';
export { type HostTensor, type HostTensors, hostTensor, scalar, sizeOf, zeros } from './host.js';
export { onnxRuntime, openSession, type Provider } from './session.js';
export { tf } from './tf.js';
