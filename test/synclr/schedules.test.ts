import { expect, it } from 'vitest';
import {
  learningRateAt,
  peakLearningRate,
  teacherMomentumAt,
  teacherStandstill,
  teacherTemperatureAt,
  weightDecayAt,
} from '../../lib/synclr/schedules.js';
import { goldens } from './goldens.js';

const total = 500_000;

it.each(goldens.schedules.map((row) => [...row]))('step %i of the final run', (step, lr, momentum, decay, t) => {
  expect(learningRateAt(step, { total, warmup: 80_000, peak: 2e-3 })).toBeCloseTo(lr, 9);
  expect(teacherMomentumAt(step, { total })).toBeCloseTo(momentum, 8);
  expect(weightDecayAt(step, { total })).toBeCloseTo(decay, 6);
  expect(teacherTemperatureAt(step)).toBeCloseTo(t, 12);
});

it('schedules are monotone where they should be', () => {
  for (let step = 0; step < total; step += 9_973) {
    expect(teacherMomentumAt(step + 1, { total })).toBeGreaterThanOrEqual(teacherMomentumAt(step, { total }));
    expect(weightDecayAt(step + 1, { total })).toBeGreaterThanOrEqual(weightDecayAt(step, { total }));
  }
});

it('a teacher whose λ rises to 1 stands still after 93 % of the final run, after half of a run of 600 steps from 0.98', () => {
  expect(teacherStandstill({ total })).toBeCloseTo(0.926, 3);
  expect(teacherStandstill({ total: 600, start: 0.98, end: 0.98 })).toBeCloseTo(550 / 600, 2);
  expect(teacherStandstill({ total: 600, start: 0.98 })).toBeCloseTo(0.515, 6);
  expect(teacherMomentumAt(300, { total: 600, start: 0.98, end: 0.98 })).toBe(0.98);
});

it('the learning-rate rule gives the 2.4e-3 of the released example (2048 captions of 4 images)', () => {
  expect(peakLearningRate(2048, 4)).toBeCloseTo(2.4e-3, 12);
});
