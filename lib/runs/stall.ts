import os from 'node:os';
import { availableCores } from './cores.js';

/** A bar that has not moved for so long says what it waits for, in milliseconds. */
const PATIENCE = 60_000;
const LOOK_EVERY = 5_000;

/** Watches whether work goes on. */
export interface StallWatch {
  /** A unit was finished. */
  moved(): void;
  end(): void;
}

/**
 * Calls `tell` when nothing has moved for a minute, and while that lasts, with a line that says since when, what is waited
 * for, and whether other processes want more cores than there are. Keeps no process alive.
 */
export function watchForStalls({
  waitsFor,
  tell,
  load = () => os.loadavg()[0],
  cores = availableCores(),
}: {
  waitsFor: string;
  tell: (line: string) => void;
  load?: () => number;
  cores?: number;
}): StallWatch {
  let last = Date.now();
  const look = () => {
    const still = Date.now() - last;
    if (still < PATIENCE) return;
    const wanted = load();
    // This process may want all cores; half of one more is another's.
    const others =
      wanted > cores + 0.5 ? ` (${wanted.toFixed(1)} threads want the ${cores} cores: others compute, too)` : '';
    tell(`nothing for ${Math.floor(still / 1000)} s, waiting for ${waitsFor}${others}`);
  };
  const timer = setInterval(look, LOOK_EVERY);
  timer.unref();
  return {
    moved() {
      last = Date.now();
    },
    end: () => clearInterval(timer),
  };
}
