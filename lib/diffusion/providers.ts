import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Provider } from '../engine/session.js';

/** Where a model is tried to be run, in this order. */
export const PROVIDERS: readonly Provider[] = ['cuda', 'webgpu', 'cpu'];

/** Device files of GPUs on Linux: Direct Rendering, NVIDIA, WSL. */
const LINUX_GPUS = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/**
 * Why a provider cannot work here, or undefined where it is worth trying. Asking ONNX Runtime itself would print its
 * loader's messages on every machine without a GPU.
 */
export function whatLacks(provider: Provider): string | undefined {
  if (provider === 'cuda' && !cudaLibraryIsInstalled()) {
    return 'its library is not installed (npm install --onnxruntime-node-install=cuda12)';
  }
  if (provider === 'webgpu' && process.platform === 'linux' && !LINUX_GPUS.some((device) => existsSync(device))) {
    return 'no GPU device';
  }
  return undefined;
}

/** onnxruntime-node carries the CUDA provider only where its installation was told to fetch it. */
function cudaLibraryIsInstalled(): boolean {
  const root = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const folder = path.join(root, 'bin', 'napi-v6', process.platform, process.arch);
  const library = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return existsSync(path.join(folder, library));
}
