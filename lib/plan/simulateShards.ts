import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';

/** A stage whose shards are shared out in parts, as `--part` does, to workers that take the next part when they are free. */
export interface ShardQueue {
  readonly shards: number;
  readonly parts: number;
  readonly workers: number;
  /** that a worker takes for a shard */
  readonly shardSeconds: number;
  /** share of the workers that are slow, and how many times as long these take */
  readonly slow?: { readonly share: number; readonly factor: number };
  /** mean seconds between two preemptions of a worker, at times that nobody foresees; Infinity: none */
  readonly preemptedEvery?: number;
  /** seconds from a preemption until the part goes on, with the shard that was lost */
  readonly restart?: number;
  readonly seed?: number;
}

export interface ShardOutcome {
  /** until the last part is there */
  readonly seconds: number;
  readonly preemptions: number;
  /** of computing that was lost, over all workers */
  readonly lost: number;
}

/** Plays such a stage once. Each worker's luck is a function of seed and number. */
export function simulateShards({
  shards,
  parts,
  workers,
  shardSeconds,
  slow = { share: 0, factor: 1 },
  preemptedEvery = Number.POSITIVE_INFINITY,
  restart = 0,
  seed = 0,
}: ShardQueue): ShardOutcome {
  const longest = shardSeconds * Math.max(1, slow.factor);
  if (longest > 3 * preemptedEvery) {
    throw new InputError({
      where: 'a plan with preemptions',
      expected: 'a shard that is done between two of them, sooner or later',
      found: `a shard of ${Math.round(longest)} s, and a preemption every ${Math.round(preemptedEvery)} s`,
      fix: 'make shards smaller (--shard-captions), or let preemptions be rarer',
    });
  }
  const all = Array.from({ length: workers }, (_, number) => {
    const luck = rng(seed, 'worker', number);
    const pace = shardSeconds * (luck.bernoulli(slow.share) ? slow.factor : 1);
    const wait = () =>
      preemptedEvery === Number.POSITIVE_INFINITY ? preemptedEvery : -Math.log(1 - luck.uniform()) * preemptedEvery;
    return { pace, wait, now: 0, next: wait() };
  });
  let [preemptions, lost, seconds] = [0, 0, 0];
  for (let part = 0; part < parts; part++) {
    const worker = all.reduce((first, one) => (one.now < first.now ? one : first));
    // Part i of n is every n-th shard, beginning with number i.
    let left = Math.max(0, Math.ceil((shards - part) / parts));
    while (left > 0) {
      // One that was preempted while it waited for work is back by now.
      if (worker.next < worker.now) worker.next = worker.now + worker.wait();
      const done = Math.min(left, Math.floor((worker.next - worker.now) / worker.pace));
      worker.now += done * worker.pace;
      left -= done;
      if (left === 0) break;
      preemptions++;
      lost += worker.next - worker.now;
      worker.now = worker.next + restart;
      worker.next = worker.now + worker.wait();
    }
    seconds = Math.max(seconds, worker.now);
  }
  return { seconds, preemptions, lost };
}

/**
 * Mean seconds of a piece of work that is begun again after each preemption: (1/λ + r)(e^{λs} − 1) for s seconds of work,
 * preemptions at a rate λ and r seconds to restart.
 */
export function meanWithPreemptions(work: number, { every, restart }: { every: number; restart: number }): number {
  return every === Number.POSITIVE_INFINITY ? work : (every + restart) * Math.expm1(work / every);
}
