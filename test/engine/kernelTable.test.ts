import { describe, expect, it } from 'vitest';
import { kernelNames } from './kernels/observe.js';
import { kernelRows, kernelTable } from './kernels/table.js';
import { unsupported } from './kernels/unsupported.js';

const rows = kernelRows();

describe('the kernels of the tracing backend', () => {
  it('are each recorded by a case', () => {
    expect(rows.filter((row) => row.cases === 0).map((row) => row.kernel)).toEqual([]);
  });

  it('have each gradient taken by a case', () => {
    expect(rows.filter((row) => row.gradient === 'unchecked').map((row) => row.kernel)).toEqual([]);
  });

  it("are, with those that are not recorded for a reason, all of TensorFlow.js's", () => {
    const known = [...rows.map((row) => row.kernel), ...Object.values(unsupported).flat()];
    expect(known.sort()).toEqual(kernelNames().sort());
  });

  it('are listed in KERNELS.md', async () => {
    await expect(kernelTable(rows), 'KERNELS.md is out of date: run `npm run kernels`').toMatchFileSnapshot(
      '../../lib/engine/KERNELS.md',
    );
  });
});
