import type { NamedTensors, Step } from '../../engine/step.js';
import type { tf } from '../../engine/tf.js';
import { valueAndGrads } from '../../nn/gradients.js';
import { withoutPrefix, withPrefix } from '../../nn/names.js';
import { adamwCorrections, adamwUpdate, initAdamw } from '../../nn/optim/adamw.js';
import { globalNorm } from '../../nn/optim/clip.js';
import { emaUpdate } from '../../nn/optim/ema.js';
import { decaysInFineTuning, layerDecay } from '../../nn/optim/layerDecay.js';
import { type HostTensors, mapTensors, scalar } from '../../runs/hostTensor.js';

/** What AdamW needs to know in fine-tuning (Tables 14 and 15). */
export interface TuningOptimiser {
  betas: readonly [number, number];
  weightDecay: number;
  /** each block learns this much slower than the one behind it, see `layerDecay` */
  layerDecay: number;
}

/**
 * The state of a fresh run: `param.*`, which are trained; AdamW's moments; `stat.*`, which the loss carries on itself; and,
 * with `ema`, `ema.*`, a moving average of the parameters.
 */
export function initTuning(
  params: HostTensors,
  { stats = {}, ema = false }: { stats?: HostTensors; ema?: boolean } = {},
) {
  return {
    ...withPrefix(params, 'param.'),
    ...initAdamw(params),
    ...withPrefix(stats, 'stat.'),
    ...(ema ? withPrefix(params, 'ema.') : {}),
  } as HostTensors;
}

/** Of a state, what a forward pass reads: the parameters, or their average, and the statistics. */
export function trainedPart(state: HostTensors, part: 'param' | 'ema' = 'param'): HostTensors {
  return { ...withoutPrefix(state, `${part}.`), ...withoutPrefix(state, 'stat.') };
}

/**
 * One training step: forward, backward, AdamW with layer-wise rates, and the moving average where the state has one.
 * Outputs `loss` and `gradNorm`. Beside the batch it takes the inputs of `tuningInputs`.
 *
 * @param loss gets the parameters, the batch and all of the state; gives the loss and the next `stat.*`, without prefix
 */
export function tuningStep(
  loss: (params: NamedTensors, inputs: NamedTensors, state: NamedTensors) => { loss: tf.Scalar; stats?: NamedTensors },
  { depth, optimiser }: { depth: number; optimiser: TuningOptimiser },
): Step {
  return (state, inputs) => {
    const found = valueAndGrads(
      (params) => {
        const { loss: value, stats } = loss(params, inputs, state);
        return { loss: value, aux: stats };
      },
      withoutPrefix(state, 'param.'),
    );
    const next = adamwUpdate({
      params: withoutPrefix(state, 'param.'),
      grads: found.grads,
      moments: state,
      lr: inputs.lr as tf.Scalar,
      weightDecay: inputs.weightDecay as tf.Scalar,
      correction1: inputs.correction1 as tf.Scalar,
      correction2: inputs.correction2 as tf.Scalar,
      betas: optimiser.betas,
      decays: decaysInFineTuning,
      lrScale: (name) => layerDecay(name, { depth, decay: optimiser.layerDecay }),
    });
    const average = withoutPrefix(state, 'ema.');
    const ema = Object.keys(average).length > 0 ? emaUpdate(average, next.params, inputs.emaDecay as tf.Scalar) : {};
    return {
      state: {
        ...withPrefix(next.params, 'param.'),
        ...next.moments,
        ...withPrefix(found.aux, 'stat.'),
        ...withPrefix(ema, 'ema.'),
      },
      outputs: { loss: found.loss, gradNorm: globalNorm(found.grads) },
    };
  };
}

/** The inputs that change from step to step, all scalars. @param step counted from 0 */
export function tuningInputs(
  step: number,
  { lr, emaDecay, optimiser }: { lr: number; emaDecay?: number; optimiser: TuningOptimiser },
): HostTensors {
  const { betas, weightDecay } = optimiser;
  const values = {
    lr,
    weightDecay,
    ...adamwCorrections(step + 1, { betas }),
    ...(emaDecay !== undefined && { emaDecay }),
  };
  return mapTensors(values, scalar);
}
