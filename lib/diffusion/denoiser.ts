import type { HostTensors } from '../engine/host.js';
import type { Provider } from '../engine/session.js';
import type { OnnxModel } from './openModel.js';

/**
 * The networks of a text-to-image model, as sampling uses them. Everything is in batches of `batch`; a sample is what is
 * denoised: the pixels themselves, or the latent of an autoencoder.
 */
export interface Denoiser {
  readonly provider: Provider;
  /** providers tried before it, and why they did not work */
  readonly passedOver: readonly string[];
  readonly batch: number;
  /** numbers in one sample */
  readonly sampleCount: number;
  /** side of the images in pixels */
  readonly size: number;
  /** The text side of the network's inputs, for `batch` texts. */
  encode(texts: readonly string[]): Promise<HostTensors>;
  /** The network's prediction for samples [batch · sampleCount] at one timestep. */
  predict(samples: Float32Array, timestep: number, text: HostTensors): Promise<Float32Array>;
  /** Images [batch, 3, size, size] in [−1, 1] from the last samples. */
  decode(samples: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Closes several models. */
export async function releaseAll(models: readonly OnnxModel[]): Promise<void> {
  for (const model of models) await model.release();
}
