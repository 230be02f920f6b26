import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { runChild } from '../runs/childProcess.js';
import { readJson, writeJson } from '../runs/files.js';
import { duration } from '../runs/progress.js';

/** A part of a long job: commands that can be stopped at any moment and go on when they are run again. */
export interface Stage {
  readonly id: string;
  readonly makes: string;
  /**
   * The arguments of each command, run one after another; none where what is there is kept. A star at the end of one stands
   * for the rest of a name, as in a shell.
   */
  readonly commands: readonly (readonly string[])[];
  /** files and folders, from the root, that are made anew */
  readonly replaces: readonly string[];
  /** They are moved away first: the commands would go on with what they find there. */
  readonly afresh?: boolean;
  /** predicted */
  readonly seconds: number;
  /** where the prediction comes from; of a stage without commands, why what is there is kept */
  readonly because: string;
}

const noteSchema = z.strictObject({
  id: z.string(),
  commands: z.array(z.string()),
  /** in all sessions */
  seconds: z.number(),
  finished: z.boolean(),
});

/** What is kept of a stage that was begun. */
export type StageNote = z.infer<typeof noteSchema>;

const notesFile = (folder: string) => path.join(folder, 'stages.json');

const inWords = ({ id, commands }: Pick<StageNote, 'id' | 'commands'>) => `${id}: ${commands.join('; ')}`;

/** The stages that have something to run. */
const runnable = (stages: readonly Stage[]) => stages.filter(({ commands }) => commands.length > 0);

/** The notes of a job in its folder: of its first stages. @throws InputError where they are of another job */
export function readNotes(folder: string, stages: readonly Stage[]): StageNote[] {
  const file = notesFile(folder);
  if (!existsSync(file)) return [];
  const parsed = z.strictObject({ stages: z.array(noteSchema) }).safeParse(readJson(file));
  const fix = `give the options of the first time again, or delete ${folder} to begin anew (what was moved away is in it)`;
  if (!parsed.success) {
    throw new InputError({
      where: file,
      expected: 'notes on stages',
      found: z.prettifyError(parsed.error),
      fix,
    });
  }
  const planned = runnable(stages).map(({ id, commands }) => inWords({ id, commands: commands.map(commandText) }));
  const found = parsed.data.stages.map(inWords);
  const other = found.findIndex((text, i) => text !== planned[i]);
  if (other < 0) return parsed.data.stages;
  throw new InputError({ where: file, expected: planned[other] ?? 'no more stages', found: found[other], fix });
}

/** What a job does, how long it takes and what is done of it, stage by stage. */
export function planText(stages: readonly Stage[], notes: readonly StageNote[]): string {
  return stages
    .map(({ id, makes, commands, replaces, afresh, seconds, because }, i) => {
      const note = notes.find((one) => one.id === id);
      const state = note?.finished
        ? `done in ${duration(note.seconds)}`
        : `${duration(seconds)}${note ? `, ${duration(note.seconds)} of them done` : ''}`;
      const head = `${i + 1}. ${id}: ${makes}`;
      if (commands.length === 0) return `${head}\n   kept: ${because}`;
      return [
        head,
        `   ${state} (${because})`,
        ...(replaces.length > 0 ? [`   ${afresh ? 'moves away' : 'replaces'} ${replaces.join(', ')}`] : []),
        ...commands.map((args) => `   synclr ${commandText(args)}`),
      ].join('\n');
    })
    .join('\n');
}

/** Predicted seconds of what is not done yet. */
export function secondsLeft(stages: readonly Stage[], notes: readonly StageNote[]): number {
  return runnable(stages).reduce((sum, { id, seconds }) => {
    const note = notes.find((one) => one.id === id);
    return sum + (note?.finished ? 0 : Math.max(0, seconds - (note?.seconds ?? 0)));
  }, 0);
}

export interface RunStagesOptions {
  /** of the job: its notes, stages.json, and what was moved away */
  folder: string;
  /** what `Stage.replaces` is relative to, and the current folder of the commands */
  root: string;
  /** the script that the commands are arguments of */
  program: string;
  env?: NodeJS.ProcessEnv;
  say: (line: string) => void;
}

/**
 * Runs stages one after another, each command in a child process, and notes which are finished; called again, it goes on
 * with the first that is not. Ctrl-C reaches the command that runs.
 * @returns false when it was stopped by a signal
 * @throws InputError at the first command that fails
 */
export async function runStages(
  stages: readonly Stage[],
  { folder, root, program, env, say }: RunStagesOptions,
): Promise<boolean> {
  const notes = readNotes(folder, stages);
  const save = () => writeJson(notesFile(folder), { stages: notes });
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  try {
    for (const [i, { id, commands, replaces, afresh }] of runnable(stages).entries()) {
      if (notes[i]?.finished) continue;
      if (!notes[i]) {
        if (afresh) moveAway(replaces, { root, to: path.join(folder, 'replaced') });
        notes[i] = { id, commands: commands.map(commandText), seconds: 0, finished: false };
        save();
      }
      for (const args of commands) {
        if (stopped) return false;
        say(`\n${id}: synclr ${commandText(args)}`);
        const began = Date.now();
        const code = await runChild([program, ...args.map((word) => withoutStar(word, root))], { env, cwd: root });
        notes[i].seconds += (Date.now() - began) / 1000;
        save();
        if (code !== 0 && (stopped || code === 130)) return false;
        if (code !== 0) throw failure(id, code);
      }
      notes[i].finished = true;
      save();
      say(`${id}: done in ${duration(notes[i].seconds)}, about ${duration(secondsLeft(stages, notes))} left`);
    }
    return true;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
  }
}

const failure = (id: string, code: number) =>
  new InputError({
    where: `stage ${id}`,
    expected: 'exit code 0',
    found: `exit code ${code}${code === 137 ? ' (killed, as for want of memory)' : ''}; what it said stands above`,
    fix: 'mend that, then run the same command again: finished stages are kept, and this one goes on where it was',
  });

/** `folder/name-*` → the one path of that beginning. @throws InputError where there are none or several */
function withoutStar(word: string, root: string): string {
  if (!word.endsWith('*')) return word;
  const folder = path.dirname(word);
  const names = existsSync(path.join(root, folder)) ? readdirSync(path.join(root, folder)) : [];
  const found = names.filter((name) => name.startsWith(path.basename(word).slice(0, -1)));
  if (found.length === 1) return path.join(folder, found[0]);
  throw new InputError({
    where: word,
    expected: 'one path of this beginning',
    found: found.join(', ') || 'none',
    fix: 'delete all but the newest; an earlier stage should have made it',
  });
}

/** A move that can be done again after a stop halfway. */
function moveAway(paths: readonly string[], { root, to }: { root: string; to: string }): void {
  for (const one of paths) {
    const from = path.join(root, one);
    if (!existsSync(from)) continue;
    mkdirSync(path.dirname(path.join(to, one)), { recursive: true });
    cpSync(from, path.join(to, one), { recursive: true });
    rmSync(from, { recursive: true });
  }
}

/** Arguments as one would type them. */
const commandText = (args: readonly string[]) =>
  args.map((word) => (/^[\w./:,=+*-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
