import path from 'node:path';
import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import { exportOnnx } from '../../engine/exportOnnx.js';
import type { StoredWeights } from '../../engine/onnx.js';
import { tf } from '../../engine/tf.js';
import { withoutPrefix, withPrefix } from '../../nn/names.js';
import { writeJson, writeWhole } from '../../runs/files.js';
import type { HostTensors } from '../../runs/hostTensor.js';
import { type JudgeNetConfig, type JudgeNetOutput, judgeNet } from './judgeNet.js';

/** What `judge.json` says. */
export interface JudgeFolder {
  /** by label; one label more is 'none of these' */
  concepts: readonly string[];
  backgrounds: readonly string[];
  net: JudgeNetConfig;
}

/**
 * Writes a judge as a folder that `openJudge` reads: model.onnx, for any number of pictures, and judge.json with the
 * names of its answers. `images` [B, S, S, 3], normalised → `features` [B, D] of the first member, and the probabilities
 * `concepts` [B, concepts + 1] and `backgrounds` [B, backgrounds], the mean over members.
 *
 * @param members networks of one shape that were trained apart; their averaged weights
 * @param stored how they are stored
 */
export function exportJudge(
  folder: string,
  {
    net,
    members,
    concepts,
    stored = 'float16',
  }: { net: JudgeNetConfig; members: readonly HostTensors[]; concepts: readonly string[]; stored?: StoredWeights },
): void {
  const model = exportOnnx(
    (p, { images }) => {
      const answers = members.map((_, i) => judgeNet(withoutPrefix(p, `${i}.`), images as tf.Tensor4D, net));
      const mean = (of: (one: JudgeNetOutput) => tf.Tensor) =>
        tf.div(tf.addN(answers.map((one) => tf.softmax(of(one)))), members.length);
      return {
        features: answers[0].features,
        concepts: mean(({ concepts }) => concepts),
        backgrounds: mean(({ backgrounds }) => backgrounds),
      };
    },
    {
      constants: Object.assign({}, ...members.map((weights, i) => withPrefix(weights, `${i}.`))),
      inputs: { images: { shape: [1, net.imageSize, net.imageSize, 3] } },
      anyBatch: true,
      stored,
    },
  );
  const names: JudgeFolder = { concepts, backgrounds: BACKGROUNDS.map(({ name }) => name), net };
  writeWhole(path.join(folder, 'model.onnx'), model);
  // Last: a folder with this file is whole.
  writeJson(path.join(folder, 'judge.json'), names);
}
