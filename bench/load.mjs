import { readFileSync } from 'node:fs';
import os from 'node:os';

/**
 * Begins to watch the processor. The function it returns says which share of it others than `pids` have used since: where
 * that is more than a few percent, the timings are worth nothing.
 */
export function watchLoad(pids) {
  const start = readings(pids);
  return () => {
    const now = readings(pids);
    const others = now.busy - start.busy - (now.own - start.own);
    return Number(Math.max(0, others / (now.all - start.all)).toFixed(3));
  };
}

/** CPU milliseconds since start: all, those that somebody used, and those that `pids` used. */
function readings(pids) {
  const cpus = os.cpus().map(({ times }) => times);
  const busy = cpus.reduce((sum, t) => sum + t.user + t.nice + t.sys + t.irq, 0);
  const idle = cpus.reduce((sum, t) => sum + t.idle, 0);
  return { all: busy + idle, busy, own: pids.reduce((sum, pid) => sum + cpuOf(pid), 0) };
}

/** CPU milliseconds of a process and of its children that have ended: user and system ticks of 10 ms. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * 10;
}
