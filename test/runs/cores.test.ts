import { afterEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../lib/errors.js';
import { availableCores, computeThreads } from '../../lib/runs/cores.js';

afterEach(() => vi.unstubAllEnvs());

/** The files of a machine; what is not there cannot be read. */
const files = (content: Record<string, string>) => (file: string) => {
  if (file in content) return content[file];
  throw new Error(`ENOENT ${file}`);
};
const v1 = (quota: number) => ({
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': `${quota}\n`,
  '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
});

describe('availableCores', () => {
  it.each([
    ['without control groups', {}, 64],
    ['without a quota', { '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, 64],
    ['with --cpus 2', { '/sys/fs/cgroup/cpu.max': '200000 100000\n' }, 2],
    ['with --cpus 1.5', { '/sys/fs/cgroup/cpu.max': '150000 100000\n' }, 1],
    ['with --cpus 0.5', { '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, 1],
    ['with more than there are', { '/sys/fs/cgroup/cpu.max': '9900000 100000\n' }, 64],
    ['in version 1, no quota', v1(-1), 64],
    ['in version 1, three', v1(300_000), 3],
    ['with a file of another form', { '/sys/fs/cgroup/cpu.max': 'strange\n' }, 64],
  ])('%s', (_what, content, cores) => {
    expect(availableCores({ parallelism: 64, read: files(content) })).toBe(cores);
  });
});

describe('computeThreads', () => {
  it.each([
    [undefined, 1, 8, 8],
    [undefined, 2, 8, 4],
    [undefined, 3, 8, 2],
    [undefined, 16, 8, 1],
    [3, 1, 8, 3],
    [32, 1, 8, 8],
    [8, 4, 8, 2],
    [4, 1, 1, 1],
  ])('asked %s in %i processes of %i cores: %i', (asked, processes, cores, threads) => {
    vi.stubEnv('SYNCLR_THREADS', undefined);
    expect(computeThreads({ asked, processes, cores })).toBe(threads);
  });

  it('takes SYNCLR_THREADS, up to the cores', () => {
    vi.stubEnv('SYNCLR_THREADS', '2');
    expect(computeThreads({ cores: 8 })).toBe(2);
    expect(computeThreads({ cores: 1 })).toBe(1);
    expect(computeThreads({ cores: 8, processes: 8 })).toBe(1);
    vi.stubEnv('SYNCLR_THREADS', '64');
    expect(computeThreads({ cores: 8 })).toBe(8);
  });

  it.each(['abc', '0', '-1', '1.5', '2,0', '0x2', 'Infinity'])('refuses SYNCLR_THREADS=%s', (text) => {
    vi.stubEnv('SYNCLR_THREADS', text);
    expect(() => computeThreads({ cores: 8 })).toThrow(InputError);
    expect(() => computeThreads({ cores: 8 })).toThrow(/SYNCLR_THREADS[\s\S]*a whole number from 1 to 1024/);
  });
});
