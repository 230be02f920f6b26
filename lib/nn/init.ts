import type { Rng } from '../random/rng.js';
import { type HostTensor, type HostTensors, hostTensor, sizeOf, zeros } from '../runs/hostTensor.js';

/** Normal numbers with this standard deviation, drawn again where they fall outside `bound` (absolute, as in timm). */
export function truncatedNormal(rng: Rng, shape: readonly number[], { std = 0.02, bound = 2 } = {}): HostTensor {
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    do data[i] = rng.normal() * std;
    while (Math.abs(data[i]) > bound);
  }
  return hostTensor(data, shape);
}

/** Glorot's uniform: U(−a, a), a = gain·√(6 / (in + out)), for a matrix [in, out]. */
export function xavierUniform(rng: Rng, shape: readonly [number, number], { gain = 1 } = {}): HostTensor {
  const limit = gain * Math.sqrt(6 / (shape[0] + shape[1]));
  return hostTensor(
    rng.uniforms(sizeOf(shape)).map((u) => (2 * u - 1) * limit),
    shape,
  );
}

/** What PyTorch gives a convolution or linear layer by default: U(−a, a), a = 1/√fanIn. */
export function fanInUniform(rng: Rng, shape: readonly number[], fanIn: number): HostTensor {
  const limit = 1 / Math.sqrt(fanIn);
  return hostTensor(
    rng.uniforms(sizeOf(shape)).map((u) => (2 * u - 1) * limit),
    shape,
  );
}

/** A tensor of one value. */
export function filled(shape: readonly number[], value: number): HostTensor {
  return hostTensor(new Float32Array(sizeOf(shape)).fill(value), shape);
}

/** Parameters of `linear`: weight [in, out], truncated normal (std 0.02, spec §4.1), and a zero bias. */
export function initLinear(
  rng: Rng,
  name: string,
  input: number,
  output: number,
  { bias = true, std = 0.02 } = {},
): HostTensors {
  const weight = truncatedNormal(rng.child(`${name}.weight`), [input, output], { std });
  return bias ? { [`${name}.weight`]: weight, [`${name}.bias`]: zeros([output]) } : { [`${name}.weight`]: weight };
}

/** Parameters of an affine `layerNorm`. */
export function initLayerNorm(name: string, width: number): HostTensors {
  return { [`${name}.weight`]: filled([width], 1), [`${name}.bias`]: zeros([width]) };
}

/** Parameters of `transformerBlock`. */
export function initBlock(
  rng: Rng,
  name: string,
  { width, mlpRatio = 4 }: { width: number; mlpRatio?: number },
): HostTensors {
  const hidden = Math.round(width * mlpRatio);
  return {
    ...initLayerNorm(`${name}.norm1`, width),
    ...initLinear(rng, `${name}.attn.qkv`, width, 3 * width),
    ...initLinear(rng, `${name}.attn.proj`, width, width),
    ...initLayerNorm(`${name}.norm2`, width),
    ...initLinear(rng, `${name}.mlp.fc1`, width, hidden),
    ...initLinear(rng, `${name}.mlp.fc2`, hidden, width),
  };
}

/**
 * Sine and cosine positions of a grid × grid image, [grid², width], as in MAE and DiT: the first half of the channels
 * encodes the column, the second half the row; each half is [sin, cos] at frequencies 10000^(−i/(width/4)).
 */
export function sinCosPositions(grid: number, width: number): HostTensor {
  if (width % 4 !== 0) throw new RangeError(`sinCosPositions: the width must be a multiple of 4, found ${width}`);
  const quarter = width / 4;
  const data = new Float32Array(grid * grid * width);
  for (let row = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++) {
      const at = (row * grid + column) * width;
      for (let i = 0; i < quarter; i++) {
        const frequency = 10000 ** (-i / quarter);
        data[at + i] = Math.sin(column * frequency);
        data[at + quarter + i] = Math.cos(column * frequency);
        data[at + 2 * quarter + i] = Math.sin(row * frequency);
        data[at + 3 * quarter + i] = Math.cos(row * frequency);
      }
    }
  }
  return hostTensor(data, [grid * grid, width]);
}
