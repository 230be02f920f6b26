import { multiplyTransposed } from '../../evaluate/multiplyTransposed.js';
import { largest, unitRows } from '../../evaluate/nearest.js';
import { type PatchPca, patchPca } from '../../evaluate/patchPca.js';
import { normalisations, normaliseInto } from '../../pictures/normalise.js';
import { hostTensor } from '../../runs/hostTensor.js';
import { type PlaygroundAbout, SEEN_SIZE } from '../playgroundAbout.js';
import { fetchBytes, openWebModel } from './runtime.js';

/** What one encoder makes of some pictures. */
export interface Seen {
  name: string;
  pca: PatchPca;
  /** for each picture: the nearest scenes, by their number on the sheet, with their cosines */
  nearest: { scene: number; cosine: number }[][];
}

/** Shows pictures [SEEN_SIZE, SEEN_SIZE, 3] to one encoder after the other. */
export type Seer = (images: readonly Uint8Array[], seen: (one: Seen) => void, neighbours?: number) => Promise<void>;

/** Opens the encoders, each when it is first asked. @param say told what is being loaded */
export async function openSeer(about: PlaygroundAbout, say: (line: string) => void): Promise<Seer> {
  const bank = new Float32Array((await fetchBytes('models/features.bin')).buffer);
  const models = new Map<string, ReturnType<typeof openWebModel>>();
  const scenes = about.neighbours.length;
  return async (images, seen, neighbours = 5) => {
    let at = 0;
    for (const { name, file, normalisation, width, patch } of about.encoders) {
      const rows = unitRows(bank.subarray(at, at + scenes * width), width);
      at += scenes * width;
      if (!models.has(file)) {
        models.set(
          file,
          openWebModel(`models/${file}`, (loaded, all) => say(`${name}: ${percent(loaded, all)}`)),
        );
      }
      const model = await models.get(file)!;
      say(`${name} looks …`);
      const { cls, patches } = await model.run({ images: planesOf(images, normalisations[normalisation]) });
      const side = SEEN_SIZE / patch;
      const numbers = side * side * width;
      const tokens = images.map((_, i) => patches.subarray(i * numbers, (i + 1) * numbers));
      const cosines = multiplyTransposed(unitRows(cls, width), rows, new Float64Array(images.length * scenes), {
        m: images.length,
        n: scenes,
        depth: width,
      });
      const nearest = images.map((_, i) => {
        const own = cosines.subarray(i * scenes, (i + 1) * scenes);
        return largest(own, neighbours).map((scene) => ({ scene, cosine: own[scene] }));
      });
      seen({ name, pca: patchPca(tokens, { grid: [side, side] }), nearest });
    }
    say('');
  };
}

export const percent = (part: number, all: number) => `${Math.round((100 * part) / all)} %`;

/** Pictures [S, S, 3] as one input [N, 3, S, S]. */
function planesOf(images: readonly Uint8Array[], normalisation: (typeof normalisations)[keyof typeof normalisations]) {
  const area = SEEN_SIZE * SEEN_SIZE;
  const planes = new Float32Array(images.length * 3 * area);
  const rows = new Float32Array(3 * area);
  images.forEach((image, n) => {
    normaliseInto(rows, 0, image, normalisation);
    for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) planes[(3 * n + c) * area + i] = rows[3 * i + c];
  });
  return hostTensor(planes, [images.length, 3, SEEN_SIZE, SEEN_SIZE]);
}
