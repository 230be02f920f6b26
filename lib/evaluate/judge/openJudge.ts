import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { onnxRuntime, openSession } from '../../engine/session.js';
import { InputError } from '../../errors.js';
import { readJson, sha256 } from '../../runs/files.js';
import { refuseLfsPointer } from '../../runs/lfsPointer.js';
import { projectPath } from '../../runs/paths.js';
import type { JudgeFolder } from './exportJudge.js';
import { type Judge, judgeOf } from './judgeOf.js';

/** Where the committed judge is. */
export const JUDGE_FOLDER = projectPath('data', 'models', 'judge');

/** Opens a judge. @throws InputError where the folder holds none */
export async function openJudge(folder = JUDGE_FOLDER, { batch = 64 }: { batch?: number } = {}): Promise<Judge> {
  const [file, names] = ['model.onnx', 'judge.json'].map((name) => path.join(folder, name));
  const missing = [file, names].find((one) => !existsSync(one));
  if (missing) {
    throw new InputError({
      where: folder,
      expected: 'a judge: model.onnx and judge.json',
      found: `no ${path.basename(missing)}`,
      fix: 'train one with `synclr train-judge`, or restore data/models/judge',
    });
  }
  refuseLfsPointer(file);
  const model = readFileSync(file);
  const session = await openSession(model);
  const { Tensor } = await onnxRuntime();
  return judgeOf(readJson<JudgeFolder>(names), {
    batch,
    hash: sha256(model),
    run: async (pixels, shape) => {
      const found = await session.run({ images: new Tensor('float32', pixels, shape) });
      return (name) => found[name].data as Float32Array;
    },
    release: () => session.release(),
  });
}
