import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { examineJudge, type JudgeExam } from '../evaluate/judge/examineJudge.js';
import { exportJudge } from '../evaluate/judge/exportJudge.js';
import { type JudgeConfig, judgeConfig, judgeSteps } from '../evaluate/judge/judgeConfig.js';
import { judgePictures } from '../evaluate/judge/judgePictures.js';
import { JUDGE_FOLDER, openJudge } from '../evaluate/judge/openJudge.js';
import { type TrainedJudge, trainJudge } from '../evaluate/judge/trainJudge.js';
import { sha256, writeWhole } from '../runs/files.js';
import { claimFolder, type OutputKind } from '../runs/outputFolder.js';
import { runsPath } from '../runs/paths.js';
import { duration } from '../runs/progress.js';
import { runRecord, writeRunRecord } from '../runs/record.js';
import { onInterrupt } from './interrupt.js';
import { BATCH, COUNT, COUNT_OR_NONE, numberOption, numbersOption, SCENES, SEED } from './numbers.js';

/** `synclr train-judge`: the classifier that scores a generator's pictures, trained on real scenes, and its exam. */
export function trainJudgeCommand(): Command {
  const { batch, net, seed, phases } = judgeConfig();
  const defaults = phases.map(({ steps }) => steps);
  return new Command('train-judge')
    .addOption(numberOption('--concepts <n>', 'the first n concepts of the world', COUNT, { fallback: net.concepts }))
    .addOption(
      numbersOption('--steps <list>', 'steps with pictures of 32 pixels, then with 64, by comma', COUNT, {
        fallback: defaults,
        length: 2,
      }),
    )
    .addOption(numberOption('--batch <n>', 'pictures a step', BATCH, { fallback: batch }))
    .addOption(
      numberOption('--seed <n>', 'seed of the first network; the next ones count on', SEED, { fallback: seed }),
    )
    .addOption(numberOption('--members <n>', 'networks that judge together', { ...COUNT, most: 100 }, { fallback: 2 }))
    .addOption(
      numberOption('--only <member>', 'train this one alone, 0 or more: several processes can share the work', {
        ...COUNT_OR_NONE,
        most: 99,
      }),
    )
    .addOption(numberOption('--exam <n>', 'pictures of each half of the exam', SCENES, { fallback: 2000 }))
    .option('--run <folder>', 'the run folder', runsPath('judge'))
    .option('--out <folder>', 'where the finished judge goes', JUDGE_FOLDER)
    .action(async ({ concepts, steps, batch, seed, members, only, exam, run, out }) => {
      const config = judgeConfig({
        concepts,
        phases: phases.map(({ size }, i) => ({ size, steps: steps[i] })),
        batch,
        seed,
      });
      if (only === undefined) claimFolder(out, JUDGE);
      const signal = onInterrupt('run the same command again to go on');
      const trained: TrainedJudge[] = [];
      for (const member of only === undefined ? [...Array(members).keys()] : [only]) {
        const own = { ...config, seed: seed + member };
        trained.push(await trainJudge(own, { out: path.join(run, String(member)), signal }));
        if (signal.aborted) return;
      }
      const seconds = trained.reduce((sum, one) => sum + one.seconds, 0);
      process.stdout.write(`${judgeSteps(config)} steps × ${trained.length} in ${duration(seconds)}: ${run}\n`);
      if (only === undefined) await finish(trained, { config, seconds, exam, run, out });
    });
}

const JUDGE: OutputKind = {
  what: 'a judge',
  marker: 'judge.json',
  isOurs: (content) => Array.isArray((content as { concepts?: unknown } | null)?.concepts),
  before: ['model.onnx'],
};

/** Writes the judge, examines it, and records both. */
async function finish(
  trained: readonly TrainedJudge[],
  {
    config,
    seconds,
    exam: count,
    run,
    out,
  }: { config: JudgeConfig; seconds: number; exam: number; run: string; out: string },
): Promise<void> {
  const { net, batch, seed } = config;
  const pictures = await judgePictures({ count: net.concepts, size: net.imageSize });
  const concepts = pictures.concepts.map(({ name }) => name);
  exportJudge(out, { net, members: trained.map(({ weights }) => weights), concepts });
  writeWhole(path.join(out, 'loss.jsonl'), readFileSync(path.join(run, '0', 'loss.jsonl')));
  const judge = await openJudge(out);
  const exam = await examineJudge(judge, pictures, { count, noneCount: Math.ceil(count / 10) });
  await judge.release();
  const metrics = { model: judge.hash, pictures: trained.length * judgeSteps(config) * batch, exam };
  const record = runRecord({
    name: 'judge',
    tier: 'laptop',
    config: { ...config, members: trained.length },
    seed,
    inputs: { concepts: sha256(JSON.stringify(pictures.concepts)) },
    metrics,
    seconds: Math.round(seconds),
  });
  writeRunRecord(path.join(out, 'record.json'), record, { replace: true });
  process.stdout.write(`${out}\n${report(exam)}`);
}

function report({ real, generator, none }: JudgeExam): string {
  const percent = ({ share }: { share: number }) => `${(100 * share).toFixed(1)} %`;
  const answers = ({ concept, background, none }: JudgeExam['real']) =>
    `concept ${percent(concept)}, background ${percent(background)}, called none of these ${percent(none)}`;
  const kinds = (shares: JudgeExam['none']['seen']) =>
    Object.entries(shares).map(
      ([kind, { none, passed }]) => `${kind} ${percent(none)}${passed ? ` (passed ${percent(passed)})` : ''}`,
    );
  return [
    `real scenes: ${answers(real)}`,
    `scenes of the generator's families: ${answers(generator)}`,
    `none of these, kinds as in training: ${kinds(none.seen).join(', ')}`,
    `none of these, other kinds: ${kinds(none.unseen).join(', ')}`,
    '',
  ].join('\n');
}
