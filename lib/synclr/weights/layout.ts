import { type HostTensor, type HostTensors, hostTensor } from '../../runs/hostTensor.js';
import { type VitConfig, vitShapes } from '../vit.js';

// Our parameters are called as in timm, and so are those of the paper's code and of DINO v2. Two things differ: PyTorch
// keeps linear weights as [out, in] and the patch projection as a convolution [D, 3, patch, patch].

const PROJECTION = 'patch_embed.proj.weight';

/** The shape of every parameter of a backbone in a PyTorch checkpoint. */
export function torchShapes(config: VitConfig): Record<string, readonly number[]> {
  const { patch, width } = config;
  const turn = (name: string, shape: readonly number[]) => {
    if (name === PROJECTION) return [width, 3, patch, patch];
    return shape.length === 2 ? [shape[1], shape[0]] : shape;
  };
  return Object.fromEntries(Object.entries(vitShapes(config)).map(([name, shape]) => [name, turn(name, shape)]));
}

/** A parameter from PyTorch's layout to ours. */
export function fromTorch(name: string, tensor: HostTensor): HostTensor {
  const { shape } = tensor;
  if (name === PROJECTION) {
    const [width, channels, patch] = shape;
    // [D, 3·p²] → [3·p², D], then channels behind the pixels.
    const turned = transpose(tensor.data as Float32Array, width, channels * patch * patch);
    return hostTensor(swapRows(turned, channels, patch * patch, width), [channels * patch * patch, width]);
  }
  return shape.length === 2
    ? hostTensor(transpose(tensor.data as Float32Array, shape[0], shape[1]), [shape[1], shape[0]])
    : tensor;
}

/** Backbone parameters of ours as timm names and lays them out: what `load_state_dict` of a timm ViT takes. */
export function toTorch(params: HostTensors, config: VitConfig): HostTensors {
  const { patch, width } = config;
  const turn = (name: string, { data, shape }: HostTensor) => {
    if (name === PROJECTION) {
      const channelsFirst = swapRows(data as Float32Array, patch * patch, 3, width);
      return hostTensor(transpose(channelsFirst, 3 * patch * patch, width), [width, 3, patch, patch]);
    }
    return hostTensor(transpose(data as Float32Array, shape[0], shape[1]), [shape[1], shape[0]]);
  };
  const names = Object.keys(vitShapes(config));
  const isMatrix = (name: string) => params[name].shape.length === 2;
  return Object.fromEntries(names.map((name) => [name, isMatrix(name) ? turn(name, params[name]) : params[name]]));
}

/** Side of the squares in which a matrix is turned: both its rows and its columns then stay in the cache. */
const TILE = 32;

/** [rows, columns] → [columns, rows] */
function transpose(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let top = 0; top < rows; top += TILE)
    for (let left = 0; left < columns; left += TILE)
      for (let i = top; i < Math.min(rows, top + TILE); i++)
        for (let j = left; j < Math.min(columns, left + TILE); j++) out[j * rows + i] = data[i * columns + j];
  return out;
}

/** [a, b, width] → [b, a, width] */
function swapRows(data: Float32Array, a: number, b: number, width: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * width;
      out.set(data.subarray(from, from + width), (j * a + i) * width);
    }
  return out;
}
