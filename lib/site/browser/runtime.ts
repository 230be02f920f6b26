import type { InferenceSession, Tensor } from 'onnxruntime-node';
import * as runtime from 'onnxruntime-web/wasm';
import type { OnnxModel } from '../../diffusion/onnxModel.js';
import { sessionModel } from '../../diffusion/sessionModel.js';

// Threads need a page that is isolated from others, which few hosts allow; one does.
runtime.env.wasm.numThreads = crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;
runtime.env.wasm.wasmPaths = { wasm: new URL('assets/ort-wasm-simd-threaded.wasm', document.baseURI) };

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

/** Opens an ONNX file of the site. */
export async function openWebModel(url: string, told?: Progress): Promise<OnnxModel> {
  const session = await runtime.InferenceSession.create(await fetchBytes(url, told), { executionProviders: ['wasm'] });
  // The runtimes for Node and for browsers share their types but for where these come from.
  const opened = sessionModel(session as unknown as InferenceSession, runtime.Tensor as unknown as typeof Tensor);
  return { ...opened, file: url, provider: 'cpu', passedOver: [] };
}
