export { type HostTensor, type HostTensors, hostTensor, scalar, sizeOf, zeros } from '../runs/hostTensor.js';
export { compile } from './compile.js';
export {
  chooseDevice,
  DEVICES,
  type Device,
  type DeviceChoice,
  describeDevice,
  describeTfjsNodeGpu,
} from './device.js';
export { exportOnnx } from './exportOnnx.js';
export { exposeOutputs } from './exposeOutputs.js';
export { PROVIDERS } from './providers.js';
export { onnxRuntime, openSession, type Provider } from './session.js';
export type { CompiledStep, CompileOptions, InputSpec, NamedTensors, Step } from './step.js';
export { tf } from './tf.js';
