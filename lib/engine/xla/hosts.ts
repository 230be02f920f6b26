import { InputError } from '../../errors.js';
import { fromEnvironment } from '../../runs/environment.js';
import type { PythonWorker } from './pythonWorker.js';

/** The processes that train together, one on each host, all running this program; all ask for the same, in the same order. */
export interface Hosts {
  /** this one; number 0 writes the files */
  readonly index: number;
  readonly of: number;
  /** devices of all of them */
  readonly devices: number;
  /** A number of every host, by their order. */
  gather(number: number): Promise<number[]>;
}

/** One process, one device: what every device but `xla` is. */
export const ALONE: Hosts = { index: 0, of: 1, devices: 1, gather: async (number) => [number] };

/** What a worker is part of, once it has joined. */
export async function hostsOf(worker: PythonWorker, asked = fromEnvironment('SYNCLR_HOSTS')): Promise<Hosts> {
  const { header } = await sayHello(worker, asked);
  const { process: index = 0, processes: of = 1, devices = 1 } = header as Record<string, number | undefined>;
  return {
    index,
    of,
    devices,
    async gather(number) {
      if (of === 1) return [number];
      return (await worker.ask({ call: 'gather', number })).header.numbers as number[];
    },
  };
}

/** Asks a worker what it runs on; the first time, it joins its hosts. */
export function sayHello(worker: PythonWorker, asked = fromEnvironment('SYNCLR_HOSTS')) {
  return worker.ask({ call: 'hello', hosts: asked && checkedHosts(asked) });
}

function checkedHosts(asked: string): string {
  const [, index, of] = /^(\d+)\/(\d+)@.+:\d+$/.exec(asked) ?? [];
  if (asked === 'auto' || (of !== undefined && Number(index) < Number(of))) return asked;
  throw new InputError({
    where: 'hosts (option or SYNCLR_HOSTS)',
    expected: 'auto, or i/n@address:port with i from 0 to n − 1, such as 0/4@node0:9911',
    found: asked,
    fix: 'use auto under Slurm and Open MPI; elsewhere name this host’s number, how many there are, and where number 0 listens',
  });
}
