import { scalar } from '../../lib/dist/engine/index.js';
import {
  adamwUpdate,
  decaysMatrices,
  emaUpdate,
  initAdamw,
  valueAndGrads,
  withoutPrefix,
  withPrefix,
} from '../../lib/dist/nn/index.js';

/** Parameters, their moving averages and AdamW's moments. */
export function trainingState(params) {
  return { ...withPrefix(params, 'params.'), ...withPrefix(params, 'ema.'), ...initAdamw(params) };
}

/** One training step: forward, backward, AdamW (decay on matrices only) and a moving average of all parameters. */
export function trainingStep(lossOf) {
  const stepBatch = {
    lr: scalar(1e-4),
    weightDecay: scalar(0.05),
    correction1: scalar(0.1),
    correction2: scalar(0.001),
    decay: scalar(0.999),
  };
  const step = (state, inputs) => {
    const params = withoutPrefix(state, 'params.');
    const { lr, weightDecay, correction1, correction2, decay } = inputs;
    const { loss, grads } = valueAndGrads((p) => ({ loss: lossOf({ ...state, ...p }, inputs) }), params);
    const numbers = { lr, weightDecay, correction1, correction2 };
    const next = adamwUpdate({ params, grads, moments: state, ...numbers, decays: decaysMatrices });
    const ema = emaUpdate(withoutPrefix(state, 'ema.'), next.params, decay);
    return {
      state: { ...withPrefix(next.params, 'params.'), ...withPrefix(ema, 'ema.'), ...next.moments },
      outputs: { loss },
    };
  };
  return {
    step,
    stepBatch,
    stepInputs: Object.fromEntries(Object.keys(stepBatch).map((name) => [name, { shape: [] }])),
  };
}
