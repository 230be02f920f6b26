import type { Experiment } from '../experiment.js';
import { trainersOf } from '../settings.js';

/**
 * Why Table 4 keeps λ where the paper lets it rise: a teacher whose λ rises to 1 takes up nothing more of its student in the
 * second half of a run as short as these (`laptopSynclr`). The rows that rise are Table 4's in all else.
 */
export const teacherMomentum: Experiment = {
  id: 'teacher-momentum',
  artefact: 'Table 4, explained',
  question: 'Does the teacher’s rising momentum suit a run of a few hundred steps?',
  // Not more: the runs of 600 steps are on record with these, and are other tables' too.
  metrics: ['probe', 'unseen'],
  power: { seeds: 1, resolves: { probe: 4 } },
  claims: (['+ EMA', 'SynCLR'] as const).map((method) => ({
    says: `${method}: a teacher that keeps moving is better than one that stands still for half of the run`,
    metric: 'probe' as const,
    order: [`${method}, λ stays`, `${method}, λ rises`],
  })),
  rows(settings) {
    const { base } = settings;
    const { synclr } = trainersOf({ ...settings, trainingSteps: settings.lengths[1] });
    const alone = { ...synclr, ibot: null, crops: { ...synclr.crops, locals: 0 } };
    const methods = [
      ['+ EMA', alone],
      ['SynCLR', synclr],
    ] as const;
    return methods.flatMap(([method, encoder]) => [
      { label: `${method}, λ rises`, paper: {}, images: base, encoder: { ...encoder, teacherMomentumEnd: undefined } },
      { label: `${method}, λ stays`, paper: {}, images: base, encoder },
    ]);
  },
};
