export { type HostTensor, type HostTensors, hostTensor, scalar, sizeOf, zeros } from '../runs/hostTensor.js';
export {
  type CompiledStep,
  type CompileOptions,
  compile,
  type InputSpec,
  type NamedTensors,
  type Step,
} from './compile.js';
export {
  chooseDevice,
  DEVICES,
  type Device,
  type DeviceChoice,
  describeDevice,
  describeTfjsNodeGpu,
} from './device.js';
export { exportOnnx } from './exportOnnx.js';
export { PROVIDERS } from './providers.js';
export { onnxRuntime, openSession, type Provider } from './session.js';
export { tf } from './tf.js';
