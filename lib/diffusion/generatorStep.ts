import type { NamedTensors, Step } from '../engine/compile.js';
import type { HostTensors } from '../engine/host.js';
import { tf } from '../engine/tf.js';
import { valueAndGrads } from '../nn/gradients.js';
import { withoutPrefix, withPrefix } from '../nn/names.js';
import {
  adamwUpdate,
  clipByGlobalNorm,
  decaysMatrices,
  emaUpdate,
  initAdamw,
  initMuon,
  muonUpdate,
} from '../nn/optim/index.js';
import { addNoise, flowLoss } from './flow.js';
import type { GeneratorConfig } from './generatorConfig.js';
import { guessImage } from './generatorModel.js';

/** The matrices inside the blocks go to Muon, all else (embeddings, modulations, head, biases, gains) to AdamW. */
export function goesToMuon(name: string): boolean {
  return /(^|\.)blocks\.\d+\.(attn|mlp)\.\w+\.weight$/.test(name);
}

/** Fused projections are orthogonalised part by part. */
function partsOf(name: string): number {
  return name.endsWith('.qkv.weight') ? 3 : name.endsWith('.text_kv.weight') ? 2 : 1;
}

/** The training state of fresh or given parameters: `params.`, `ema.` and the moments. */
export function generatorState(params: HostTensors): HostTensors {
  const [muon, adamw] = splitGroups(params);
  return {
    ...withPrefix(params, 'params.'),
    ...withPrefix(params, 'ema.'),
    ...initMuon(muon),
    ...initAdamw(adamw),
  };
}

function splitGroups<T>(tensors: Record<string, T>): [muon: Record<string, T>, adamw: Record<string, T>] {
  const entries = Object.entries(tensors);
  return [
    Object.fromEntries(entries.filter(([name]) => goesToMuon(name))),
    Object.fromEntries(entries.filter(([name]) => !goesToMuon(name))),
  ];
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
    const [muonGrads, adamwGrads] = splitGroups(clipped.grads);
    const shared = { params, moments: state, weightDecay: scalar('weightDecay') };
    const muon = muonUpdate({ ...shared, grads: muonGrads, lr: scalar('muonLr'), splits: partsOf });
    const adamw = adamwUpdate({
      ...shared,
      grads: adamwGrads,
      lr: scalar('lr'),
      correction1: scalar('correction1'),
      correction2: scalar('correction2'),
      decays: decaysMatrices,
    });
    const next = { ...muon.params, ...adamw.params };
    return {
      state: {
        ...withPrefix(next, 'params.'),
        ...withPrefix(emaUpdate(withoutPrefix(state, 'ema.'), next, scalar('emaDecay')), 'ema.'),
        ...muon.moments,
        ...adamw.moments,
      },
      outputs: { loss, gradNorm: clipped.norm },
    };
  };
}
