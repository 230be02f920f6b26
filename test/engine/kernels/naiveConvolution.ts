import { type HostTensor, hostTensor } from '../../../lib/engine/index.js';

export interface Geometry {
  readonly stride: number;
  readonly dilation: number;
  /** Padding before and after, on both axes. */
  readonly pad: readonly [number, number];
}

/** The definition of a convolution, loop by loop. x: [B, H, W, I], filter: [h, w, I, O] → [B, H', W', O] */
export function naiveConvolution(x: HostTensor, filter: HostTensor, { stride, dilation, pad }: Geometry): HostTensor {
  const [batch, height, width, inputs] = x.shape;
  const [kernelHeight, kernelWidth, , outputs] = filter.shape;
  const lengthOf = (size: number, kernel: number) =>
    Math.floor((size + pad[0] + pad[1] - (kernel - 1) * dilation - 1) / stride) + 1;
  const shape = [batch, lengthOf(height, kernelHeight), lengthOf(width, kernelWidth), outputs];
  const pixel = (b: number, row: number, column: number, channel: number) =>
    row < 0 || column < 0 || row >= height || column >= width
      ? 0
      : x.data[((b * height + row) * width + column) * inputs + channel];
  const y: number[] = [];
  for (let b = 0; b < shape[0]; b++) {
    for (let row = 0; row < shape[1]; row++) {
      for (let column = 0; column < shape[2]; column++) {
        for (let o = 0; o < outputs; o++) {
          let sum = 0;
          for (let i = 0; i < kernelHeight; i++) {
            for (let j = 0; j < kernelWidth; j++) {
              for (let c = 0; c < inputs; c++) {
                const weight = filter.data[((i * kernelWidth + j) * inputs + c) * outputs + o];
                const [top, left] = [row * stride - pad[0], column * stride - pad[0]];
                sum += weight * pixel(b, top + i * dilation, left + j * dilation, c);
              }
            }
          }
          y.push(sum);
        }
      }
    }
  }
  return hostTensor(Float32Array.from(y), shape);
}
