import type { EncoderConfig } from '../../synclr/config.js';
import type { Experiment } from '../experiment.js';
import { type Trainers, trainersOf } from '../settings.js';
import { table4Encoders } from './table4.js';

/** Table 4's rows and CLIP, by name. */
function methodsOf(trainers: Trainers): readonly (readonly [string, EncoderConfig])[] {
  return [...table4Encoders(trainers), ['CLIP', trainers.clip]];
}

/**
 * Accuracy against the length of training. A run of a few hundred steps rewards what learns quickly: CLIP's captions name the
 * concept, StableRep has one task, SynCLR has two and a teacher to wait for. The paper's runs of Table 4 have 85 000 steps,
 * those of Table 10 up to 500 000. Each point is a run of its own, whose learning rate falls to zero at its own end.
 */
export const length: Experiment = {
  id: 'length',
  artefact: 'Tables 4 and 10, explained',
  question: 'Which method is ahead after how many steps?',
  // Not more: the runs of 600 steps are on record with these, and are other tables' too.
  metrics: ['probe', 'unseen'],
  power: { seeds: 1, resolves: { probe: 5 } },
  claims: [
    ...(['StableRep', 'CLIP'] as const).flatMap((method) =>
      [1800, 5400].map((steps) => ({
        says: `After ${steps} steps, SynCLR is better than ${method}`,
        metric: 'probe' as const,
        order: [`SynCLR, ${steps}`, `${method}, ${steps}`],
      })),
    ),
    {
      says: 'After 5400 steps, iBOT improves on EMA alone',
      metric: 'probe',
      order: ['+ EMA + iBOT, 5400', '+ EMA, 5400'],
    },
    {
      says: 'After 5400 steps, SynCLR is better than local crops without iBOT',
      metric: 'probe',
      order: ['SynCLR, 5400', '+ EMA + multi-crop, 5400'],
    },
  ],
  rows(settings) {
    const { base, lengths } = settings;
    // The lengths of most experiments first: their runs are there already.
    const order = [...lengths].sort((a, b) => rank(a, settings) - rank(b, settings));
    return order.flatMap((steps) =>
      methodsOf(trainersOf({ ...settings, trainingSteps: steps })).map(([method, encoder]) => ({
        label: `${method}, ${steps}`,
        curve: { name: method, x: steps },
        paper: {},
        images: base,
        encoder,
      })),
    );
  },
};

const rank = (steps: number, { trainingSteps, lengths }: { trainingSteps: number; lengths: readonly number[] }) =>
  steps === trainingSteps ? -1 : lengths.indexOf(steps);
