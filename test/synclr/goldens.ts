/**
 * Independent float64 computation from the paper's formulas (a NumPy script, not this code): the golden numbers of the
 * losses and schedules. Rows are i, columns j, both from 0.
 */
export const goldens = {
  /** X[i][j] = sin((i+1)(j+2)), 6 × 4, labels 0 1 0 1 0 1 */
  stableRep: {
    'τ = 0.1': {
      temperature: 0.1,
      perAnchor: [8.110501, 9.731203, 3.830187, 7.017682, 10.090925, 5.253568],
      mean: 7.339011,
    },
    'τ = 0.08': {
      temperature: 0.08,
      perAnchor: [10.110806, 12.160894, 4.721071, 8.626962, 12.613326, 6.527567],
      mean: 9.126771,
    },
  },
  /** keys cos((i+1)(j+1)), 4 × 3; anchors sin(0.5(i+1)(j+1) + 0.3), 12 × 3, the first 4 global; τ = 0.08 */
  synclr: {
    global: 5.149254,
    local: 9.490894,
    perAnchor: [
      5.081962, 11.356733, 0, 4.158323, 17.844513, 1.587887, 5.063565, 12.29424, 17.166671, 0.770921, 2.890525,
      18.308835,
    ],
  },
  /** logits sin((i+1)(j+1)), 5 tokens × 3 prototypes, 3 iterations, by temperature */
  sinkhorn: {
    0.5: [
      [0.416653, 0.466094, 0.117253],
      [0.87654, 0.030577, 0.092883],
      [0.295436, 0.124445, 0.580119],
      [0.028676, 0.920452, 0.050872],
      [0.03147, 0.070478, 0.898052],
    ],
    0.07: [
      [0.513926, 0.485344, 0.00073],
      [0.999999, 0, 1e-6],
      [0.000662, 1e-6, 0.999337],
      [0, 1, 0],
      [0, 0, 1],
    ],
    0.04: [
      [0.529422, 0.470572, 6e-6],
      [1, 0, 0],
      [2e-6, 0, 0.999998],
      [0, 1, 0],
      [0, 0, 1],
    ],
  },
  /** the same teacher logits at T = 0.07; student cos((i+1)(j+1)), T 0.1; tokens 0–1 in image A, 2–4 in image B */
  ibot: { perToken: [4.653308, 13.763154, 18.713517, 9.89359, 10.433544], loss: 11.110891 },
  /** 500k steps, 80k of warmup, peak 2e-3: [step, lr, EMA momentum, weight decay, teacher temperature] */
  schedules: [
    [0, 0, 0.994, 0.04, 0.04],
    [1000, 2.5e-5, 0.99400006, 0.040002, 0.0475],
    [2000, 5e-5, 0.99400024, 0.040006, 0.055],
    [4000, 1e-4, 0.99400095, 0.040025, 0.07],
    [40000, 1e-3, 0.99409425, 0.042513, 0.07],
    [80000, 2e-3, 0.99437108, 0.049895, 0.07],
    [125000, 0.001943883, 0.99487868, 0.063431, 0.07],
    [250000, 0.001294755, 0.997, 0.12, 0.07],
    [375000, 0.00040618, 0.99912132, 0.176569, 0.07],
    [500000, 0, 1, 0.2, 0.07],
  ],
  /** drop-path rates of ViT-B at 0.1 */
  dropPathB: [
    0, 0.009091, 0.018182, 0.027273, 0.036364, 0.045455, 0.054545, 0.063636, 0.072727, 0.081818, 0.090909, 0.1,
  ],
} as const;

/** A matrix f(i, j) as rows. */
export function table(rows: number, columns: number, f: (i: number, j: number) => number): number[][] {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => f(i, j)));
}

/** Unit-length copies of rows, in float64. */
export function unit(rows: number[][]): number[][] {
  return rows.map((row) => {
    const length = Math.sqrt(row.reduce((s, v) => s + v * v, 0));
    return row.map((v) => v / length);
  });
}

export const dot = (a: readonly number[], b: readonly number[]) => a.reduce((s, v, i) => s + v * b[i], 0);
