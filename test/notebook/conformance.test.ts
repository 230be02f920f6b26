import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { jupyterEnv } from '../../lib/notebook/index.js';
import { projectPath } from '../../lib/runs/index.js';

const python = process.env.SYNCLR_PYTHON ?? 'python3';
const hasSuite = spawnSync(python, ['-c', 'import jupyter_kernel_test']).status === 0;

/** What our kernel need not pass: it has no pager, and nothing in TypeScript clears an output. */
const LEFT_OUT = ['test_pager', 'test_clear_output'];

describe.runIf(hasSuite)('jupyter-kernel-test (where Python has it)', () => {
  it('passes', { timeout: 600_000 }, () => {
    const script = projectPath('test', 'notebook', 'conformance.py');
    const { status, stdout, stderr } = spawnSync(python, [script, 'synclr'], { env: jupyterEnv(), encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const results: Record<string, string> = JSON.parse(stdout.slice(stdout.indexOf('{')));
    const ours = Object.entries(results).filter(([name]) => !LEFT_OUT.includes(name));
    expect(ours.length).toBeGreaterThanOrEqual(10);
    expect(ours.filter(([, result]) => result !== 'passed')).toEqual([]);
  });
});
