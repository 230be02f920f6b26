import type { InputSpec, NamedTensors, Step } from '../engine/step.js';
import type { tf } from '../engine/tf.js';
import { valueAndGrads } from '../nn/gradients.js';
import { initLinear, truncatedNormal } from '../nn/init.js';
import { withoutPrefix, withPrefix } from '../nn/names.js';
import { adamwUpdate, decaysMatrices, initAdamw } from '../nn/optim/adamw.js';
import { globalNorm } from '../nn/optim/clip.js';
import { emaUpdate } from '../nn/optim/ema.js';
import { initMuonAdamw, muonAdamwUpdate } from '../nn/optim/muonAdamw.js';
import type { Rng } from '../random/rng.js';
import { type HostTensors, zeros } from '../runs/hostTensor.js';
import type { EncoderConfig } from './config.js';
import { initPredictor, initProjector, initPrototypeHead } from './heads.js';
import { clip, initClip, stableRepPlus } from './objectives/clip.js';
import { type Objective, splitBackbone } from './objectives/objective.js';
import { oneCrop } from './objectives/oneCrop.js';
import { supervised } from './objectives/supervised.js';
import { synclr } from './objectives/synclr.js';
import { initVit } from './vit.js';

/** The optimisers by their names in a config. */
const optimisers = {
  adamw: { init: initAdamw, update: adamwUpdate },
  muon: { init: initMuonAdamw, update: muonAdamwUpdate },
};

/** What a config's objective is made of. */
export function objectiveOf({ objective }: EncoderConfig): Objective {
  return { synclr, stablerep: oneCrop, simclr: oneCrop, supervised, clip, 'stablerep-plus': stableRepPlus }[objective];
}

/** The names of the losses an objective reports beside their sum. */
export function lossParts({ objective, crops, ibot, dino }: EncoderConfig): string[] {
  if (objective === 'supervised') return ['classification'];
  if (objective === 'clip') return ['text'];
  if (objective === 'stablerep-plus') return ['global', 'text'];
  if (objective !== 'synclr') return ['global'];
  return ['global', ...(crops.locals > 0 ? ['local'] : []), ...(ibot ? ['ibot'] : []), ...(dino ? ['dino'] : [])];
}

/**
 * The state of a fresh run: `student.*`, the optimiser's moments and, for `synclr`, `teacher.*`, a copy of the
 * student without its predictor and mask token, and `center.*` where targets are centred.
 */
export function initTraining(rng: Rng, config: EncoderConfig): HostTensors {
  const student = initStudent(rng, config);
  const state = { ...withPrefix(student, 'student.'), ...optimisers[config.optimiser].init(student) };
  if (config.objective !== 'synclr') return state;
  const copied = Object.entries(student).filter(([name]) => hasTeacher(name));
  return { ...state, ...withPrefix(Object.fromEntries(copied), 'teacher.'), ...initCenters(config) };
}

function initStudent(rng: Rng, config: EncoderConfig): HostTensors {
  const { objective, model, head, ibot, dino, classes = 0 } = config;
  const student = withPrefix(initVit(rng.child('backbone'), model), 'backbone.');
  if (objective === 'supervised') {
    Object.assign(student, initLinear(rng.child('classifier'), 'classifier', model.width, classes));
  } else if (objective !== 'clip') {
    Object.assign(student, initProjector(rng.child('projector'), 'projector', model.width, head));
  }
  if (config.clip) Object.assign(student, initClip(rng, config));
  if (objective === 'synclr') Object.assign(student, initPredictor(rng.child('predictor'), 'predictor', head));
  if (ibot) {
    Object.assign(student, initPrototypeHead(rng.child('ibot'), 'ibot', model.width, ibot.head));
    student['backbone.mask_token'] = truncatedNormal(rng.child('mask_token'), [1, model.width]);
  }
  if (dino) Object.assign(student, initPrototypeHead(rng.child('dino'), 'dino', model.width, dino.head));
  return student;
}

function initCenters({ ibot, dino }: EncoderConfig): HostTensors {
  const centred = Object.entries({ ibot, dino }).filter(([, loss]) => loss?.targets === 'centering');
  return Object.fromEntries(centred.map(([name, loss]) => [`center.${name}`, zeros([1, loss!.head.prototypes])]));
}

function hasTeacher(name: string): boolean {
  return !name.startsWith('predictor.') && name !== 'backbone.mask_token';
}

/** The inputs of the training step besides the batch: one number each, set by the schedules. */
export const scheduleInputs = ['lr', 'weightDecay', 'correction1', 'correction2'] as const;

/** Names of the schedule inputs of an objective. */
export function scheduleNames({ objective, ibot, dino }: EncoderConfig): string[] {
  return [
    ...scheduleInputs,
    ...(objective === 'synclr' ? ['momentum'] : []),
    ...(ibot ? ['teacherTemperature'] : []),
    ...(dino ? ['imageTemperature'] : []),
  ];
}

/** Shapes of the schedule inputs of an objective. */
export function scheduleSpecs(config: EncoderConfig): Record<string, InputSpec> {
  return Object.fromEntries(scheduleNames(config).map((name) => [name, { shape: [] }]));
}

/** One training step: forward, backward, optimiser and, for `synclr`, the teacher's moving average (spec §4.6: after the update). */
export function trainingStep(config: EncoderConfig): Step {
  const update = updateStep(config);
  return (state, inputs) => {
    const { loss, grads, aux, centers } = lossAndGrads(config, state, inputs);
    const { state: nextState, outputs } = update(state, { ...inputs, ...withPrefix(grads, 'grad.'), ...centers });
    return { state: nextState, outputs: { loss, ...outputs, ...aux } };
  };
}

/** Loss, its parts and gradients of a whole batch in one graph; `centers`: the next `center.*`. */
export function lossAndGrads(config: EncoderConfig, state: NamedTensors, inputs: NamedTensors) {
  const objective = objectiveOf(config);
  const [backbone, teacher] = splitBackbone(withoutPrefix(state, 'teacher.'));
  const observed = objective.observe?.(backbone, inputs, config) ?? {};
  const targets = objective.targets?.({ teacher, observed, state, inputs }, config) ?? {};
  const result = valueAndGrads(
    (params) => {
      const [own, heads] = splitBackbone(params);
      return objective.loss(heads, { features: objective.encode(own, inputs, config), targets, inputs }, config);
    },
    withoutPrefix(state, 'student.'),
  );
  return { ...result, centers: withPrefix(withoutPrefix(targets, 'center.'), 'center.') };
}

/** What follows the gradients, as a step of its own: inputs `grad.*`, those of the schedules, and `center.*`. */
export function updateStep(config: EncoderConfig): Step {
  return (state, inputs) => {
    const grads = withoutPrefix(inputs, 'grad.');
    const next = optimisers[config.optimiser].update({
      params: withoutPrefix(state, 'student.'),
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
      const followed = Object.fromEntries(Object.entries(next.params).filter(([name]) => hasTeacher(name)));
      const average = emaUpdate(withoutPrefix(state, 'teacher.'), followed, inputs.momentum as tf.Scalar);
      Object.assign(nextState, withPrefix(average, 'teacher.'));
      Object.assign(nextState, withPrefix(withoutPrefix(inputs, 'center.'), 'center.'));
    }
    return { state: nextState, outputs: { gradNorm: globalNorm(grads) } };
  };
}
