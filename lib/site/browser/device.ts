import { byId } from './elements.js';

/** Where models run: on the GPU, or on the processor. */
export type Device = 'webgpu' | 'wasm';

/** Threads need a page that is isolated from others, which few hosts allow; one does. */
export const threads = crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;

/**
 * A GPU where the browser has WebGPU on hardware, and WebAssembly that waits for it (JSPI); else the processor.
 * `?device=wasm` or `?device=webgpu` in the address has it otherwise: then a GPU in software will do.
 */
export async function chooseDevice(): Promise<Device> {
  const asked = new URLSearchParams(location.search).get('device');
  const lacks = asked === 'wasm' ? 'as the address asks' : await lack(asked === 'webgpu');
  if (lacks === undefined) say(`The models run on your GPU (WebGPU${asked ? ', as the address asks' : ''}).`);
  else
    say(
      `The models run on your processor (WebAssembly, ${threads > 1 ? `${threads} threads` : 'one thread'}): ${lacks}.`,
    );
  return lacks === undefined ? 'webgpu' : 'wasm';
}

/** Says that a model runs on the processor after all. */
export const sayFellBack = (model: string, why: Error) =>
  say(
    `${model} did not run on your GPU, so your processor runs it, more slowly. WebGPU said: ${why.message.slice(0, 200)}`,
  );

const say = (line: string) => {
  byId('device').textContent = line;
};

/** What TypeScript does not know of WebGPU yet. */
interface WithGpu {
  gpu?: { requestAdapter(): Promise<{ info: { isFallbackAdapter?: boolean } } | null> };
}

/** What this browser lacks to run models on a GPU. */
async function lack(softwareWillDo: boolean): Promise<string | undefined> {
  if (!('Suspending' in WebAssembly)) return 'this browser’s WebAssembly cannot wait for a GPU (JSPI)';
  const { gpu } = navigator as WithGpu;
  if (!gpu) return 'this browser has no WebGPU';
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) return 'WebGPU finds no GPU';
  return adapter.info.isFallbackAdapter && !softwareWillDo
    ? 'WebGPU would be computed by the processor, too'
    : undefined;
}
