import type { NamedTensors, Step } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { valueAndGrads } from '../../nn/gradients.js';
import { withoutPrefix, withPrefix } from '../../nn/names.js';
import { adamwUpdate, decaysMatrices, initAdamw } from '../../nn/optim/adamw.js';
import { clipByGlobalNorm } from '../../nn/optim/clip.js';
import { emaUpdate } from '../../nn/optim/ema.js';
import { initMuon, muonUpdate } from '../../nn/optim/muon.js';
import type { HostTensors } from '../../runs/hostTensor.js';
import { supervisedLoss } from '../../synclr/losses/supervised.js';
import { isFilter, type JudgeNetConfig, judgeNet } from './judgeNet.js';

/** The training state of fresh parameters: `params.`, their moving average `ema.`, and the moments. */
export function judgeState(params: HostTensors): HostTensors {
  const [filters, rest] = split(params);
  return { ...withPrefix(params, 'params.'), ...withPrefix(params, 'ema.'), ...initMuon(filters), ...initAdamw(rest) };
}

/** Shapes of what a training step takes in: a batch, and the numbers that change with the step. */
export function judgeStepInputs(size: number, batch: number) {
  const scalar = { shape: [] };
  return {
    images: { shape: [batch, size, size, 3] },
    concepts: { shape: [batch], dtype: 'int32' as const },
    backgrounds: { shape: [batch], dtype: 'int32' as const },
    keepStyle: { shape: [batch, 1, 1, 1] },
    lr: scalar,
    weightDecay: scalar,
    correction1: scalar,
    correction2: scalar,
    emaDecay: scalar,
  };
}

/**
 * One step: the sum of both answers' cross-entropies, gradients, clipping, Muon on the filters and AdamW on the rest,
 * moving average. Outputs `loss`, `gradNorm`, and `right`, the number of right concepts.
 */
export function judgeStep(
  config: JudgeNetConfig,
  { smoothing, clipNorm = 1 }: { smoothing: number; clipNorm?: number },
): Step {
  return (state: NamedTensors, inputs: NamedTensors) => {
    const params = withoutPrefix(state, 'params.');
    const scalar = (name: string) => inputs[name] as tf.Scalar;
    const { loss, grads, aux } = valueAndGrads((p) => {
      const answers = judgeNet(p, inputs.images as tf.Tensor4D, config, { keepStyle: inputs.keepStyle });
      const concept = supervisedLoss(answers.concepts, inputs.concepts as tf.Tensor1D, { smoothing });
      const background = supervisedLoss(answers.backgrounds, inputs.backgrounds as tf.Tensor1D, { smoothing });
      const right = tf.equal(tf.argMax(answers.concepts, 1), inputs.concepts);
      return { loss: tf.add(concept, background) as tf.Scalar, aux: { right: tf.sum(tf.cast(right, 'float32')) } };
    }, params);
    const clipped = clipByGlobalNorm(grads, clipNorm);
    const [filters, rest] = split(clipped.grads);
    const shared = { params, moments: state, lr: scalar('lr'), weightDecay: scalar('weightDecay') };
    const muon = muonUpdate({ ...shared, grads: filters });
    const adamw = adamwUpdate({
      ...shared,
      grads: rest,
      correction1: scalar('correction1'),
      correction2: scalar('correction2'),
      decays: decaysMatrices,
    });
    const next = { ...muon.params, ...adamw.params };
    const ema = emaUpdate(withoutPrefix(state, 'ema.'), next, scalar('emaDecay'));
    return {
      state: { ...withPrefix(next, 'params.'), ...withPrefix(ema, 'ema.'), ...muon.moments, ...adamw.moments },
      outputs: { loss, gradNorm: clipped.norm, right: aux.right },
    };
  };
}

function split<T>(tensors: Record<string, T>): [filters: Record<string, T>, rest: Record<string, T>] {
  const entries = Object.entries(tensors);
  const part = (wanted: boolean) => Object.fromEntries(entries.filter(([name]) => isFilter(name) === wanted));
  return [part(true), part(false)];
}
