/** What a cost model asks of a GPU: NVIDIA's data sheets, dense, SXM modules. */
export interface Gpu {
  /** products in 16 bits, a second; those of factors in 16 bits with sums in 32 */
  readonly operations: number;
  /** bytes of memory, and bytes read of it in a second */
  readonly memory: number;
  readonly bandwidth: number;
}

export const GPUS = {
  v100: { operations: 125e12, memory: 32e9, bandwidth: 0.9e12 },
  a100: { operations: 312e12, memory: 80e9, bandwidth: 2.039e12 },
  h100: { operations: 989e12, memory: 80e9, bandwidth: 3.35e12 },
  h200: { operations: 989e12, memory: 141e9, bandwidth: 4.8e12 },
} as const satisfies Record<string, Gpu>;

export type GpuName = keyof typeof GPUS;
