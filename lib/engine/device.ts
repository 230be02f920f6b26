import { InputError } from '../errors.js';
import { fromEnvironment } from '../runs/environment.js';
import { Graph } from './graph.js';
import { encodeModel } from './onnx.js';
import { firstThatWorks, PROVIDERS, whatLacks } from './providers.js';
import { openSession, type Provider } from './session.js';
import { loadNative, NATIVE_BACKEND, type NativePackage } from './tensorflow.js';
import { sayHello } from './xla/hosts.js';
import { type PythonWorker, pythonWorker } from './xla/pythonWorker.js';

/**
 * Where a compiled step runs. `onnx`, `onnx-cuda` and `onnx-webgpu` trace it and run it by ONNX Runtime on a CPU, an
 * NVIDIA GPU or any GPU; `xla` gives the traced graph to JAX in a Python of the user's, where the state stays on the GPU:
 * the fastest way to train on one. The others run it as it is written, on TensorFlow's library (`tfjs-node-gpu`, `tfjs-node`) or in
 * JavaScript (`cpu`, slow, the oracle of every test).
 *
 * `onnx` is what runs where nothing is asked for, on every machine, because only there a run repeats bit for bit. On a
 * GPU the state travels to the device and back with every step, and numbers differ more than between CPUs: by 1.5e-4 in
 * the gradients of a transformer block through WebGPU (on SwiftShader), where `cpu` and `onnx` are 4e-7 apart.
 */
export const DEVICES = ['onnx', 'onnx-cuda', 'onnx-webgpu', 'xla', 'tfjs-node-gpu', 'tfjs-node', 'cpu'] as const;
export type Device = (typeof DEVICES)[number];
/** `auto`: the first of onnx-cuda, onnx-webgpu and onnx that works here. */
export type DeviceChoice = Device | 'auto';

/** A device that runs graphs. */
export interface OnnxDevice {
  readonly device: Device;
  readonly provider: Provider;
}
/** A device that runs operations one by one, by this backend of TensorFlow.js. */
export interface EagerDevice {
  readonly device: Device;
  readonly backend: string;
}
/** A device that runs graphs in a Python process. */
export interface XlaDevice {
  readonly device: Device;
  readonly worker: PythonWorker;
}
/** A device that is there, and one line on it: what it is, and why it is not another. */
export type OpenDevice = (OnnxDevice | XlaDevice | EagerDevice) & { readonly line: string };

/** What is asked of a machine; tests give answers of their own. */
export interface DeviceProbes {
  lacks(provider: Provider): string | undefined;
  /** Runs a graph of one node. @throws what the provider says */
  tryProvider(provider: Provider): Promise<void>;
  loadNative(name: NativePackage): Promise<{ gpu: boolean }>;
  python(): PythonWorker;
}

/** The device asked for by name, else by SYNCLR_DEVICE, else `onnx`. @throws InputError for a name there is not */
export function chooseDevice(asked: string | undefined = fromEnvironment('SYNCLR_DEVICE')): DeviceChoice {
  if (!asked) return 'onnx';
  if (asked === 'auto' || (DEVICES as readonly string[]).includes(asked)) return asked as DeviceChoice;
  throw new InputError({
    where: 'device (option or SYNCLR_DEVICE)',
    expected: `one of ${DEVICES.join(', ')}, or auto`,
    found: asked,
    fix: 'leave it out for onnx, which needs nothing to be installed',
  });
}

const deviceOf = (provider: Provider): Device => (provider === 'cpu' ? 'onnx' : `onnx-${provider}`);
const providerOf = (device: 'onnx' | 'onnx-cuda' | 'onnx-webgpu') =>
  PROVIDERS.find((provider) => deviceOf(provider) === device)!;
const HARDWARE: Record<Provider, string> = { cuda: 'an NVIDIA GPU', webgpu: 'a GPU through WebGPU', cpu: 'the CPU' };

/**
 * Makes sure that a device is there. A device asked for by name is the one or none: only `auto` passes on to the next.
 * @throws InputError with the reason why it cannot be used
 */
export async function openDevice(
  asked?: DeviceChoice,
  probes: DeviceProbes = { lacks: whatLacks, tryProvider, loadNative, python: pythonWorker },
): Promise<OpenDevice> {
  const choice = chooseDevice(asked);
  if (choice === 'cpu') return { device: choice, backend: 'cpu', line: 'cpu: TensorFlow.js in JavaScript, slow' };
  if (choice === 'tfjs-node' || choice === 'tfjs-node-gpu') {
    const { gpu } = await probes.loadNative(choice);
    const missing = choice === 'tfjs-node-gpu' && !gpu ? ', since TensorFlow found no GPU' : '';
    const line = `${choice}: TensorFlow's library on ${gpu ? 'a GPU' : 'the CPU'}${missing}`;
    return { device: choice, backend: NATIVE_BACKEND, line };
  }
  if (choice === 'xla') {
    const worker = probes.python();
    const { header } = await sayHello(worker);
    const { jax, platform, device, devices = 1, processes = 1 } = header;
    const many = devices === 1 ? '' : `, ${devices} devices${processes === 1 ? '' : ` of ${processes} hosts`}`;
    return { device: choice, worker, line: `xla: JAX ${jax} on ${platform} (${device}${many})` };
  }
  if (choice === 'onnx') {
    return {
      device: choice,
      provider: 'cpu',
      line: 'onnx: ONNX Runtime on the CPU (SYNCLR_DEVICE=auto looks for a GPU)',
    };
  }
  const { provider, passedOver } = await firstThatWorks(
    choice === 'auto' ? PROVIDERS : [providerOf(choice)],
    probes.tryProvider,
    {
      where: `device ${choice}`,
      expected: 'an ONNX Runtime that can use it',
      fix: 'use device "onnx" or "auto", or see "Devices" in lib/engine/README.md for what has to be installed',
    },
    probes.lacks,
  );
  const reasons = passedOver.map((reason) => `; not onnx-${reason}`).join('');
  const device = deviceOf(provider);
  return { device, provider, line: `${device}: ONNX Runtime on ${HARDWARE[provider]}${reasons}` };
}

/** One line: the device that would be taken, and why it is not another. */
export async function describeDevice(asked?: DeviceChoice, probes?: DeviceProbes): Promise<string> {
  return (await openDevice(asked, probes)).line;
}

async function tryProvider(provider: Provider): Promise<void> {
  const graph = new Graph();
  const y = graph.node('Neg', [graph.input('x', [1], 'float32')], [1], 'float32');
  const session = await openSession(encodeModel(graph, { y }), { providers: [provider] });
  await session.release();
}

/** One line about the optional GPU package: what `npm run reproduce` prints, and notebook 00 shows. */
export async function describeTfjsNodeGpu(): Promise<string> {
  try {
    await loadNative('tfjs-node-gpu');
    return '@tensorflow/tfjs-node-gpu: available';
  } catch (error) {
    return `@tensorflow/tfjs-node-gpu: not available here (${(error as InputError).found}); using ONNX Runtime`;
  }
}
