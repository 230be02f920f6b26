import { sizeOf } from '../lib/runs/hostTensor.js';

/** The number of numbers in all tensors. */
export const parameterCount = (params: Readonly<Record<string, { readonly shape: readonly number[] }>>) =>
  Object.values(params).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
