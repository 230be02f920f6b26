import { InputError } from '../errors.js';
import { fromEnvironment } from '../runs/environment.js';
import { chooseDevice, type DeviceChoice } from './device.js';
import { ALONE, type Hosts, hostsOf } from './xla/hosts.js';
import { pythonWorker } from './xla/pythonWorker.js';

/**
 * The hosts of this job. SYNCLR_HOSTS says how they find each other: `auto`, where Slurm or Open MPI started them; or
 * `i/n@address:port`, this one's number, how many there are, and where number 0 listens. Left out: this host alone, with
 * all its devices.
 */
export async function openHosts(device?: DeviceChoice, asked = fromEnvironment('SYNCLR_HOSTS')): Promise<Hosts> {
  if (chooseDevice(device) === 'xla') return hostsOf(pythonWorker(), asked);
  if (!asked) return ALONE;
  throw new InputError({
    where: 'hosts (option or SYNCLR_HOSTS)',
    expected: 'device xla, the one that trains on several hosts',
    found: `device ${chooseDevice(device)}`,
    fix: 'set SYNCLR_DEVICE=xla, or leave hosts out',
  });
}

/** Two steps of a job are only the same if all hosts took as many before. @throws InputError where they did not */
export async function requireSame(hosts: Hosts, number: number, what: string): Promise<void> {
  const all = await hosts.gather(number);
  if (all.every((other) => other === number)) return;
  throw new InputError({
    where: what,
    expected: 'the same on every host',
    found: all.join(', '),
    fix: 'let all hosts see the same folders, and start them with the same command',
  });
}

/** A signal that aborts on all hosts after the same step: at the `agree` of all of them after `asked` aborted on one. */
export function agreedStop(hosts: Hosts, asked?: AbortSignal): { signal: AbortSignal; agree(): Promise<void> } {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    async agree() {
      if ((await hosts.gather(asked?.aborted ? 1 : 0)).includes(1)) stop.abort(asked?.reason);
    },
  };
}
