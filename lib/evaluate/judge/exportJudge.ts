import path from 'node:path';
import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import { exportOnnx } from '../../engine/exportOnnx.js';
import type { HostTensors } from '../../engine/host.js';
import { tf } from '../../engine/tf.js';
import { writeJson, writeWhole } from '../../runs/files.js';
import { type JudgeNetConfig, judgeNet } from './judgeNet.js';

/** What `judge.json` says. */
export interface JudgeFolder {
  /** by label; one label more is 'none of these' */
  concepts: readonly string[];
  backgrounds: readonly string[];
  net: JudgeNetConfig;
}

/**
 * Writes a judge as a folder that `openJudge` reads: model.onnx, for any number of pictures, and judge.json with the
 * names of its answers. `images` [B, S, S, 3], normalised → `features` [B, D], and the probabilities `concepts`
 * [B, concepts + 1] and `backgrounds` [B, backgrounds].
 *
 * @param weights the averaged ones
 * @param halfWeights stores them in 16 bits: half the file
 */
export function exportJudge(
  folder: string,
  {
    net,
    weights,
    concepts,
    halfWeights = true,
  }: { net: JudgeNetConfig; weights: HostTensors; concepts: readonly string[]; halfWeights?: boolean },
): void {
  const model = exportOnnx(
    (p, { images }) => {
      const answers = judgeNet(p, images as tf.Tensor4D, net);
      return {
        features: answers.features,
        concepts: tf.softmax(answers.concepts),
        backgrounds: tf.softmax(answers.backgrounds),
      };
    },
    {
      constants: weights,
      inputs: { images: { shape: [1, net.imageSize, net.imageSize, 3] } },
      anyBatch: true,
      halfWeights,
    },
  );
  const names: JudgeFolder = { concepts, backgrounds: BACKGROUNDS.map(({ name }) => name), net };
  writeWhole(path.join(folder, 'model.onnx'), model);
  // Last: a folder with this file is whole.
  writeJson(path.join(folder, 'judge.json'), names);
}
