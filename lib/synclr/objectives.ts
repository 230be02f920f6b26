import type { InputSpec, NamedTensors, Step } from '../engine/step.js';
import type { tf } from '../engine/tf.js';
import { valueAndGrads } from '../nn/gradients.js';
import { withoutPrefix, withPrefix } from '../nn/names.js';
import { adamwUpdate, decaysMatrices, initAdamw } from '../nn/optim/adamw.js';
import { globalNorm } from '../nn/optim/clip.js';
import { emaUpdate } from '../nn/optim/ema.js';
import { initMuonAdamw, muonAdamwUpdate } from '../nn/optim/muonAdamw.js';
import type { Rng } from '../random/rng.js';
import { type HostTensors, zeros } from '../runs/hostTensor.js';
import type { MethodKey } from '../runs/methods.js';
import type { EncoderConfig } from './config.js';
import { clip, stableRepPlus } from './objectives/clip.js';
import { type Objective, splitBackbone } from './objectives/objective.js';
import { simclr } from './objectives/simclr.js';
import { stableRep } from './objectives/stableRep.js';
import { supervised } from './objectives/supervised.js';
import { synclr } from './objectives/synclr.js';
import { vicreg } from './objectives/vicreg.js';
import { initVit } from './vit.js';

/** The optimisers by their names in a config. */
const optimisers = {
  adamw: { init: initAdamw, update: adamwUpdate },
  muon: { init: initMuonAdamw, update: muonAdamwUpdate },
};

const OBJECTIVES: Readonly<Record<MethodKey, Objective>> = {
  synclr,
  stablerep: stableRep,
  'stablerep-plus': stableRepPlus,
  simclr,
  supervised,
  clip,
  vicreg,
};

/** What a config's objective is made of. */
export function objectiveOf({ objective }: Pick<EncoderConfig, 'objective'>): Objective {
  return OBJECTIVES[objective];
}

/**
 * The state of a fresh run: `student.*`, the optimiser's moments and, where there is a teacher, `teacher.*`, a copy of the
 * student without its predictor and mask token, and `center.*` where targets are centred.
 */
export function initTraining(rng: Rng, config: EncoderConfig): HostTensors {
  const { init, hasTeacher } = objectiveOf(config);
  const backbone = withPrefix(initVit(rng.child('backbone'), config.model), 'backbone.');
  const student = { ...backbone, ...init(rng, config) };
  const state = { ...withPrefix(student, 'student.'), ...optimisers[config.optimiser].init(student) };
  if (!hasTeacher) return state;
  const copied = Object.entries(student).filter(([name]) => isFollowed(name));
  return { ...state, ...withPrefix(Object.fromEntries(copied), 'teacher.'), ...initCenters(config) };
}

function initCenters({ ibot, dino }: EncoderConfig): HostTensors {
  const centred = Object.entries({ ibot, dino }).filter(([, loss]) => loss?.targets === 'centering');
  return Object.fromEntries(centred.map(([name, loss]) => [`center.${name}`, zeros([1, loss!.head.prototypes])]));
}

/** Whether the teacher has such a parameter, too. */
function isFollowed(name: string): boolean {
  return !name.startsWith('predictor.') && name !== 'backbone.mask_token';
}

/** The inputs of the training step besides the batch: one number each, set by the schedules. */
const scheduleInputs = ['lr', 'weightDecay', 'correction1', 'correction2'] as const;

/** Names of the schedule inputs of an objective. */
export function scheduleNames(config: EncoderConfig): string[] {
  const { ibot, dino } = config;
  return [
    ...scheduleInputs,
    ...(objectiveOf(config).hasTeacher ? ['momentum'] : []),
    ...(ibot ? ['teacherTemperature'] : []),
    ...(dino ? ['imageTemperature'] : []),
  ];
}

/** Shapes of the schedule inputs of an objective. */
export function scheduleSpecs(config: EncoderConfig): Record<string, InputSpec> {
  return Object.fromEntries(scheduleNames(config).map((name) => [name, { shape: [] }]));
}

/** One training step: forward, backward, optimiser and, where there is one, the teacher's moving average (spec §4.6: after the update). */
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
    if (objectiveOf(config).hasTeacher) {
      const followed = Object.fromEntries(Object.entries(next.params).filter(([name]) => isFollowed(name)));
      const average = emaUpdate(withoutPrefix(state, 'teacher.'), followed, inputs.momentum as tf.Scalar);
      Object.assign(nextState, withPrefix(average, 'teacher.'));
      Object.assign(nextState, withPrefix(withoutPrefix(inputs, 'center.'), 'center.'));
    }
    return { state: nextState, outputs: { gradNorm: globalNorm(grads) } };
  };
}
