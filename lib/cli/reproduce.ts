import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { identifyGguf } from '../captions/gguf.js';
import { describeTfjsNodeGpu } from '../engine/device.js';
import { InputError } from '../errors.js';
import { runNotebook } from '../notebook/runNotebook.js';
import { withAllocator } from '../runs/allocator.js';
import { whileLocked } from '../runs/lock.js';
import { projectPath, runsPath } from '../runs/paths.js';
import { duration } from '../runs/progress.js';
import { type Tier, tierNamed } from '../tiers/world/settings.js';
import { FROM_SCRATCH, laptopStages } from './laptopStages.js';
import { planText, readNotes, runStages, secondsLeft } from './stages.js';

/** `synclr reproduce`: the notebooks from committed results, or all of these from nothing. */
export function reproduceCommand(): Command {
  return new Command('reproduce')
    .option(
      '--tier <tier>',
      'laptop: committed models and records; smoke: everything from scratch at toy size',
      'laptop',
    )
    .option('--only <names...>', 'only notebooks whose name contains one of these')
    .addOption(
      new Option(
        '--from-scratch',
        'make the committed models and records of the laptop tier again, which takes a day (resumes; stop it with Ctrl-C)',
      ).conflicts('only'),
    )
    .option('--gguf <file>', 'from scratch: the language model, to write the captions again, too')
    .option('--dry-run', 'from scratch: only say which commands these are and how long they take')
    .action(async ({ fromScratch, gguf, dryRun, ...options }) => {
      const tier = tierNamed(options.tier);
      if (fromScratch) await reproduceFromScratch({ tier, gguf, dryRun });
      else if (gguf || dryRun) {
        throw new InputError({
          where: gguf ? '--gguf' : '--dry-run',
          expected: '--from-scratch with it',
          found: 'none',
          fix: 'add --from-scratch: the notebooks alone need neither',
        });
      } else await reproduce({ tier, only: options.only });
    });
}

/**
 * Makes everything that is committed of the laptop tier again: says what and how long, then does it, or goes on with it.
 * Ctrl-C ends with exit code 130. @throws InputError at the first stage that fails
 */
async function reproduceFromScratch({
  tier,
  gguf,
  dryRun,
}: {
  tier: Tier;
  gguf?: string;
  dryRun?: boolean;
}): Promise<void> {
  if (tier !== 'laptop') {
    throw new InputError({
      where: '--from-scratch',
      expected: 'the laptop tier',
      found: tier,
      fix: `leave it out: the ${tier} tier makes everything itself (and again after you delete runs/${tier})`,
    });
  }
  if (gguf) await identifyGguf(gguf);
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const stages = laptopStages({ gguf: gguf && path.resolve(gguf) });
  const folder = projectPath(FROM_SCRATCH);
  const notes = readNotes(folder, stages);
  const left = secondsLeft(stages, notes);
  say(`The laptop tier from scratch: about ${duration(left)}${notes.length > 0 ? ' more' : ''} on two cores\n`);
  say(planText(stages, notes));
  say(
    `\nWhat is replaced is in git, what is moved away in ${FROM_SCRATCH}/replaced; texts about the results and data/images stay as they are. ` +
      `Stop it with Ctrl-C; the same command goes on. To begin anew, delete ${FROM_SCRATCH}.`,
  );
  if (dryRun) return;
  const done = await whileLocked(path.join(folder, 'run.lock'), 'synclr reproduce --from-scratch', () =>
    runStages(stages, {
      folder,
      root: projectPath(),
      program: fileURLToPath(new URL('./main.js', import.meta.url)),
      env: withAllocator(),
      say,
    }),
  );
  if (done) return say('All is done.');
  process.exitCode = 130; // as a shell says of Ctrl-C
  say(
    `Stopped, about ${duration(secondsLeft(stages, readNotes(folder, stages)))} before the end: run the same command again to go on.`,
  );
}

/**
 * Runs the notebooks in order, each in a fresh kernel. The laptop tier rewrites the notebooks and `figures/`; the smoke
 * tier writes both below `runs/smoke/` and leaves what is committed alone.
 * @throws NotebookFailed at the first cell that fails
 */
export async function reproduce({ tier = 'laptop', only }: { tier?: Tier; only?: string[] } = {}): Promise<void> {
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
    const run = await runNotebook(projectPath('notebooks', name), TIER_OPTIONS[tier](name));
    changed += Number(run.changed);
    const memory = run.peakMemory === undefined ? '' : `, ${(run.peakMemory / 2 ** 30).toFixed(2)} GiB`;
    say(`${duration(run.seconds)}${memory}${run.changed ? '' : ', unchanged'}`);
  }
  say(`${names.length} notebooks in ${duration((Date.now() - began) / 1000)}, ${changed} changed`);
}

const TIER_OPTIONS: Record<Tier, (name: string) => Parameters<typeof runNotebook>[1]> = {
  laptop: () => ({ kernelEnv: { SYNCLR_FIGURES: projectPath('figures') } }),
  smoke: (name) => ({
    parameters: { tier: 'smoke' },
    out: runsPath('smoke', 'notebooks', name),
    kernelEnv: { SYNCLR_FIGURES: runsPath('smoke', 'figures') },
  }),
};
