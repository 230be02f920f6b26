import { joinDenoiser, shapeOf } from '../../diffusion/joinDenoiser.js';
import { generateImages } from '../../diffusion/sample.js';
import { flowMatchEuler } from '../../diffusion/schedulers/flowMatchEuler.js';
import { openTokenizer } from '../../diffusion/tokenizer.js';
import type { JudgeFolder } from '../../evaluate/judge/exportJudge.js';
import { type Judge, judgeOf } from '../../evaluate/judge/judgeOf.js';
import { hostTensor } from '../../runs/hostTensor.js';
import { PAINTED } from '../playgroundAbout.js';
import { fetchJson, openWebModel, type Progress } from './runtime.js';

/** The generator, in a browser. */
export interface Painter {
  size: number;
  /** words of a caption that it does not know, and words that it has no room for */
  lost(caption: string): { unknown: number; truncated: number };
  /** @param look told after every step, with the pictures as they are then */
  paint(
    caption: string,
    options: {
      guidance: number;
      steps: number;
      seed: number;
      look: (step: number, images: Uint8Array[]) => Promise<void>;
    },
  ): Promise<Uint8Array[]>;
}

/** Opens the generator's folder: the library's tokenizer, sampler and schedule around the browser's runtime. */
export async function openPainter(told: Progress): Promise<Painter> {
  const folder = 'models/generator';
  const [tokenizerJson, config, scheduler] = await Promise.all([
    fetchJson<object>(`${folder}/tokenizer/tokenizer.json`),
    fetchJson<{ pad_token: string; unk_token: string }>(`${folder}/tokenizer/tokenizer_config.json`),
    fetchJson(`${folder}/scheduler/scheduler_config.json`),
  ]);
  const models = together(told, 2);
  const [textEncoder, network] = await Promise.all([
    openWebModel(`${folder}/text_encoder/model.onnx`, models(0)),
    openWebModel(`${folder}/transformer/model.onnx`, models(1)),
  ]);
  const [, channels = 3, , side = 64] = shapeOf(network, 'hidden_states');
  const [, maxTokens = 20] = shapeOf(textEncoder, 'input_ids');
  const tokenizer = openTokenizer(tokenizerJson, { maxTokens, config });
  const denoiser = joinDenoiser({
    network,
    textEncoder,
    tokenizer,
    decoder: { models: [], size: side, decode: async (samples) => samples },
    batch: PAINTED,
    batchIsFixed: true,
    sample: { name: 'hidden_states', channels, side },
  });
  return {
    size: side,
    lost: (caption) => tokenizer.encode(caption),
    async paint(caption, { guidance, steps, seed, look }) {
      const images = await generateImages(denoiser, flowMatchEuler(scheduler), {
        prompts: [{ id: caption, text: caption }],
        imagesPerPrompt: PAINTED,
        guidance,
        steps,
        seed,
        onStep: async (step, picture) => look(step, await picture()),
      });
      return images.map(({ image }) => image);
    },
  };
}

/** Opens the judge of pictures. */
export async function openWebJudge(told: Progress): Promise<Judge> {
  const names = await fetchJson<JudgeFolder>('models/judge/judge.json');
  const model = await openWebModel('models/judge/model.onnx', told);
  return judgeOf(names, {
    batch: PAINTED,
    hash: '',
    run: async (pixels, shape) => {
      const found = await model.run({ images: hostTensor(pixels, shape) });
      return (name) => found[name];
    },
    release: () => model.release(),
  });
}

/** The progress of several files as one. */
function together(told: Progress, count: number): (at: number) => Progress {
  const loaded = new Array<number>(count).fill(0);
  const total = new Array<number>(count).fill(0);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return (at) => (bytes, all) => {
    [loaded[at], total[at]] = [bytes, all];
    if (total.every((one) => one > 0)) told(sum(loaded), sum(total));
  };
}
