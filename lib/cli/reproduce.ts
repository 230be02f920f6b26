import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describeTfjsNodeGpu } from '../engine/device.js';
import { InputError } from '../errors.js';
import { runNotebook } from '../notebook/index.js';
import { projectPath } from '../runs/paths.js';
import { duration } from '../runs/progress.js';
import { type Tier, tierSettings } from '../tiers/settings.js';

/**
 * Runs the notebooks in order, each in a fresh kernel. The laptop tier rewrites the notebooks and `figures/`; the smoke
 * tier writes both below `runs/smoke/` and leaves what is committed alone.
 * @throws NotebookFailed at the first cell that fails
 */
export async function reproduce({ tier = 'laptop', only }: { tier?: string; only?: string[] } = {}): Promise<void> {
  tierSettings(tier);
  const names = readdirSync(projectPath('notebooks'))
    .filter((name) => /^\d\d-.*\.ipynb$/.test(name) && !name.endsWith('.failed.ipynb'))
    .filter((name) => !only || only.some((part) => name.includes(part)))
    .sort()
    // The overview sums up what the others measured, so it comes last.
    .sort((a, b) => Number(a.startsWith('00')) - Number(b.startsWith('00')));
  if (names.length === 0) {
    throw new InputError({
      where: 'notebooks/',
      expected: 'notebooks to run',
      found: only ? `none whose name contains ${only.join(' or ')}` : 'none',
      fix: 'list the folder, and name a part of a file name after --only',
    });
  }

  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(await describeTfjsNodeGpu());
  const began = Date.now();
  let changed = 0;
  for (const name of names) {
    process.stdout.write(`${name} … `);
    const run = await runNotebook(projectPath('notebooks', name), tierOptions(tier as Tier, name));
    changed += Number(run.changed);
    say(`${duration(run.seconds)}${run.changed ? '' : ', unchanged'}`);
  }
  say(`${names.length} notebooks in ${duration((Date.now() - began) / 1000)}, ${changed} changed`);
}

function tierOptions(tier: Tier, name: string): Parameters<typeof runNotebook>[1] {
  if (tier === 'laptop') return {};
  const folder = projectPath('runs', tier);
  return {
    parameters: { tier },
    out: path.join(folder, 'notebooks', name),
    kernelEnv: { SYNCLR_FIGURES: path.join(folder, 'figures') },
  };
}
