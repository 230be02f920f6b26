import { expect, it } from 'vitest';
import { lettingEventsIn } from '../../lib/engine/session.js';

/** Holds the thread as ONNX Runtime's Node binding does. */
const holding = {
  run: () =>
    new Promise<Record<string, never>>((resolve) => {
      setImmediate(() => {
        for (const end = performance.now() + 20; performance.now() < end; );
        resolve({});
      });
    }),
};

it('what came while a run held the thread has its turn before the run is over', async () => {
  const cameDuring = async (session: Pick<typeof holding, 'run'>) => {
    let came = false;
    setImmediate(() => setTimeout(() => (came = true), 1));
    await session.run();
    return came;
  };
  expect(await cameDuring(holding)).toBe(false);
  expect(await cameDuring(lettingEventsIn({ ...holding }))).toBe(true);
});
