import type { NamedTensors, Step } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { valueAndGrads } from '../nn/gradients.js';
import { withoutPrefix, withPrefix } from '../nn/names.js';
import { decaysMatrices } from '../nn/optim/adamw.js';
import { clipByGlobalNorm } from '../nn/optim/clip.js';
import { emaUpdate } from '../nn/optim/ema.js';
import { initMuonAdamw, muonAdamwUpdate } from '../nn/optim/muonAdamw.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { addNoise, flowLoss } from './flow.js';
import type { GeneratorConfig } from './generatorConfig.js';
import { guessImage } from './generatorModel.js';

/** The training state of fresh or given parameters: `params.`, `ema.` and the moments. */
export function generatorState(params: HostTensors): HostTensors {
  return { ...withPrefix(params, 'params.'), ...withPrefix(params, 'ema.'), ...initMuonAdamw(params) };
}

/** Shapes of what a training step takes in: a batch, and the numbers that change with the step. */
export function generatorStepInputs({ imageSize, maxTokens }: GeneratorConfig, batch: number) {
  const images = [batch, 3, imageSize, imageSize];
  return {
    images: { shape: images },
    noise: { shape: images },
    sigma: { shape: [batch] },
    ids: { shape: [batch, maxTokens], dtype: 'int32' as const },
    lr: { shape: [] },
    muonLr: { shape: [] },
    weightDecay: { shape: [] },
    correction1: { shape: [] },
    correction2: { shape: [] },
    emaDecay: { shape: [] },
  };
}

/** One step: loss, gradients, clipping, Muon and AdamW, moving average. Outputs `loss` and `gradNorm`. */
export function generatorStep(config: GeneratorConfig, { clipNorm = 1 }: { clipNorm?: number } = {}): Step {
  return (state: NamedTensors, inputs: NamedTensors) => {
    const params = withoutPrefix(state, 'params.');
    const scalar = (name: string) => inputs[name] as tf.Scalar;
    const { loss, grads } = valueAndGrads((p) => {
      const noisy = addNoise(inputs.images, inputs.noise, inputs.sigma);
      const timestep = tf.mul(inputs.sigma, 1000);
      const guess = guessImage({ ...state, ...p }, { noisy, timestep, ids: inputs.ids }, config);
      return { loss: flowLoss(guess, inputs.images, inputs.sigma) };
    }, params);
    const clipped = clipByGlobalNorm(grads, clipNorm);
    const next = muonAdamwUpdate({
      params,
      grads: clipped.grads,
      moments: state,
      lr: scalar('lr'),
      muonLr: scalar('muonLr'),
      weightDecay: scalar('weightDecay'),
      correction1: scalar('correction1'),
      correction2: scalar('correction2'),
      decays: decaysMatrices,
    });
    const ema = emaUpdate(withoutPrefix(state, 'ema.'), next.params, scalar('emaDecay'));
    return {
      state: { ...withPrefix(next.params, 'params.'), ...withPrefix(ema, 'ema.'), ...next.moments },
      outputs: { loss, gradNorm: clipped.norm },
    };
  };
}
