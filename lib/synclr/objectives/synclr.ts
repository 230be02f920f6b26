import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { truncatedNormal } from '../../nn/init.js';
import type { EncoderConfig, PrototypeConfig } from '../config.js';
import { initPredictor, initProjector, initPrototypeHead, predictor, projector, prototypeHead } from '../heads.js';
import { centerTargets } from '../losses/centering.js';
import { dinoLoss } from '../losses/dino.js';
import { ibotLoss, tokenWeights } from '../losses/ibot.js';
import { sinkhorn } from '../losses/sinkhorn.js';
import { synclrContrastive } from '../losses/synclr.js';
import { maskSizes } from '../masking.js';
import { backboneOf, type Objective, withoutNegatives, withoutPositives } from './objective.js';

/** SynCLR (spec §4.5): w_c · (global + local) + w_i · iBOT, and DINO's image-level loss where a config has it. */
export const synclr: Objective = {
  cropsPerImage: 1,
  hasTeacher: true,
  parts: ({ crops, ibot, dino }) => [
    'global',
    ...(crops.locals > 0 ? ['local'] : []),
    ...(ibot ? ['ibot'] : []),
    ...(dino ? ['dino'] : []),
  ],

  init(rng, { model, head, ibot, dino }) {
    const prototypes = (name: string, loss: PrototypeConfig) =>
      initPrototypeHead(rng.child(name), name, model.width, loss.head);
    return {
      ...initProjector(rng.child('projector'), 'projector', model.width, head),
      ...initPredictor(rng.child('predictor'), 'predictor', head),
      ...(ibot && prototypes('ibot', ibot)),
      ...(ibot && { 'backbone.mask_token': truncatedNormal(rng.child('mask_token'), [1, model.width]) }),
      ...(dino && prototypes('dino', dino)),
    };
  },

  problems: (config) => [
    ...withoutPositives(config),
    ...withoutNegatives(config),
    ...(config.dino && config.crops.locals === 0 ? ["DINO's loss without local crops, which it is about"] : []),
  ],

  encode(backbone, { crops, keep, masked, locals, localKeep }, config) {
    const student = backboneOf(backbone, config);
    const features: NamedTensors = {};
    if (crops && masked) {
      const chosen = selection(masked as tf.Tensor2D, config);
      const { cls, patches } = student.chosen(crops, chosen, { keep, mask: maskOf(chosen, crops.shape[0]) });
      features.global = cls;
      features.masked = tokensOf(patches);
    } else if (crops) features.global = student.cls(crops, { keep });
    if (locals) features.local = student.cls(locals, { keep: localKeep });
    return features;
  },

  // The teacher sees whole crops, without drop path, and takes no gradient.
  observe(backbone, { crops, masked }, config): NamedTensors {
    const teacher = backboneOf(backbone, config);
    if (!masked) return { global: teacher.cls(crops) };
    const { cls, patches } = teacher.chosen(crops, selection(masked as tf.Tensor2D, config));
    return { global: cls, masked: tokensOf(patches) };
  },

  targets({ teacher, observed, state, inputs }, { head, ibot, dino }) {
    const targets: NamedTensors = { keys: projector(teacher, 'projector', observed.global as tf.Tensor2D, { head }) };
    const assign = (name: string, tokens: tf.Tensor, temperature: tf.Tensor, config: PrototypeConfig) => {
      const logits = prototypeHead(teacher, name, tokens as tf.Tensor2D);
      if (config.targets !== 'centering') {
        targets[name] = sinkhorn(logits, { temperature: temperature as tf.Scalar, iterations: config.iterations });
        return;
      }
      const center = state[`center.${name}`] as tf.Tensor2D;
      const centred = centerTargets(logits, center, { temperature: temperature as tf.Scalar });
      targets[name] = centred.targets;
      targets[`center.${name}`] = centred.center;
    };
    if (ibot) assign('ibot', observed.masked, inputs.teacherTemperature, ibot);
    if (dino) assign('dino', observed.global, inputs.imageTemperature, dino);
    return targets;
  },

  loss(heads, { features, targets, inputs }, config) {
    const { head, ibot, dino, contrastWeight, temperature, excludeOwn } = config;
    const embed = (cls: tf.Tensor) =>
      predictor(heads, 'predictor', projector(heads, 'projector', cls as tf.Tensor2D, { head }), { head });
    const contrast = synclrContrastive({
      globals: embed(features.global),
      locals: features.local && embed(features.local),
      keys: targets.keys as tf.Tensor2D,
      labels: inputs.labels as tf.Tensor1D,
      temperature,
      excludeOwn,
    });
    const aux: NamedTensors = { global: contrast.global };
    let loss: tf.Tensor = contrast.global;
    if (features.local) {
      aux.local = contrast.local;
      loss = tf.add(loss, contrast.local);
    }
    loss = tf.mul(loss, contrastWeight);
    if (ibot) {
      const logits = prototypeHead(heads, 'ibot', features.masked as tf.Tensor2D);
      const { studentTemperature, weight } = ibot;
      aux.ibot = ibotLoss(logits, targets.ibot as tf.Tensor2D, weightsOf(config), { temperature: studentTemperature });
      loss = tf.add(loss, tf.mul(aux.ibot, weight));
    }
    if (dino) {
      const logits = prototypeHead(heads, 'dino', features.local as tf.Tensor2D);
      aux.dino = dinoLoss(logits, targets.dino as tf.Tensor2D, { temperature: dino.studentTemperature });
      loss = tf.add(loss, tf.mul(aux.dino, dino.weight));
    }
    return { loss: loss as tf.Scalar, aux };
  },
};

/** Every masked image has as many masked patches: all tokens weigh the same. */
function weightsOf(config: EncoderConfig): tf.Tensor1D {
  const { images, patches } = maskSizes(config);
  const owners = Array.from({ length: images * patches }, (_, i) => Math.floor(i / patches));
  return tf.tensor1d(tokenWeights(owners).data as Float32Array);
}

/** Which patches are masked, as rows of 0 with one 1: [M, m, P]. `masked`: their indices, [M, m]. */
function selection(masked: tf.Tensor2D, { model }: EncoderConfig): tf.Tensor3D {
  return tf.cast(tf.oneHot(masked, (model.image / model.patch) ** 2), 'float32') as tf.Tensor3D;
}

/** The mask of a batch of N images, of which the first M have masked patches: [N, P] of 0 and 1. */
function maskOf(chosen: tf.Tensor3D, images: number): tf.Tensor2D {
  const [some, , total] = chosen.shape;
  const own = tf.sum(chosen, 1) as tf.Tensor2D;
  return some < images ? tf.concat([own, tf.zeros<tf.Rank.R2>([images - some, total])], 0) : own;
}

/** [M, m, D] → [M·m, D] */
function tokensOf(patches: tf.Tensor3D): tf.Tensor2D {
  const [images, count, width] = patches.shape;
  return tf.reshape(patches, [images * count, width]);
}
