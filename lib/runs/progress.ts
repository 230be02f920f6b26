import { SingleBar } from 'cli-progress';
import { inNotebook, openDisplay } from './display.js';
import { printable } from './printable.js';
import { watchForStalls } from './stall.js';

export interface Progress {
  /** Adds n finished units; `note` is shown behind the bar (a loss, say). */
  tick(n?: number, note?: string): void;
  /** Ends the bar. In a notebook it vanishes: the file's bytes depend neither on the clock nor on what was cached. */
  done(note?: string): void;
}

/**
 * A progress bar with rate and time left: on stderr in a terminal, in the cell's output in a notebook, silent elsewhere
 * (a pipe, a test). After a minute without a unit it says what it waits for.
 */
export function progress({
  label,
  total,
  unit = 'steps',
  start = 0,
  waitsFor = `the next of the ${unit}`,
}: {
  label: string;
  total: number;
  unit?: string;
  /** Units done before this run, when resuming: they count for the bar but not for the rate. */
  start?: number;
  /** What makes the units, to be named when none comes: 'the language model', say. */
  waitsFor?: string;
}): Progress {
  let count = start;
  const began = Date.now();
  const describe = (note?: string) => {
    const rate = (count - start) / Math.max(1e-3, (Date.now() - began) / 1000);
    const left = rate > 0 ? duration((total - count) / rate) : '?';
    return `${rate.toPrecision(3)} ${unit}/s · ${left} left${note ? ` · ${printable(note)}` : ''}`;
  };

  if (inNotebook()) {
    const display = openDisplay();
    const cell = (text: string) => display.show({ 'text/plain': text });
    let shown = 0;
    const show = (detail: string) => {
      const full = Math.round((20 * count) / Math.max(1, total));
      cell(`${label} ${'█'.repeat(full)}${'░'.repeat(Math.max(0, 20 - full))} ${count}/${total} · ${detail}`);
    };
    const watch = watchForStalls({ waitsFor, tell: show });
    return {
      tick(n = 1, note) {
        count += n;
        watch.moved();
        if (Date.now() - shown < 200) return;
        shown = Date.now();
        show(describe(note));
      },
      done() {
        watch.end();
        display.erase();
      },
    };
  }

  if (!process.stderr.isTTY) return { tick() {}, done() {} };
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} · {detail}`,
    hideCursor: true,
    clearOnComplete: false,
    stopOnComplete: false,
    gracefulExit: false,
  });
  bar.start(total, start, { detail: '' });
  const watch = watchForStalls({ waitsFor, tell: (detail) => bar.update(count, { detail }) });
  return {
    tick(n = 1, note) {
      count += n;
      watch.moved();
      bar.update(count, { detail: describe(note) });
    },
    done(note) {
      watch.end();
      bar.update(count, { detail: note ?? duration((Date.now() - began) / 1000) });
      bar.stop();
    },
  };
}

/** 3725 → '1 h 02 min'; 65 → '1 min 05 s'; 4 → '4 s'. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`;
  if (s >= 60) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  return `${s} s`;
}
