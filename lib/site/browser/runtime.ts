import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxModel, OpenedModel } from '../../diffusion/onnxModel.js';
import { sessionModel } from '../../diffusion/sessionModel.js';
import { chooseDevice, type Device, sayFellBack, threads } from './device.js';

/** The runtime's build for the device, loaded alone when a model is first opened. */
async function loadRuntime() {
  const device = await chooseDevice();
  const runtime = await (device === 'webgpu' ? import('onnxruntime-web/jspi') : import('onnxruntime-web/wasm'));
  const wasm = device === 'webgpu' ? 'ort-wasm-simd-threaded.jspi.wasm' : 'ort-wasm-simd-threaded.wasm';
  runtime.env.wasm.numThreads = threads;
  runtime.env.wasm.wasmPaths = { wasm: new URL(`assets/${wasm}`, document.baseURI) };
  return { device, runtime };
}
let ready: ReturnType<typeof loadRuntime> | undefined;

let last: Promise<unknown> = Promise.resolve();
/** One call of the runtime after the other: while one waits for the GPU, its WebAssembly must not be entered again. */
function inTurn<T>(job: () => Promise<T>): Promise<T> {
  const done = last.then(job);
  last = done.catch(() => {});
  return done;
}

/** Told how much of the files asked for is there, in bytes. */
export type Progress = (loaded: number, total: number) => void;

/** A file of the site, told about while it comes. */
export async function fetchBytes(url: string, told: Progress = () => {}): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(url);
  if (!answer.ok || !answer.body) throw new Error(`${url} is not there (${answer.status}).`);
  const total = Number(answer.headers.get('content-length') ?? 0);
  const parts: Uint8Array[] = [];
  let loaded = 0;
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    loaded += part.value.length;
    told(loaded, Math.max(total, loaded));
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export async function fetchJson<T>(url: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await fetchBytes(url)));
}

/**
 * Opens an ONNX file of the site, on the GPU where there is one. A model that cannot be opened there, or whose run fails,
 * is opened again on the processor, by the same runtime.
 */
export async function openWebModel(url: string, told?: Progress): Promise<OnnxModel> {
  const bytes = await fetchBytes(url, told);
  ready ??= loadRuntime();
  const { device, runtime } = await ready;
  const open = async (on: Device) => {
    // The provider alone: beside another, one that finds no GPU would be left out without a word. Errors are logged, but
    // not that small nodes, which compute shapes, stay on the processor.
    const options = { executionProviders: [on], logSeverityLevel: 3 } as const;
    const session = await runtime.InferenceSession.create(bytes, options);
    // The runtimes for Node and for browsers share their types but for where these come from.
    return sessionModel(session as unknown as InferenceSession, runtime.Tensor as unknown as typeof Tensor);
  };
  let provider = device;
  let opened: OpenedModel | undefined;
  const use = async <T>(job: (model: OpenedModel) => T | Promise<T>): Promise<T> => {
    try {
      opened ??= await open(provider);
      return await job(opened);
    } catch (error) {
      if (provider === 'wasm') throw error;
      sayFellBack(url, error as Error);
      [provider, opened] = ['wasm', undefined];
      return use(job);
    }
  };
  const { inputs, outputs } = await inTurn(() => use((model) => model));
  return {
    file: url,
    provider: provider === 'webgpu' ? 'webgpu' : 'cpu',
    passedOver: [],
    inputs,
    outputs,
    run: (feeds) => inTurn(() => use((model) => model.run(feeds))),
    release: () => inTurn(async () => opened?.release()),
  };
}
