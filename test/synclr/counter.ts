import { type HostTensor, hostTensor, sizeOf } from '../../lib/runs/hostTensor.js';

/** The i-th number of golden/counter.py's `noise`: a hash of i and the stream, in [-1, 1). */
function noise(i: number, stream: number): number {
  let h = (i + Math.imul(stream + 1, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = (h ^ (h >>> 16)) >>> 0;
  return h / 2 ** 31 - 1;
}

/** A tensor of `noise`, scaled and shifted. */
export function counted(shape: readonly number[], stream: number, { scale = 1, shift = 0 } = {}): HostTensor {
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = shift + scale * noise(i, stream);
  return hostTensor(data, shape);
}

/** The weights of golden/counter.py's `fill` for parameters of these names and shapes. */
export function countedWeights(shapes: Record<string, readonly number[]>): Record<string, HostTensor> {
  const names = Object.keys(shapes).sort();
  return Object.fromEntries(names.map((name, t) => [name, counted(shapes[name], t, rangeOf(name))]));
}

function rangeOf(name: string): { scale: number; shift?: number } {
  if (name.includes('norm') && name.endsWith('weight')) return { scale: 0.2, shift: 1 };
  if (name.endsWith('gamma')) return { scale: 0.4, shift: 0.5 };
  return { scale: name.endsWith('bias') ? 0.1 : 0.05 };
}

/** Normalised images [B, H, W, 3] of golden/counter.py. */
export const countedImages = (batch: number, height: number, width: number) =>
  counted([batch, height, width, 3], 1000, { scale: 2 });
