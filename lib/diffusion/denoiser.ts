import type { HostTensors } from '../runs/hostTensor.js';
import type { OnnxModel } from './onnxModel.js';
import type { PromptTokenizer } from './tokenizer.js';

/**
 * The networks of a text-to-image model, as sampling uses them. A sample is what is denoised: the pixels themselves, or
 * the latent of an autoencoder. The number of images in a call is that of its texts or samples.
 */
export interface Denoiser {
  /** the denoising network first */
  readonly models: readonly OnnxModel[];
  /** images of a call */
  readonly batch: number;
  /** whether the graphs take that number and no other */
  readonly batchIsFixed: boolean;
  /** numbers in one sample */
  readonly sampleCount: number;
  /** side of the images in pixels */
  readonly size: number;
  readonly tokenizer: PromptTokenizer;
  /** The text side of the network's inputs. */
  encode(texts: readonly string[]): Promise<HostTensors>;
  /** The network's prediction for samples [images · sampleCount] at one timestep. */
  predict(samples: Float32Array, timestep: number, text: HostTensors): Promise<Float32Array>;
  /** Images [images, 3, size, size] in [−1, 1] from the last samples. */
  decode(samples: Float32Array): Promise<Float32Array>;
}
