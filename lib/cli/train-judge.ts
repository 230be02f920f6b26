import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { InputError } from '../errors.js';
import {
  examineJudge,
  exportJudge,
  JUDGE_FOLDER,
  type JudgeExam,
  judgeConfig,
  judgePictures,
  judgeSteps,
  openJudge,
  trainJudge,
} from '../evaluate/index.js';
import { sha256 } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';
import { duration } from '../runs/progress.js';
import { runRecord, writeRunRecord } from '../runs/record.js';
import { onInterrupt } from './interrupt.js';

/** `synclr train-judge`: the classifier that scores a generator's pictures, trained on real scenes, and its exam. */
export function trainJudgeCommand(): Command {
  const { batch, net, seed, phases } = judgeConfig();
  const defaults = phases.map(({ steps }) => steps);
  return new Command('train-judge')
    .description('train the judge of generated pictures on real scenes, and examine it (resumes; stop it with Ctrl-C)')
    .option('--concepts <n>', 'the first n concepts of the world', Number, net.concepts)
    .option('--steps <list>', 'steps with pictures of 32 pixels, then with 64, by comma', countsOf, defaults)
    .option('--batch <n>', 'pictures a step', Number, batch)
    .option('--seed <n>', 'seed of everything', Number, seed)
    .option('--exam <n>', 'pictures of each half of the exam', Number, 2000)
    .option('--run <folder>', 'the run folder', projectPath('runs', 'judge'))
    .option('--out <folder>', 'where the finished judge goes', JUDGE_FOLDER)
    .action(async ({ concepts: count, steps, batch, seed, exam: examined, run, out }) => {
      const config = judgeConfig({
        concepts: count,
        phases: phases.map(({ size }, i) => ({ size, steps: steps[i] })),
        batch,
        seed,
      });
      const { weights, step, seconds } = await trainJudge(config, {
        out: run,
        signal: onInterrupt('run the same command again to go on'),
      });
      if (step < judgeSteps(config)) return;
      const pictures = await judgePictures({ count, size: config.net.imageSize });
      const concepts = pictures.concepts.map(({ name }) => name);
      exportJudge(out, { net: config.net, weights, concepts });
      copyFileSync(path.join(run, 'loss.jsonl'), path.join(out, 'loss.jsonl'));
      const judge = await openJudge(out);
      const exam = await examineJudge(judge, pictures, { count: examined, noneCount: Math.ceil(examined / 10) });
      await judge.release();
      const record = runRecord({
        name: 'judge',
        tier: 'laptop',
        config: JSON.parse(JSON.stringify(config)),
        seed,
        inputs: { concepts: sha256(JSON.stringify(pictures.concepts)) },
        metrics: JSON.parse(JSON.stringify({ model: judge.hash, pictures: step * batch, exam })),
        seconds: Math.round(seconds),
      });
      writeRunRecord(path.join(out, 'record.json'), record, { replace: true });
      process.stdout.write(`${step} steps in ${duration(seconds)}: ${out}\n${report(exam)}`);
    });
}

function report({ real, generator, none }: JudgeExam): string {
  const percent = ({ share }: { share: number }) => `${(100 * share).toFixed(1)} %`;
  const answers = ({ concept, background, none }: JudgeExam['real']) =>
    `concept ${percent(concept)}, background ${percent(background)}, called none of these ${percent(none)}`;
  const kinds = (shares: JudgeExam['none']['seen']) =>
    Object.entries(shares).map(([kind, share]) => `${kind} ${percent(share)}`);
  return [
    `real scenes: ${answers(real)}`,
    `scenes of the generator's families: ${answers(generator)}`,
    `none of these, kinds as in training: ${kinds(none.seen).join(', ')}`,
    `none of these, other kinds: ${kinds(none.unseen).join(', ')}`,
    '',
  ].join('\n');
}

function countsOf(text: string): number[] {
  const list = text.split(',').map(Number);
  if (list.length === 2 && list.every((n) => Number.isInteger(n) && n > 0)) return list;
  throw new InputError({
    where: '--steps',
    expected: 'two whole numbers, by comma',
    found: text,
    fix: 'e.g. --steps 3000,2000',
  });
}
