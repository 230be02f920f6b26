import { InputError } from '../errors.js';

/**
 * Where a compiled step runs: `onnx` traces it and runs it by ONNX Runtime; `tfjs-node-gpu` and `cpu` run it as it is
 * written, on TensorFlow.js's own backends.
 */
export const DEVICES = ['onnx', 'tfjs-node-gpu', 'cpu'] as const;
export type Device = (typeof DEVICES)[number];

/** The device asked for by name, else by SYNCLR_DEVICE, else `onnx`. */
export function chooseDevice(asked = process.env.SYNCLR_DEVICE): Device {
  if (!asked) return 'onnx';
  if ((DEVICES as readonly string[]).includes(asked)) return asked as Device;
  throw new InputError({
    where: 'device (option or SYNCLR_DEVICE)',
    expected: `one of ${DEVICES.join(', ')}`,
    found: asked,
    fix: 'leave it out for onnx, which needs nothing to be installed',
  });
}

/** Loads @tensorflow/tfjs-node-gpu, which registers the backend `tensorflow`; says in one line why it cannot. */
export async function loadTfjsNodeGpu(): Promise<void> {
  try {
    await import('@tensorflow/tfjs-node-gpu' as string);
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0].replace(/ at path: .*/, '');
    throw new InputError({
      where: 'device tfjs-node-gpu',
      expected: 'the optional package @tensorflow/tfjs-node-gpu with its native binding and CUDA',
      found: reason,
      fix: 'use device "onnx", or see "GPU" in README.md for how to install the binding',
    });
  }
}

/** One line about the optional GPU package: what `npm run reproduce` prints, and notebook 00 shows. */
export async function describeTfjsNodeGpu(): Promise<string> {
  try {
    await loadTfjsNodeGpu();
    return '@tensorflow/tfjs-node-gpu: available';
  } catch (error) {
    return `@tensorflow/tfjs-node-gpu: not available here (${(error as InputError).found}); using ONNX Runtime`;
  }
}
