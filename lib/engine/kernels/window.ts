import { tf } from '../tf.js';

/**
 * How a window slides along one spatial axis of a convolution or a pooling.
 * Output position o reads the inputs o·stride − begin + k·dilation for k = 0 … kernel−1.
 */
export interface Sliding {
  readonly size: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before the first input. */
  readonly begin: number;
  /** Padding after the last input; negative: so many last inputs are in no window. */
  readonly end: number;
}

/** Height, then width. */
export type Windows = readonly [Sliding, Sliding];

/** The windows of TensorFlow.js's description of a convolution or pooling. */
export function slidings(info: tf.backend_util.Conv2DInfo): Windows {
  const axis = (sliding: Omit<Sliding, 'end'>): Sliding => {
    const { size, out, kernel, stride, dilation, begin } = sliding;
    return { ...sliding, end: (out - 1) * stride + (kernel - 1) * dilation + 1 - size - begin };
  };
  return [
    axis({
      size: info.inHeight,
      out: info.outHeight,
      kernel: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      begin: info.padInfo.top,
    }),
    axis({
      size: info.inWidth,
      out: info.outWidth,
      kernel: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      begin: info.padInfo.left,
    }),
  ];
}

/** The windows of a pooling, from the kernel's attributes. */
export function poolingWindows(shape: readonly number[], attrs: Record<string, unknown>): Windows {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  return slidings(
    tf.backend_util.computePool2DInfo(
      shape as [number, number, number, number],
      filterSize as number,
      strides as number,
      1,
      pad as number,
      dimRoundingMode as 'floor' | undefined,
    ),
  );
}

/** What ONNX's Conv, ConvTranspose and pooling operators call these windows; pads are both begins, then both ends. */
export const windowAttributes = ([h, w]: Windows) => ({
  kernel_shape: [h.kernel, w.kernel],
  strides: [h.stride, w.stride],
  dilations: [h.dilation, w.dilation],
  pads: [h.begin, w.begin, Math.max(0, h.end), Math.max(0, w.end)],
});

/** Whether the windows cut the image into pieces: each input is read once. */
export const areTiles = (windows: Windows) =>
  windows.every((s) => s.kernel === s.stride && (s.dilation === 1 || s.kernel === 1) && s.begin === 0 && s.end === 0);
