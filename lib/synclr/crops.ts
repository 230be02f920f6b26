import type { Device } from '../engine/device.js';
import type { Step } from '../engine/step.js';
import type { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';
import { type CropDraw, cutCrop } from '../pictures/augment.js';
import { cutCrops, DRAW_NUMBERS, packPixels, writeDraw } from '../pictures/cropTensors.js';
import { normalisations, normaliseInto } from '../pictures/normalise.js';
import type { RgbImage } from '../pictures/resample.js';
import { type HostTensor, type HostTensors, hostTensor } from '../runs/hostTensor.js';
import type { EncoderConfig } from './config.js';
import { objectiveOf } from './objectives.js';

/**
 * Where crops are cut: on the host, while the batch is prepared, or on the device, in the training step. What is drawn is
 * the same; pixels differ by rounding.
 */
export type CropsAt = 'host' | 'device';

/** A GPU and XLA would wait for the host's crops; a processor gains nothing (bench/README.md, "Crops"). */
const CUTTING_DEVICES: readonly Device[] = ['onnx-cuda', 'onnx-webgpu', 'xla'];

/**
 * Where crops are cut: as asked, else where it is faster. `chunked`: the step is many small ones (`config.chunk`), which
 * take crops.
 * @throws InputError for crops that are to be cut in a chunked step
 */
export function chooseCropsAt(device: Device, { asked, chunked }: { asked?: CropsAt; chunked: boolean }): CropsAt {
  if (!chunked) return asked ?? (CUTTING_DEVICES.includes(device) ? 'device' : 'host');
  if (asked !== 'device') return 'host';
  throw new InputError({
    where: 'training, crops on the device',
    expected: 'a batch that is encoded at once',
    found: 'one that is encoded in chunks (`chunk` in its config)',
    fix: 'leave out `chunk`, or let the host cut the crops',
  });
}

/** A crop of an image, as it was drawn. */
interface Cut {
  image: RgbImage;
  draw: CropDraw;
}

/** Where the pixels of a batch are written, image by image. */
export interface Pixels {
  inputs: HostTensors;
  write(row: number, cuts: { globals: readonly Cut[]; locals: readonly Cut[] }): void;
}

interface PixelOptions {
  config: EncoderConfig;
  /** side of the images in pixels */
  size: number;
  /** inputs of a batch that is no longer needed */
  spare: HostTensors;
  cropsAt: CropsAt;
}

/**
 * The inputs of `count` images: `crops` and `locals` (host), or (device) `pictures` [N, H, W], one for each global crop,
 * with `cropDraws` and `localDraws`, see `cutCrops`. Second crops of all images follow the first ones; views of local crops
 * follow each other.
 */
export function openPixels(count: number, options: PixelOptions): Pixels {
  return options.cropsAt === 'host' ? openCrops(count, options) : openDraws(count, options);
}

function openCrops(count: number, { config, spare }: PixelOptions): Pixels {
  const { model, crops, normalisation } = config;
  const globals = spare.crops ?? imageTensor(count * objectiveOf(config).cropsPerImage, model.image);
  const locals = spare.locals ?? imageTensor(count * crops.locals, crops.local.size);
  const write = (to: HostTensor, row: number, rgb: Float32Array) =>
    normaliseInto(to.data as Float32Array, row * rgb.length, rgb, normalisations[normalisation]);
  return {
    inputs: { crops: globals, ...(crops.locals > 0 && { locals }) },
    write(row, cuts) {
      cuts.globals.forEach(({ image, draw }, i) => {
        write(globals, i * count + row, cutCrop(image, draw));
      });
      cuts.locals.forEach(({ image, draw }, view) => {
        write(locals, view * count + row, cutCrop(image, draw));
      });
    },
  };
}

function openDraws(count: number, { config, size, spare }: PixelOptions): Pixels {
  const { crops } = config;
  const { cropsPerImage } = objectiveOf(config);
  const globals = count * cropsPerImage;
  const pictures = spare.pictures ?? hostTensor(new Float32Array(globals * size * size), [globals, size, size]);
  const cropDraws = spare.cropDraws ?? drawTensor(globals);
  const localDraws = spare.localDraws ?? drawTensor(count * crops.locals);
  return {
    inputs: { pictures, cropDraws, ...(crops.locals > 0 && { localDraws }) },
    write(row, cuts) {
      cuts.globals.forEach(({ image, draw }, i) => {
        packPixels(pictures.data as Float32Array, (i * count + row) * size * size, image);
        writeDraw(cropDraws.data as Float32Array, i * count + row, draw);
      });
      cuts.locals.forEach(({ draw }, view) => {
        writeDraw(localDraws.data as Float32Array, view * count + row, draw);
      });
    },
  };
}

const imageTensor = (count: number, size: number) =>
  hostTensor(new Float32Array(count * size * size * 3), [count, size, size, 3]);
const drawTensor = (count: number) => hostTensor(new Float32Array(count * DRAW_NUMBERS), [count, DRAW_NUMBERS]);

/** A training step that is given pictures and draws, and cuts the crops itself. */
export function withCrops(step: Step, { crops, model, normalisation }: EncoderConfig): Step {
  const widest = (recipes: readonly { blur: { kernel: number } }[]) =>
    Math.max(...recipes.map(({ blur }) => blur.kernel));
  const shared = { normalisation: normalisations[normalisation] };
  const global = { ...shared, size: model.image, kernel: widest(crops.globals) };
  const local = { ...shared, size: crops.local.size, kernel: crops.local.blur.kernel };
  return (state, { pictures, cropDraws, localDraws, ...inputs }) => {
    const of = pictures as tf.Tensor3D;
    const cut = {
      crops: cutCrops(of, cropDraws as tf.Tensor2D, global),
      ...(localDraws && { locals: cutCrops(of, localDraws as tf.Tensor2D, local) }),
    };
    return step(state, { ...inputs, ...cut });
  };
}
