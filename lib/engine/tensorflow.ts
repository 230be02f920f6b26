import { InputError } from '../errors.js';
import { currentBackend } from './backend.js';
import { tf } from './tf.js';

/** TensorFlow.js's two packages on TensorFlow's own library; one process can hold one of them. */
export type NativePackage = 'tfjs-node-gpu' | 'tfjs-node';

/** The backend that both of them register. */
export const NATIVE_BACKEND = 'tensorflow';

let loaded: NativePackage | undefined;

/**
 * Loads a native package and says whether TensorFlow found a GPU: the GPU package falls back to its CPU kernels silently.
 * @throws InputError with the reason, in one line, when it cannot be loaded
 */
export async function loadNative(
  name: NativePackage,
  load: (specifier: string) => Promise<unknown> = (specifier) => import(specifier),
): Promise<{ gpu: boolean }> {
  const refuse = (found: string) =>
    new InputError({
      where: `device ${name}`,
      expected: `the package @tensorflow/${name} with its native binding`,
      found,
      fix: 'use device "onnx", or see "Devices" in lib/engine/README.md for how to install the binding',
    });
  if (loaded && loaded !== name)
    throw refuse(`${loaded}, which this process has loaded already: one excludes the other`);
  const before = currentBackend();
  try {
    await load(`@tensorflow/${name}`);
  } catch (error) {
    throw refuse(reasonOf(error as NodeJS.ErrnoException));
  } finally {
    // The package puts its own backend in place.
    await tf.setBackend(before);
  }
  if (!tf.findBackendFactory(NATIVE_BACKEND)) {
    throw refuse(
      `a package without the backend "${NATIVE_BACKEND}": package.json puts plain TensorFlow.js under its name, or it has a TensorFlow.js of its own`,
    );
  }
  loaded = name;
  const backend = tf.engine().findBackend(NATIVE_BACKEND) as tf.KernelBackend & { isUsingGpuDevice?: boolean };
  return { gpu: backend.isUsingGpuDevice === true };
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ERR_MODULE_NOT_FOUND') return 'the package is not installed';
  return error.message.split('\n')[0].replace(/ at path: .*/, '');
}
