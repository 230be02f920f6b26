import { compile } from '../../engine/compile.js';
import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { InputError } from '../../errors.js';
import { type HostTensor, type HostTensors, hostTensor } from '../../runs/hostTensor.js';

/** Side of its pictures in pixels. */
export const EFFICIENT_NET_SIZE = 224;
/** Numbers in a feature. */
export const EFFICIENT_NET_WIDTH = 1280;
const CLASSES = 1000;
/** Of the batch normalisations. */
const EPSILON = 1e-3;

/** One block: kernel, stride of its depthwise convolution, how much wider it is inside, channels before and after. */
interface Block {
  readonly kernel: number;
  readonly stride: number;
  readonly expand: number;
  readonly from: number;
  readonly to: number;
}

/**
 * EfficientNet-Lite0 (Tan and Le 2019, as TensorFlow's Lite variant has it): no squeeze-and-excitation, ReLU6 everywhere. Rows:
 * repeats, kernel, stride of the first, expansion, channels after.
 */
const BLOCKS: readonly Block[] = [
  [1, 3, 1, 1, 16],
  [2, 3, 2, 6, 24],
  [2, 5, 2, 6, 40],
  [3, 3, 2, 6, 80],
  [3, 5, 1, 6, 112],
  [4, 5, 2, 6, 192],
  [1, 3, 1, 6, 320],
].reduce<Block[]>((blocks, [repeats, kernel, stride, expand, to]) => {
  for (let i = 0; i < repeats; i++) {
    blocks.push({ kernel, stride: i === 0 ? stride : 1, expand, from: blocks.at(-1)?.to ?? 32, to });
  }
  return blocks;
}, []);

/** Where weights are read from: by name, as PyTorch lays them out. */
export interface WeightSource {
  readonly where: string;
  readonly names: Iterable<string>;
  read(name: string): HostTensor;
}

/**
 * The weights of an EfficientNet-Lite0 in the names of EfficientNet-PyTorch, for `openEfficientNet`. Each batch normalisation is
 * folded into the convolution before it: γ·(w·x − μ)/√(σ² + ε) + β = (γ/√(σ² + ε)·w)·x + (β − γ·μ/√(σ² + ε)).
 * Filters become [H, W, I, O], depthwise ones [H, W, C, 1].
 * @throws InputError where a tensor is absent or of another shape
 */
export function readEfficientNet({ where, names, read }: WeightSource): HostTensors {
  const there = new Set(names);
  const get = (name: string, shape: readonly number[]): Float32Array => {
    const tensor = there.has(name) ? read(name) : undefined;
    if (tensor && `${tensor.shape}` === `${shape}`) return tensor.data as Float32Array;
    throw new InputError({
      where,
      expected: `an EfficientNet-Lite0: ${name} [${shape.join(', ')}]`,
      found: tensor ? `[${tensor.shape.join(', ')}]` : 'no such tensor',
      fix: 'fetch it with `synclr data efficientnet-lite0`',
    });
  };
  const params: HostTensors = {};
  const convolution = (
    to: string,
    from: string,
    norm: string,
    { kernel, input, output, depthwise = false }: Filter,
  ) => {
    const inputs = depthwise ? 1 : input;
    const weight = get(`${from}.weight`, [output, inputs, kernel, kernel]);
    const of = (part: string) => get(`${norm}.${part}`, [output]);
    const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(of);
    const scale = gamma.map((value, o) => value / Math.sqrt(variance[o] + EPSILON));
    const taps = kernel * kernel;
    const filter = new Float32Array(weight.length);
    for (let o = 0; o < output; o++) {
      for (let i = 0; i < inputs; i++) {
        for (let t = 0; t < taps; t++)
          filter[(t * inputs + i) * output + o] = scale[o] * weight[(o * inputs + i) * taps + t];
      }
    }
    // [H, W, 1, C] and [H, W, C, 1] are the same numbers in the same order.
    const shape = depthwise ? [kernel, kernel, output, 1] : [kernel, kernel, inputs, output];
    params[`${to}.weight`] = hostTensor(filter, shape);
    params[`${to}.bias`] = hostTensor(
      beta.map((value, o) => value - mean[o] * scale[o]),
      [output],
    );
  };
  convolution('stem', '_conv_stem', '_bn0', { kernel: 3, input: 3, output: 32 });
  BLOCKS.forEach(({ kernel, expand, from, to }, i) => {
    const block = `_blocks.${i}`;
    const inner = expand * from;
    if (expand > 1)
      convolution(`${i}.expand`, `${block}._expand_conv`, `${block}._bn0`, { kernel: 1, input: from, output: inner });
    convolution(`${i}.depth`, `${block}._depthwise_conv`, `${block}._bn1`, {
      kernel,
      input: inner,
      output: inner,
      depthwise: true,
    });
    convolution(`${i}.project`, `${block}._project_conv`, `${block}._bn2`, { kernel: 1, input: inner, output: to });
  });
  convolution('head', '_conv_head', '_bn1', { kernel: 1, input: 320, output: EFFICIENT_NET_WIDTH });
  const rows = get('_fc.weight', [CLASSES, EFFICIENT_NET_WIDTH]);
  const columns = new Float32Array(rows.length);
  for (let c = 0; c < CLASSES; c++) {
    for (let j = 0; j < EFFICIENT_NET_WIDTH; j++) columns[j * CLASSES + c] = rows[c * EFFICIENT_NET_WIDTH + j];
  }
  params['classes.weight'] = hostTensor(columns, [EFFICIENT_NET_WIDTH, CLASSES]);
  params['classes.bias'] = hostTensor(get('_fc.bias', [CLASSES]).slice(), [CLASSES]);
  return params;
}

