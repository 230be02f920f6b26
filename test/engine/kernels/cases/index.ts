import type { KernelCases } from '../case.js';
import { activation } from './activation.js';
import { arithmetic } from './arithmetic.js';
import { comparison } from './comparison.js';
import { composite } from './composite.js';
import { convolution } from './convolution.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { normalisation } from './normalisation.js';
import { pooling } from './pooling.js';
import { reduction } from './reduction.js';
import { resize } from './resize.js';
import { shape } from './shape.js';
import { unary } from './unary.js';

/** Every case, by group and name: the tests run them, and the table of kernels says what they exercise. */
export const groups: Readonly<Record<string, KernelCases>> = {
  arithmetic,
  unary,
  activation,
  comparison,
  reduction,
  shape,
  indexing,
  matmul,
  convolution,
  pooling,
  resize,
  normalisation,
  composite,
};
