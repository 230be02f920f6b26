import type { InputSpec, NamedTensors, Step } from '../engine/compile.js';
import type { HostTensors } from '../engine/host.js';
import { tf } from '../engine/tf.js';
import { valueAndGrads } from '../nn/gradients.js';
import { initLinear, truncatedNormal } from '../nn/init.js';
import { linear } from '../nn/layers.js';
import { withoutPrefix, withPrefix } from '../nn/names.js';
import { adamwUpdate, decaysMatrices, initAdamw } from '../nn/optim/adamw.js';
import { globalNorm } from '../nn/optim/clip.js';
import { emaUpdate } from '../nn/optim/ema.js';
import { initMuonAdamw, muonAdamwUpdate } from '../nn/optim/muonAdamw.js';
import type { Rng } from '../random/rng.js';
import { maskSizes } from './batches.js';
import type { EncoderConfig } from './config.js';
import { initPredictor, initProjector, initPrototypeHead, predictor, projector, prototypeHead } from './heads.js';
import { ibotLoss, tokenWeights } from './losses/ibot.js';
import { sinkhorn } from './losses/sinkhorn.js';
import { stableRepLoss } from './losses/stableRep.js';
import { supervisedLoss } from './losses/supervised.js';
import { synclrContrastive } from './losses/synclr.js';
import { initVit, type VitOptions, vit, vitClass } from './vit.js';

/** The optimisers by their names in a config. */
const optimisers = {
  adamw: { init: initAdamw, update: adamwUpdate },
  muon: { init: initMuonAdamw, update: muonAdamwUpdate },
};

/** The names of the losses an objective reports beside their sum. */
export function lossParts({ objective, crops, ibot }: EncoderConfig): string[] {
  if (objective === 'supervised') return ['classification'];
  if (objective !== 'synclr') return ['global'];
  return ['global', ...(crops.locals > 0 ? ['local'] : []), ...(ibot ? ['ibot'] : [])];
}

/**
 * The state of a fresh run: `student.*`, the optimiser's moments and, for `synclr`, `teacher.*`, a copy of the
 * student without its predictor and mask token.
 */
export function initTraining(rng: Rng, config: EncoderConfig): HostTensors {
  const { objective, model, head, ibot } = config;
  const student = withPrefix(initVit(rng.child('backbone'), model), 'backbone.');
  if (objective === 'supervised') {
    Object.assign(student, initLinear(rng.child('classifier'), 'classifier', model.width, config.classes ?? 0));
  } else {
    Object.assign(student, initProjector(rng.child('projector'), 'projector', model.width, head));
  }
  if (objective === 'synclr') Object.assign(student, initPredictor(rng.child('predictor'), 'predictor', head));
  if (ibot) {
    Object.assign(student, initPrototypeHead(rng.child('ibot'), 'ibot', model.width, ibot.head));
    student['backbone.mask_token'] = truncatedNormal(rng.child('mask_token'), [1, model.width]);
  }
  const state = { ...withPrefix(student, 'student.'), ...optimisers[config.optimiser].init(student) };
  if (objective !== 'synclr') return state;
  const copied = Object.entries(student).filter(([name]) => hasTeacher(name));
  return { ...state, ...withPrefix(Object.fromEntries(copied), 'teacher.') };
}

function hasTeacher(name: string): boolean {
  return !name.startsWith('predictor.') && name !== 'backbone.mask_token';
}

/** The inputs of the training step besides the batch: one number each, set by the schedules. */
export const scheduleInputs = ['lr', 'weightDecay', 'correction1', 'correction2'] as const;
export const teacherInputs = ['momentum', 'teacherTemperature'] as const;

/** Shapes of the schedule inputs of an objective. */
export function scheduleSpecs({ objective, ibot }: EncoderConfig): Record<string, InputSpec> {
  const names: string[] = [...scheduleInputs];
  if (objective === 'synclr') names.push('momentum');
  if (ibot) names.push('teacherTemperature');
  return Object.fromEntries(names.map((name) => [name, { shape: [] }]));
}

/** One training step: forward, backward, optimiser and, for `synclr`, the teacher's moving average (§4.6: after the update). */
export function trainingStep(config: EncoderConfig): Step {
  const losses = { synclr: synclrLosses, stablerep: oneCropLosses, simclr: oneCropLosses, supervised: classLosses }[
    config.objective
  ];
  return (state, inputs) => {
    const params = withoutPrefix(state, 'student.');
    const teacher = withoutPrefix(state, 'teacher.');
    const { loss, grads, aux } = valueAndGrads(losses(config, teacher, inputs), params);
    const next = optimisers[config.optimiser].update({
      params,
      grads,
      moments: state,
      lr: inputs.lr as tf.Scalar,
      weightDecay: inputs.weightDecay as tf.Scalar,
      correction1: inputs.correction1 as tf.Scalar,
      correction2: inputs.correction2 as tf.Scalar,
      betas: config.betas,
      decays: decaysMatrices,
    });
    const nextState = { ...withPrefix(next.params, 'student.'), ...next.moments };
    if (config.objective === 'synclr') {
      const followed = Object.fromEntries(Object.keys(teacher).map((name) => [name, next.params[name]]));
      Object.assign(nextState, withPrefix(emaUpdate(teacher, followed, inputs.momentum as tf.Scalar), 'teacher.'));
    }
    return { state: nextState, outputs: { loss, gradNorm: globalNorm(grads), ...aux } };
  };
}

type Losses = (params: NamedTensors) => { loss: tf.Scalar; aux: NamedTensors };

