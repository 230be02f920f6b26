import { compile } from '../../lib/dist/engine/index.js';
import { ditModel } from './dit.mjs';
import { trainingState, trainingStep } from './training.mjs';
import { vitModel } from './vit.mjs';

/** A fresh model of cases.json: `{ params, constants, inputs, batch, loss, forward }`. */
export function openModel(model, batch) {
  return model.kind === 'vit' ? vitModel(model, batch) : ditModel(model, batch);
}

/** The training step or the forward pass of a case, as makers of functions to be timed. */
export function modelTasks(model, { mode, batch }) {
  const opened = openModel(model, batch);
  return mode === 'train' ? { train: () => openTraining(opened) } : { forward: () => openForward(opened) };
}

async function openTraining({ params, constants, inputs, batch, loss }) {
  const { step, stepInputs, stepBatch } = trainingStep(loss);
  const compiled = await compile(step, {
    state: trainingState(params),
    constants,
    inputs: { ...inputs, ...stepInputs },
  });
  return async () => (await compiled.run({ ...batch, ...stepBatch })).loss.data[0];
}

async function openForward({ params, constants, inputs, batch, forward }) {
  const names = forward.inputs;
  const only = (record) => Object.fromEntries(names.map((name) => [name, record[name]]));
  const compiled = await compile((p, x) => ({ state: {}, outputs: { y: forward.run(p, x) } }), {
    constants: { ...params, ...constants },
    inputs: only(inputs),
  });
  const feeds = only(batch);
  return async () => {
    await compiled.run(feeds);
  };
}
