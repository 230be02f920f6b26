import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readNotebook, runNotebook, writeNotebook } from '../lib/notebook/index.js';
import { projectPath } from '../lib/runs/index.js';
import { COURSE, solutionsOf } from './course.js';

describe('the exercises of the notebooks', () => {
  // Inside the project, so that cells find its packages; ignored by git.
  const folder = projectPath('runs', 'solutions-test');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Object.entries(COURSE))(
    '%s runs at a small size, and its solutions after it',
    async (name, parameters) => {
      const notebook = readNotebook(projectPath('notebooks', name));
      const solutions = solutionsOf(notebook);
      expect(solutions.length).toBeGreaterThanOrEqual(3);
      const cells = solutions.map((source, i) => ({
        cell_type: 'code' as const,
        id: `solution-${i + 1}`,
        metadata: {},
        source,
      }));
      const file = projectPath('runs', 'solutions-test', name);
      writeNotebook(file, { ...notebook, cells: [...notebook.cells, ...cells] });
      const { notebook: run } = await runNotebook(file, {
        parameters,
        out: file,
        // Elsewhere: the kernel's compiler watches the folder that cells run in, and trips over new entries.
        kernelEnv: { SYNCLR_FIGURES: mkdtempSync(path.join(tmpdir(), 'solutions-')) },
      });
      // Each says something: a solution without an answer is none.
      for (const { outputs } of run.cells.slice(-solutions.length)) expect(outputs?.length).toBeGreaterThan(0);
    },
    1_800_000,
  );
});