interface Filter {
  readonly kernel: number;
  readonly input: number;
  readonly output: number;
  readonly depthwise?: boolean;
}

/** images: [B, S, S, 3], normalised → features [B, 1280], the mean over places of the last layer, and logits [B, 1000]. */
export function efficientNet(p: NamedTensors, images: tf.Tensor4D): { features: tf.Tensor2D; logits: tf.Tensor2D } {
  const relu6 = (x: tf.Tensor4D) => tf.clipByValue(x, 0, 6);
  const plain = (x: tf.Tensor4D, name: string, stride = 1) =>
    tf.add(tf.conv2d(x, p[`${name}.weight`] as tf.Tensor4D, stride, 'same'), p[`${name}.bias`]) as tf.Tensor4D;
  let x = relu6(plain(images, 'stem', 2));
  BLOCKS.forEach(({ stride, expand, from, to }, i) => {
    let y = expand > 1 ? relu6(plain(x, `${i}.expand`)) : x;
    const filter = p[`${i}.depth.weight`] as tf.Tensor4D;
    y = relu6(tf.add(tf.depthwiseConv2d(y, filter, stride, 'same'), p[`${i}.depth.bias`]) as tf.Tensor4D);
    y = plain(y, `${i}.project`);
    x = stride === 1 && from === to ? tf.add(x, y) : y;
  });
  const features = tf.mean(relu6(plain(x, 'head')), [1, 2]) as tf.Tensor2D;
  const logits = tf.add(tf.matMul(features, p['classes.weight'] as tf.Tensor2D), p['classes.bias']) as tf.Tensor2D;
  return { features, logits };
}

/** A frozen EfficientNet-Lite0. Holds a session until it is released. */
export interface EfficientNet {
  /** Pictures [224, 224, 3], 0 … 255, one after the other → features [N, 1280] and logits [N, 1000]. */
  look(images: Uint8Array): Promise<{ features: Float32Array; logits: Float32Array }>;
  release(): Promise<void>;
}

/** Opens it for ONNX Runtime. Pixels are (rgb − 127) / 128, as in its training. */
export async function openEfficientNet(
  params: HostTensors,
  { batch = 16 }: { batch?: number } = {},
): Promise<EfficientNet> {
  const size = EFFICIENT_NET_SIZE;
  const bytes = size * size * 3;
  const shape = [batch, size, size, 3];
  const step = await compile(
    (p, { images }) => ({ state: {}, outputs: { ...efficientNet(p, images as tf.Tensor4D) } }),
    { constants: params, inputs: { images: { shape } }, name: 'EfficientNet-Lite0' },
  );
  return {
    async look(images) {
      const count = images.length / bytes;
      if (!Number.isInteger(count)) {
        throw new InputError({
          where: 'EfficientNet-Lite0',
          expected: `${size} × ${size} × 3 = ${bytes} bytes of RGB a picture`,
          found: `${images.length} bytes`,
          fix: 'resize the pictures first',
        });
      }
      const features = new Float32Array(count * EFFICIENT_NET_WIDTH);
      const logits = new Float32Array(count * CLASSES);
      for (let first = 0; first < count; first += batch) {
        const some = Math.min(batch, count - first);
        const pixels = new Float32Array(batch * bytes);
        for (let i = 0; i < some * bytes; i++) pixels[i] = (images[first * bytes + i] - 127) / 128;
        const found = await step.run({ images: hostTensor(pixels, shape) });
        const rows = (name: string, width: number) => (found[name].data as Float32Array).subarray(0, some * width);
        features.set(rows('features', EFFICIENT_NET_WIDTH), first * EFFICIENT_NET_WIDTH);
        logits.set(rows('logits', CLASSES), first * CLASSES);
      }
      return { features, logits };
    },
    release: () => step.release(),
  };
}