/** StableRep and SimCLR: every crop against all others of the batch; `labels` says which belong together. */
function oneCropLosses(config: EncoderConfig, _teacher: NamedTensors, inputs: NamedTensors): Losses {
  const { objective, head, imagesPerCaption, temperature } = config;
  return (params) => {
    const cls = backbone(params, config).cls(inputs.crops, { keep: inputs.keep });
    // BatchNorm sees one view at a time (§6): rows are view-major.
    const views = objective === 'simclr' ? 2 : imagesPerCaption;
    const loss = stableRepLoss(projector(params, 'projector', cls, { head, views }), inputs.labels as tf.Tensor1D, {
      temperature,
    });
    return { loss, aux: { global: loss } };
  };
}

/** Supervised cross-entropy on the classes of the captions. */
function classLosses(config: EncoderConfig, _teacher: NamedTensors, inputs: NamedTensors): Losses {
  return (params) => {
    const cls = backbone(params, config).cls(inputs.crops, { keep: inputs.keep });
    const logits = linear(params, 'classifier', cls) as tf.Tensor2D;
    const loss = supervisedLoss(logits, inputs.labels as tf.Tensor1D);
    return { loss, aux: { classification: loss } };
  };
}

/** SynCLR (§4.5): w_c · (global + local) + w_i · iBOT. */
function synclrLosses(config: EncoderConfig, teacher: NamedTensors, inputs: NamedTensors): Losses {
  const { head, ibot, contrastWeight, crops, temperature } = config;
  // The teacher sees whole crops, without drop path, and takes no gradient.
  const target = backbone(teacher, config).tokens(inputs.crops);
  const keys = projector(teacher, 'projector', target.cls, { head });
  const masks = ibot && selection(inputs.masked as tf.Tensor2D, config);
  const assignments =
    masks &&
    sinkhorn(prototypeHead(teacher, 'ibot', maskedTokens(target.patches, masks.chosen)), {
      temperature: inputs.teacherTemperature as tf.Scalar,
      iterations: ibot.iterations,
    });

  return (params) => {
    const embed = (cls: tf.Tensor2D) =>
      predictor(params, 'predictor', projector(params, 'projector', cls, { head }), { head });
    const student = backbone(params, config);
    const global = student.tokens(inputs.crops, { keep: inputs.keep, mask: masks?.mask });
    const local = crops.locals > 0 ? student.cls(inputs.locals, { keep: inputs.localKeep }) : undefined;
    const contrast = synclrContrastive({
      globals: embed(global.cls),
      locals: local ? embed(local) : undefined,
      keys,
      labels: inputs.labels as tf.Tensor1D,
      temperature,
    });
    const aux: NamedTensors = { global: contrast.global };
    let loss = contrast.global;
    if (local) {
      aux.local = contrast.local;
      loss = tf.add(loss, contrast.local);
    }
    loss = tf.mul(loss, contrastWeight);
    if (masks && assignments) {
      const logits = prototypeHead(params, 'ibot', maskedTokens(global.patches, masks.chosen));
      const { images, patches } = maskSizes(config);
      const weights = tokenWeights(Array.from({ length: images * patches }, (_, i) => Math.floor(i / patches)));
      aux.ibot = ibotLoss(logits, assignments, tf.tensor1d(weights.data as Float32Array), {
        temperature: ibot.studentTemperature,
      });
      loss = tf.add(loss, tf.mul(aux.ibot, ibot.weight)) as tf.Scalar;
    }
    return { loss, aux };
  };
}

/** The backbone's share of the parameters, and how its blocks run. */
function backbone(params: NamedTensors, { model, tokensPerGroup }: EncoderConfig) {
  const p = withoutPrefix(params, 'backbone.');
  type Given = Pick<VitOptions, 'keep' | 'mask'>;
  return {
    tokens: (images: tf.Tensor, given: Given = {}) =>
      vit(p, images as tf.Tensor4D, { config: model, tokensPerGroup, ...given }),
    cls: (images: tf.Tensor, given: Given = {}) =>
      vitClass(p, images as tf.Tensor4D, { config: model, tokensPerGroup, ...given }),
  };
}

/**
 * Which patches are masked, as two tensors of 0 and 1: `chosen` [M, m, P], a row for every masked patch, and `mask` [N, P]
 * for all images. A product with `chosen` picks tokens; it has a gradient that every engine runs fast, unlike a gather.
 */
function selection(masked: tf.Tensor2D, config: EncoderConfig): { chosen: tf.Tensor3D; mask: tf.Tensor2D } {
  const { captions, imagesPerCaption, model } = config;
  const total = (model.image / model.patch) ** 2;
  const chosen = tf.cast(tf.oneHot(masked, total), 'float32') as tf.Tensor3D;
  const own = tf.sum(chosen, 1) as tf.Tensor2D;
  const rest = captions * imagesPerCaption - masked.shape[0];
  return { chosen, mask: rest > 0 ? tf.concat([own, tf.zeros<tf.Rank.R2>([rest, total])], 0) : own };
}

/** patches: [N, P, D] → the masked tokens of the first M images, [M·m, D]. */
function maskedTokens(patches: tf.Tensor3D, chosen: tf.Tensor3D): tf.Tensor2D {
  const [images, count] = chosen.shape;
  const [, total, width] = patches.shape;
  const first = tf.slice(patches, [0, 0, 0], [images, total, width]);
  return tf.reshape(tf.matMul(chosen, first), [images * count, width]);
}
