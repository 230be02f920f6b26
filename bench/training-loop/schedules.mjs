/** The numbers that schedules would give, held still. */
export const schedules = ({ objective, ibot }) => ({
  lr: 1e-4,
  weightDecay: 0.05,
  correction1: 0.1,
  correction2: 0.001,
  ...(objective === 'synclr' && { momentum: 0.99 }),
  ...(ibot && { teacherTemperature: 0.05 }),
});
