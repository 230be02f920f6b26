import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { InputError } from '../errors.js';
import { fromEnvironment } from '../runs/environment.js';
import { runtimeMessage } from './runtimeMessage.js';
import type { Provider } from './session.js';

/** Where ONNX Runtime is tried to run a model, in this order. */
export const PROVIDERS: readonly Provider[] = ['cuda', 'webgpu', 'cpu'];

/** What runs a model: a provider of ONNX Runtime, or `xla`, JAX in a Python of the user's (lib/engine/xla). */
export type ModelProvider = Provider | 'xla';

/** Where a model is tried when nothing is asked for: as SYNCLR_DEVICE says for `xla`, else `PROVIDERS`. */
export const modelProviders = (): readonly ModelProvider[] =>
  fromEnvironment('SYNCLR_DEVICE') === 'xla' ? ['xla'] : PROVIDERS;

/** Device files of GPUs on Linux: Direct Rendering, NVIDIA, WSL. */
const LINUX_GPUS = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/** What a provider needs to know of a machine. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  exists(file: string): boolean;
}

const thisMachine: Machine = { platform: process.platform, arch: process.arch, env: process.env, exists: existsSync };

/**
 * Why a provider cannot work here, or undefined where it is worth trying. Asking ONNX Runtime itself would print its
 * loader's messages on every machine without a GPU.
 */
export function whatLacks(provider: ModelProvider, machine = thisMachine): string | undefined {
  if (provider === 'cuda' && !machine.exists(cudaLibrary(machine))) {
    return 'its library is not installed (npm install --onnxruntime-node-install=cuda12)';
  }
  if (provider === 'webgpu' && machine.platform === 'linux' && !mayHaveVulkan(machine)) return 'no GPU device';
  return undefined;
}

/** A GPU, or a driver named by hand: SwiftShader or Lavapipe run WebGPU on the CPU. */
function mayHaveVulkan({ env, exists }: Machine): boolean {
  return LINUX_GPUS.some(exists) || Boolean(env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES);
}

/** onnxruntime-node carries the CUDA provider only where its installation was told to fetch it. */
function cudaLibrary({ platform, arch }: Machine): string {
  const root = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const library = platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return path.join(root, 'bin', 'napi-v6', platform, arch, library);
}

/**
 * Opens something with the first provider that can. They are tried one at a time: ONNX Runtime refuses a whole list when
 * one of it cannot be loaded, and does not say which one of a list it took.
 * @throws InputError with `problem` and every provider's reason when none can
 */
export async function firstThatWorks<T, P extends ModelProvider>(
  providers: readonly P[],
  open: (provider: P) => Promise<T>,
  problem: { where: string; expected: string; fix: string },
  lacks: (provider: P) => string | undefined = whatLacks,
): Promise<{ opened: T; provider: P; passedOver: string[] }> {
  const passedOver: string[] = [];
  for (const provider of providers) {
    const lacking = lacks(provider);
    if (lacking) {
      passedOver.push(`${provider}: ${lacking}`);
      continue;
    }
    try {
      return { opened: await open(provider), provider, passedOver };
    } catch (error) {
      passedOver.push(`${provider}: ${runtimeMessage(error)}`);
    }
  }
  throw new InputError({ ...problem, found: passedOver.join('; ') });
}
