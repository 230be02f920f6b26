// Mutated files of every format that we read, in processes with limits.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const READER = fileURLToPath(new URL('./readMutated.mjs', import.meta.url));
/** Seconds of processor time for one file (of anything at all, where the machine is busy: 30 times that), and memory. */
const LIMITS = { seconds: 5, bytes: 2 ** 30 };

/**
 * Reads `count` mutations of a format.
 * @param module URL of the module that exports `formats`
 * @returns counts by outcome, and the findings: whatever was not accepted or refused in words
 */
export async function mutateFormat(module, name, { seed, count, from = 0, limits = LIMITS }) {
  const counts = { accepted: 0, refused: 0 };
  const findings = [];
  const find = (index, outcome, detail = '') => {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    findings.push(`${name} #${index}: ${outcome}: ${detail.slice(0, 600)}`);
  };
  for (let next = from; next < from + count; ) {
    const { at, ended } = await readSome({ module, name, seed, from: next, to: from + count, counts, find, limits });
    if (!ended) find(at, 'crash', 'its process ended');
    next = at + 1;
  }
  return { counts, findings };
}

/** Runs one process until it is through or breaks a limit. */
async function readSome({ module, name, seed, from, to, counts, find, limits }) {
  const child = fork(READER, [module, name, seed, from, to].map(String), {
    execArgv: ['--max-old-space-size=900'],
    env: { ...process.env, SYNCLR_THREADS: '1' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let at = from;
  let broken = false;
  let began = { cpu: 0, clock: Date.now() };
  let open = false;
  const stop = (outcome, detail) => {
    broken = true;
    find(at, outcome, detail);
    child.kill('SIGKILL');
  };
  const watch = setInterval(() => {
    const { cpu, bytes } = usage(child.pid);
    if (bytes > limits.bytes) stop('memory', `${Math.round(bytes / 2 ** 20)} MiB`);
    else if (open && cpu - began.cpu > limits.seconds) stop('hang', `more than ${limits.seconds} s of processor time`);
    else if (open && Date.now() - began.clock > 30_000 * limits.seconds)
      stop('hang', `more than ${30 * limits.seconds} s`);
    if (broken) clearInterval(watch);
  }, 100);
  child.on('message', ({ begin, index, outcome, detail }) => {
    if (broken) return;
    if (begin !== undefined) {
      at = begin;
      open = true;
      began = { cpu: usage(child.pid).cpu, clock: Date.now() };
      return;
    }
    open = false;
    if (outcome === 'accepted' || outcome === 'refused') counts[outcome]++;
    else find(index, outcome, detail);
  });
  const [code] = await once(child, 'exit');
  clearInterval(watch);
  // Broken limits are counted already.
  return { at: code === 0 ? to - 1 : at, ended: code === 0 || broken };
}

/** Seconds of processor time and bytes of memory at most, as Linux counts them; elsewhere only the clock is watched. */
function usage(pid) {
  try {
    const [, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0;
    return { cpu: (Number(fields[10]) + Number(fields[11])) / 100, bytes: 1024 * Number(peak) };
  } catch {
    return { cpu: 0, bytes: 0 };
  }
}
