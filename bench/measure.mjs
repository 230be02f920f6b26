import { setTimeout as sleep } from 'node:timers/promises';
import { engines } from './engines.mjs';
import { flopsOf, gemmFlops } from './flops.mjs';
import { watchLoad } from './load.mjs';
import { median, spread } from './statistics.mjs';

/**
 * Times a case in several engines: all are started and made ready one after the other, then take turns for `rounds`
 * rounds. In its turn an engine runs one step untimed and `steps` steps timed; a round's time is their median.
 */
export async function measure(one, { names, rounds, report }) {
  const residents = {};
  const failures = {};
  try {
    for (const name of names) {
      try {
        residents[name] = await engines[name](one.name);
        report(`${one.name}: ${name} ready in ${(residents[name].ready.prepareMs / 1000).toFixed(1)} s`);
      } catch (error) {
        failures[name] = error.message;
        report(`${one.name}: ${name} failed\n${error.message}`);
      }
    }
    const tasks = Object.values(residents)[0]?.ready.tasks ?? [];
    const results = [];
    const load = watchLoad(Object.values(residents).map((resident) => resident.pid));
    for (const task of tasks) results.push(await measureTask(one, task, residents, rounds));
    const othersShare = load();
    const { version, build } = (residents.eager ?? residents.compiled)?.ready ?? {};
    const about = { case: one.name, rounds, steps: one.steps, peer: { version, build }, failures };
    return { ...about, prepareMs: prepareTimes(residents), othersShare, tasks: results };
  } finally {
    for (const resident of Object.values(residents)) resident.stop();
  }
}

async function measureTask(one, task, residents, rounds) {
  const times = Object.fromEntries(Object.keys(residents).map((name) => [name, []]));
  const peakMB = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, resident] of Object.entries(residents)) {
      // The other engine's threads spin for a while after their work: until then the processor is not free.
      await sleep(200);
      await resident.ask({ task, steps: 1 });
      const answer = await resident.ask({ task, steps: one.steps });
      times[name].push(median(answer.ms));
      peakMB[name] = Math.round(answer.peakMB);
    }
  }
  const flops = one.shapes ? gemmFlops(task.split(' ')[0].split('x').map(Number)) : flopsOf(one);
  const result = { task, gflop: flops / 1e9, engines: {} };
  for (const [name, ms] of Object.entries(times)) {
    const figures = { ms: spread(ms), gflops: Number((flops / 1e6 / median(ms)).toFixed(1)), peakMB: peakMB[name] };
    // Our time over theirs, round by round: below 1, we are faster.
    if (name !== 'ours' && times.ours) figures.oursOver = spread(ms.map((x, i) => times.ours[i] / x));
    result.engines[name] = figures;
  }
  return result;
}

function prepareTimes(residents) {
  return Object.fromEntries(Object.entries(residents).map(([name, r]) => [name, Math.round(r.ready.prepareMs)]));
}
