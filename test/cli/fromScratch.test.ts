import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { synclrCommands } from '../../lib/cli/commands.js';
import { laptopStages } from '../../lib/cli/laptopStages.js';
import { planText, readNotes, runStages, type Stage, secondsLeft } from '../../lib/cli/stages.js';
import { projectPath, readJson } from '../../lib/runs/index.js';

const scratch = mkdtempSync(path.join(tmpdir(), 'from-scratch-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const built = (...parts: string[]) => pathToFileURL(projectPath('lib', 'dist', ...parts)).href;

describe('the stages of the laptop tier', () => {
  it('are in the order in which they need each other', () => {
    expect(laptopStages().map(({ id }) => id)).toEqual([
      ...['captions', 'judge', 'generator', 'measures', 'images', 'stablerep', 'synclr', 'supervised'],
      ...['evaluation', 'experiments', 'notebooks'],
    ]);
  });

  it('are commands that the command line takes', async () => {
    const given: string[] = [];
    for (const args of laptopStages({ gguf: 'a model.gguf' }).flatMap(({ commands }) => commands)) {
      const program = await synclrCommands();
      for (const command of program.commands) {
        command.exitOverride().action(() => void given.push(command.name()));
      }
      await program.parseAsync([...args], { from: 'user' });
      expect(given.at(-1)).toBe(args[0]);
    }
    expect(given).toHaveLength(22);
  });

  it('replace what is there, and read what an earlier one wrote', () => {
    const made = new Set<string | undefined>();
    for (const { commands, replaces } of laptopStages({ gguf: 'model.gguf' })) {
      for (const file of replaces) expect(existsSync(projectPath(file)), file).toBe(true);
      for (const args of commands) {
        const given = (option: string) => (args.includes(option) ? args[args.indexOf(option) + 1] : undefined);
        const read = [given('--generator'), args[0].startsWith('train') ? undefined : given('--run')];
        for (const folder of read) if (folder) expect(made, args.join(' ')).toContain(folder);
        const [work] = given('--images')?.split('/images/synthesised-') ?? [];
        if (work?.includes('/')) expect(made, args.join(' ')).toContain(work);
        for (const option of ['--out', '--run', '--work']) made.add(given(option));
      }
    }
  });

  it('without a language model keep the captions, and say so', () => {
    const [kept] = laptopStages();
    expect(kept.commands).toEqual([]);
    expect(planText([kept], [])).toMatch(/kept: .*Gemma 3 270M.*--gguf/);
    const [written] = laptopStages({ gguf: 'a model.gguf' });
    expect(planText([written], [])).toMatch(/1 h 50 min[\s\S]*moves away[\s\S]*captions --gguf "a model.gguf" /);
  });
});

/** A job in a folder of its own, whose commands write their words to `log`. */
function job(name: string) {
  const root = path.join(scratch, name);
  const folder = path.join(root, 'job');
  mkdirSync(root);
  const program = path.join(root, 'program.mjs');
  writeFileSync(
    program,
    `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { endWithParent } from '${built('runs', 'childProcess.js')}';
import { onInterrupt } from '${built('cli', 'interrupt.js')}';
endWithParent();
const log = (line) => appendFileSync('log', line + '\\n');
const [what] = process.argv.slice(2);
log(process.argv.slice(2).join(' '));
if (what === 'fail' && !existsSync('mended')) process.exit(3);
if (what === 'long' && !existsSync('checkpoint')) {
  const timer = setInterval(() => {}, 1000);
  onInterrupt('again').addEventListener('abort', () => {
    writeFileSync('checkpoint', '');
    log('stopped');
    clearInterval(timer);
  });
  console.log('working');
}
if (what === 'write') appendFileSync('result', 'new');
`,
  );
  const log = () => readFileSync(path.join(root, 'log'), 'utf8').trim().split('\n');
  return { root, folder, program, log, options: { root, folder, program, say: () => {} } };
}

const stage = (id: string, commands: string[], rest: Partial<Stage> = {}): Stage => ({
  ...{ id, makes: 'something', replaces: [], seconds: 100, because: 'counted' },
  commands: commands.map((text) => text.split(' ')),
  ...rest,
});

describe('running stages', () => {
  it('runs every command once, in order, and what is kept not at all', async () => {
    const { options, folder, log } = job('order');
    const stages = [stage('kept', []), stage('a', ['do 1', 'do 2']), stage('b', ['do 3'])];
    expect(secondsLeft(stages, [])).toBe(200);
    expect(await runStages(stages, options)).toBe(true);
    expect(log()).toEqual(['do 1', 'do 2', 'do 3']);
    const notes = readNotes(folder, stages);
    expect(secondsLeft(stages, notes)).toBe(0);
    expect(planText(stages, notes)).toMatch(/1\. kept[\s\S]*2\. a[\s\S]*done in[\s\S]*3\. b[\s\S]*done in/);
    expect(await runStages(stages, options)).toBe(true);
    expect(log()).toHaveLength(3);
  });

  it('stops at the first that fails, says what to do, and goes on there', async () => {
    const { options, root, folder, log } = job('failure');
    const stages = [stage('a', ['do 1']), stage('b', ['do 2', 'fail 3']), stage('c', ['do 4'])];
    await expect(runStages(stages, options)).rejects.toThrow(/stage b[\s\S]*exit code 3[\s\S]*same command again/);
    expect(log()).toEqual(['do 1', 'do 2', 'fail 3']);
    const notes = readNotes(folder, stages);
    expect(notes.map(({ id, finished }) => [id, finished])).toEqual([
      ['a', true],
      ['b', false],
    ]);
    expect(secondsLeft(stages, notes)).toBeCloseTo(200 - notes[1].seconds);
    writeFileSync(path.join(root, 'mended'), '');
    expect(await runStages(stages, options)).toBe(true);
    expect(log().slice(3)).toEqual(['do 2', 'fail 3', 'do 4']);
  });

  it('moves old results away before a stage begins, not when it goes on', async () => {
    const { options, root, folder } = job('afresh');
    writeFileSync(path.join(root, 'result'), 'old');
    const stages = [stage('a', ['write', 'fail'], { replaces: ['result', 'absent'], afresh: true })];
    await expect(runStages(stages, options)).rejects.toThrow(/stage a/);
    writeFileSync(path.join(root, 'mended'), '');
    expect(await runStages(stages, options)).toBe(true);
    expect(readFileSync(path.join(folder, 'replaced', 'result'), 'utf8')).toBe('old');
    expect(readFileSync(path.join(root, 'result'), 'utf8')).toBe('newnew');
  });

  it('gives a command the one path that a star stands for, and stops where there are several', async () => {
    const { options, root, log } = job('star');
    mkdirSync(path.join(root, 'sets', 'b-12'), { recursive: true });
    const stages = [stage('a', ['do sets/b-*'])];
    expect(await runStages(stages, options)).toBe(true);
    expect(log()).toEqual(['do sets/b-12']);
    rmSync(options.folder, { recursive: true });
    mkdirSync(path.join(root, 'sets', 'b-34'));
    await expect(runStages(stages, options)).rejects.toThrow(/sets\/b-\*[\s\S]*b-12, b-34/);
  });

  it('does not go on with the notes of another job', async () => {
    const { options, folder, log } = job('other');
    await runStages([stage('a', ['do 1'])], options);
    const other = [stage('a', ['do other'])];
    await expect(runStages(other, options)).rejects.toThrow(/a: do other[\s\S]*a: do 1[\s\S]*delete/);
    expect(log()).toEqual(['do 1']);
    writeFileSync(path.join(folder, 'stages.json'), '{"stages": 3}');
    expect(() => readNotes(folder, other)).toThrow(/stages\.json[\s\S]*notes on stages/);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGKILL', null],
  ] as const)('%s reaches the command that runs, once, and the same call goes on', async (signal, code) => {
    const { options, root, folder, program, log } = job(signal);
    const stages = [stage('a', ['do 1']), stage('b', ['long 2']), stage('c', ['do 3'])];
    const driver = path.join(root, 'driver.mjs');
    const given = JSON.stringify({ root, folder, program });
    writeFileSync(
      driver,
      `import { runStages } from '${built('cli', 'stages.js')}';
const done = await runStages(${JSON.stringify(stages)}, { ...${given}, say: () => {} });
process.exitCode = done ? 0 : 130;
`,
    );
    const child = spawn(process.execPath, [driver], { stdio: ['ignore', 'pipe', 'ignore'] });
    const exit = once(child, 'exit');
    child.stdout.setEncoding('utf8').once('data', () => child.kill(signal));
    // The pipe closes when nobody is left who could write to it.
    await once(child.stdout, 'close');
    expect((await exit)[0]).toBe(code);
    expect(log()).toEqual(['do 1', 'long 2', 'stopped']);
    expect(readJson<{ stages: object[] }>(path.join(folder, 'stages.json')).stages).toMatchObject([
      { id: 'a', finished: true },
      { id: 'b', finished: false },
    ]);
    expect(await runStages(stages, options)).toBe(true);
    expect(log().slice(3)).toEqual(['long 2', 'do 3']);
  });
});

describe('synclr reproduce --from-scratch', () => {
  const reproduce = (...args: string[]) => {
    const main = projectPath('lib', 'dist', 'cli', 'main.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'reproduce', ...args], { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };

  it('says with --dry-run what it would do, and how long it takes', () => {
    const { status, said } = reproduce('--tier', 'laptop', '--from-scratch', '--dry-run');
    expect(said).toMatch(/^The laptop tier from scratch: about .*two cores$/m);
    for (const { id } of laptopStages()) expect(said).toMatch(new RegExp(`^\\d+\\. ${id}: `, 'm'));
    expect(status).toBe(0);
  });

  it.each([
    ['the smoke tier', ['--tier', 'smoke', '--from-scratch'], /leave it out: the smoke tier makes everything itself/],
    ['single notebooks', ['--from-scratch', '--only', '01'], /cannot be used with/],
    ['a model without the rest', ['--gguf', 'model.gguf'], /--gguf[\s\S]*--from-scratch/],
    ['a model that is not there', ['--from-scratch', '--dry-run', '--gguf', 'none.gguf'], /no such file/],
  ])('refuses %s in words', (_what, args, message) => {
    const { status, said } = reproduce(...args);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });
});
