import './telemetry.js';
import { readFileSync, statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type * as Ort from 'onnxruntime-node';
import { computeThreads } from '../runs/cores.js';
import { hasByteProducts, mayCutSums, withoutZeroPoints } from './exactBytes.js';
import type { ExternalData } from './onnx.js';

export type Provider = 'cuda' | 'webgpu' | 'cpu';

/** ONNX Runtime, loaded when first needed. */
export async function onnxRuntime(): Promise<typeof Ort> {
  const module = (await import('onnxruntime-node')) as unknown as typeof Ort & { default?: typeof Ort };
  return module.default ?? module;
}

/**
 * Opens an inference session.
 *
 * `MatMulAddFusion` is off: ONNX Runtime's Gemm with a bias is slower on a CPU than MatMul and Add. Memory patterns are
 * off: they nearly double the peak for a few percent of speed. Products in 8 bits are exact on every processor. SYNCLR_THREADS sets the threads: one is best
 * beside another busy process, since threads that wait for each other spin.
 */
export async function openSession(
  model: Uint8Array | string,
  {
    providers = ['cpu'],
    threads = computeThreads(),
    externalData,
  }: { providers?: readonly Provider[]; threads?: number; externalData?: readonly ExternalData[] } = {},
): Promise<Ort.InferenceSession> {
  const ort = await onnxRuntime();
  const cutsSums = mayCutSums();
  const options: Ort.InferenceSession.SessionOptions = {
    executionProviders: [...providers],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(externalData?.length ? { externalData } : {}),
    extra: {
      optimization: { disable_specified_optimizers: 'MatMulAddFusion' },
      // Where sums are exact anyway it must not be asked for: with AMX, ONNX Runtime then fails on a shared zero point.
      ...(cutsSums ? { session: { x64quantprecision: '1' } } : {}),
    },
  };
  const opened = cutsSums ? exactProducts(model) : model;
  return lettingEventsIn(
    await (typeof opened === 'string'
      ? ort.InferenceSession.create(opened, options)
      : ort.InferenceSession.create(opened, options)),
  );
}

/**
 * A run holds the thread until it is done. What came meanwhile (■, a timer) has its turn before the caller goes on:
 * otherwise whoever stops a training would wait for the next step, too.
 */
export function lettingEventsIn<S extends { run: unknown }>(session: S): S {
  const run = (session.run as (...given: unknown[]) => Promise<unknown>).bind(session);
  session.run = async (...given: unknown[]) => {
    const results = await run(...given);
    await turn();
    return results;
  };
  return session;
}

/** No generator in 8 bits of ours is larger; files above are opened as they are. */
const LARGEST = 2 ** 28;

/** The model so that its products in 8 bits are exact on a processor that may cut their sums, too (exactBytes.ts). */
function exactProducts(model: Uint8Array | string): Uint8Array | string {
  if (typeof model === 'string' && statSync(model).size > LARGEST) return model;
  const bytes =
    typeof model === 'string' ? readFileSync(model) : Buffer.from(model.buffer, model.byteOffset, model.length);
  return hasByteProducts(bytes) ? withoutZeroPoints(bytes) : model;
}
