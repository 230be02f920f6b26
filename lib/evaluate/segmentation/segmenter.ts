import { compile } from '../../engine/compile.js';
import type { DeviceChoice } from '../../engine/device.js';
import type { tf } from '../../engine/tf.js';
import type { RgbImage } from '../../pictures/resample.js';
import { type HostTensors, hostTensor } from '../../runs/hostTensor.js';
import type { VitConfig } from '../../synclr/vit.js';
import type { SegmentationConfig } from './config.js';
import { resizeTo, runningNorm } from './convModule.js';
import { testCanvas } from './crops.js';
import type { MaskedImages } from './maskedImages.js';
import { countRegions, type RegionCounts } from './meanIou.js';
import { segmentationLogits } from './model.js';
import { slideWindow } from './slidingWindow.js';

/** A trained encoder and head, compiled; its weights can be exchanged. */
export interface Segmenter {
  load(weights: HostTensors): void;
  /** The class of every pixel of a picture of any size, [height, width]: sliding windows at a single scale (spec §5.4). */
  predict(image: RgbImage): Promise<Uint8Array>;
  release(): Promise<void>;
}

/** Pixels that a run of the session takes at once: 64 windows of 64 px, or one of 512. */
const PIXELS_A_RUN = 2 ** 18;

/** @param model as `segmentationModel` gives it */
export async function openSegmenter(
  weights: HostTensors,
  config: SegmentationConfig,
  { model, classes, device }: { model: VitConfig; classes: number; device?: DeviceChoice },
): Promise<Segmenter> {
  const { crop, stride, head } = config;
  const most = Math.max(1, Math.floor(PIXELS_A_RUN / (crop * crop)));
  const compiled = await compile(
    (state, { images }) => {
      const forward = { head, model, norm: runningNorm(state, state), mainOnly: true };
      const { main } = segmentationLogits(state, images as tf.Tensor4D, forward);
      return { state, outputs: { logits: resizeTo(main, [crop, crop]) } };
    },
    { state: weights, device, name: 'segmentation', keepShapes: 4 },
  );
  const size = crop * crop * classes;
  const run = async (windows: readonly Float32Array[]) => {
    const logits: Float32Array[] = [];
    for (let first = 0; first < windows.length; first += most) {
      const some = windows.slice(first, first + most);
      const images = new Float32Array(some.length * crop * crop * 3);
      some.forEach((pixels, i) => {
        images.set(pixels, i * pixels.length);
      });
      const result = await compiled.run({ images: hostTensor(images, [some.length, crop, crop, 3]) });
      some.forEach((_, i) => {
        logits.push((result.logits.data as Float32Array).subarray(i * size, (i + 1) * size));
      });
    }
    return logits;
  };
  return {
    load: (given) => compiled.load(given),
    async predict(image) {
      const { canvas, size: seen } = testCanvas(image, config);
      const logits = await slideWindow(canvas, { window: crop, stride, classes }, run);
      return classesAt(logits, { canvas: canvas.width, seen, wanted: image, classes });
    },
    release: () => compiled.release(),
  };
}

/** The counts of every picture of a set, for `scoreRegions`. */
export async function judgeSegmenter(segmenter: Segmenter, set: MaskedImages): Promise<RegionCounts[]> {
  const counts: RegionCounts[] = [];
  for (let i = 0; i < set.length; i++) {
    const { image, mask } = await set.read(i);
    counts.push(countRegions(await segmenter.predict(image), mask, set.classes.length));
  }
  return counts;
}

interface Size {
  width: number;
  height: number;
}

/** The most likely class at each pixel of the wanted size, with logits enlarged or shrunk bilinearly to it. */
export function classesAt(
  logits: Float32Array,
  { canvas, seen, wanted, classes }: { canvas: number; seen: Size; wanted: Size; classes: number },
): Uint8Array {
  const across = neighbours(seen.width, wanted.width);
  const down = neighbours(seen.height, wanted.height);
  const out = new Uint8Array(wanted.width * wanted.height);
  down.forEach(([top, bottom, v], y) => {
    across.forEach(([left, right, u], x) => {
      const corners = [top * canvas + left, top * canvas + right, bottom * canvas + left, bottom * canvas + right];
      const [a, b, c, d] = corners.map((place) => place * classes);
      let [best, most] = [0, Number.NEGATIVE_INFINITY];
      for (let k = 0; k < classes; k++) {
        const upper = (1 - u) * logits[a + k] + u * logits[b + k];
        const value = (1 - v) * upper + v * ((1 - u) * logits[c + k] + u * logits[d + k]);
        if (value > most) [best, most] = [k, value];
      }
      out[y * wanted.width + x] = best;
    });
  });
  return out;
}

/** For each output the two inputs about it and the weight of the second, as PyTorch's `align_corners=False`. */
function neighbours(inputs: number, outputs: number): [number, number, number][] {
  return Array.from({ length: outputs }, (_, i) => {
    const at = Math.max(0, ((i + 0.5) * inputs) / outputs - 0.5);
    const first = Math.min(inputs - 1, Math.floor(at));
    return [first, Math.min(inputs - 1, first + 1), at - first];
  });
}
