import { InputError } from '../errors.js';
import { augmentCrop, multiCrop } from '../pictures/augment.js';
import { normalisations, normaliseInto } from '../pictures/normalise.js';
import type { Rng } from '../random/rng.js';
import { type HostTensor, type HostTensors, hostTensor } from '../runs/hostTensor.js';
import type { EncoderConfig } from './config.js';
import { maskPatches } from './masking.js';
import { checkTokens } from './textTower.js';
import { dropPathKeep } from './vit.js';

/** Where training images come from: a fixed number of square RGB images for each of `captions` captions. */
export interface ImageSource {
  captions: number;
  imagesPerCaption: number;
  /** side in pixels */
  size: number;
  /** image k of a caption, size·size·3 bytes, channels last; a promise where it is read from a file */
  image(caption: number, k: number): Uint8Array | Promise<Uint8Array>;
  /** class of a caption, which the objective `supervised` learns */
  classOf?(caption: number): number;
  /** the background that a caption names, as a number; see `EncoderConfig.sameBackground` */
  backgroundOf?(caption: number): number;
  /** token ids of a caption, its end included, which a text tower reads: [context] */
  tokens?(caption: number): Int32Array;
  /** how a worker thread opens the same source; without it, batches are prepared in the training thread */
  opener?: SourceOpener;
}

/** An exported function that returns an `ImageSource` (or a promise of one), and what to call it with. */
export interface SourceOpener {
  /** URL of the module, usually its `import.meta.url` */
  module: string;
  name: string;
  /** plain data */
  options: unknown;
}

/** One image of a batch: which it is, and its place among the batch's captions. */
export interface BatchRow {
  /** index of the caption in the source */
  caption: number;
  /** index of the image in its caption */
  k: number;
  /** index of the caption in the batch, the label of the contrastive losses */
  label: number;
}

/**
 * The images of a step, view-major (row v·C + c is image v of caption c). Captions come in epochs, each a permutation cut
 * into whole batches; the images of a caption are drawn without replacement. A function of (rng, step) alone.
 *
 * The first rows are those that iBOT masks: with the assignment `random`, rows are shuffled, which no loss sees otherwise.
 */
export function rowsOfStep(
  rng: Rng,
  step: number,
  source: Pick<ImageSource, 'captions' | 'imagesPerCaption' | 'classOf' | 'backgroundOf'>,
  {
    captions,
    imagesPerCaption,
    distinctClasses,
    sameBackground,
    ibot,
  }: Pick<EncoderConfig, 'captions' | 'imagesPerCaption' | 'distinctClasses' | 'sameBackground'> &
    Partial<Pick<EncoderConfig, 'ibot'>>,
): BatchRow[] {
  const batches = Math.floor(source.captions / captions);
  if (batches === 0 || source.imagesPerCaption < imagesPerCaption) {
    throw new InputError({
      where: 'training images',
      expected: `at least ${captions} captions of ${imagesPerCaption} images, one batch`,
      found: `${source.captions} captions of ${source.imagesPerCaption} images`,
      fix: 'generate more images, or make the batch smaller',
    });
  }
  const epoch = Math.floor(step / batches);
  const stream = rng.child('epoch', epoch);
  const order = stream.shuffle(Array.from({ length: source.captions }, (_, i) => i));
  const apart = (some: readonly number[]) => (distinctClasses ? keepClassesApart(some, captions, source) : some);
  const arranged = sameBackground
    ? keepBackgroundsTogether(order, captions, { source, rng: stream, apart })
    : apart(order);
  const chosen = arranged.slice((step % batches) * captions, (step % batches) * captions + captions);
  const all = Array.from({ length: source.imagesPerCaption }, (_, k) => k);
  const draws = chosen.map((caption) => rng.child('images', step, caption).sample(all, imagesPerCaption));
  const rows: BatchRow[] = [];
  for (let v = 0; v < imagesPerCaption; v++)
    chosen.forEach((caption, label) => {
      rows.push({ caption, k: draws[label][v], label });
    });
  return ibot?.assignment === 'random' ? rng.child('masked', step).shuffle(rows) : rows;
}

/**
 * The same captions in an order whose batches hold no class twice, as far as that is possible: each caption goes to the
 * first batch that lacks its class and has room; those that fit nowhere come last.
 */
function keepClassesApart(order: readonly number[], size: number, { classOf }: Pick<ImageSource, 'classOf'>): number[] {
  if (!classOf) throw lacking('classOf', { of: 'class', option: 'distinctClasses' });
  const batches: { captions: number[]; classes: Set<number> }[] = [];
  const left: number[] = [];
  const most = Math.floor(order.length / size);
  for (const caption of order) {
    const label = classOf(caption);
    let batch = batches.find((one) => one.captions.length < size && !one.classes.has(label));
    if (!batch && batches.length < most) {
      batch = { captions: [], classes: new Set() };
      batches.push(batch);
    }
    if (batch) {
      batch.captions.push(caption);
      batch.classes.add(label);
    } else left.push(caption);
  }
  for (const batch of batches) batch.captions.push(...left.splice(0, size - batch.captions.length));
  return [...batches.flatMap((batch) => batch.captions), ...left];
}

/**
 * The same captions in an order whose batches each hold one background, as far as that is possible: what is left of the
 * backgrounds after their last full batch is mixed. Batches are shuffled, so that a background does not come all at once.
 */
function keepBackgroundsTogether(
  order: readonly number[],
  size: number,
  {
    source: { backgroundOf },
    rng,
    apart,
  }: { source: Pick<ImageSource, 'backgroundOf'>; rng: Rng; apart: (captions: readonly number[]) => readonly number[] },
): number[] {
  if (!backgroundOf) throw lacking('backgroundOf', { of: 'background', option: 'sameBackground' });
  const groups = new Map<number, number[]>();
  for (const caption of order) {
    const background = backgroundOf(caption);
    groups.set(background, [...(groups.get(background) ?? []), caption]);
  }
  const batches: (readonly number[])[] = [];
  /** Cuts captions into full batches. @returns what is left */
  const cut = (captions: readonly number[]) => {
    const full = Math.floor(captions.length / size);
    for (let batch = 0; batch < full; batch++) batches.push(captions.slice(batch * size, (batch + 1) * size));
    return captions.slice(full * size);
  };
  const left = [...groups.values()].flatMap((group) => cut(apart(group)));
  const last = cut(apart(rng.child('left').shuffle(left)));
  return [...rng.child('batches').shuffle(batches).flat(), ...last];
}

const lacking = (method: keyof ImageSource, { of, option }: { of: string; option: keyof EncoderConfig }) =>
  new InputError({
    where: 'training images',
    expected: `the ${of} of each caption, since the config has \`${option}\``,
    found: `a source without \`${method}\``,
    fix: `give the image source a \`${method}\`, or leave \`${option}\` out`,
  });

/**
 * All inputs of the training step that hold data: `crops` [N, S, S, 3], `labels` [N] and, for `synclr`, `locals`
 * [n·N, s, s, 3] view-major and `masked` [M, m], the masked patches of the first M images. A function of (rng, step,
 * source, config); nothing is carried over between steps.
 *
 * @param spare a batch of the same run that is no longer needed: its crops are written over
 */
export async function batchOfStep(
  rng: Rng,
  step: number,
  source: ImageSource,
  config: EncoderConfig,
  spare: HostTensors = {},
): Promise<HostTensors> {
  const { objective, model, crops, ibot } = config;
  const rows = rowsOfStep(rng, step, source, config);
  const images = await Promise.all(rows.map((row) => readImage(source, row)));
  const stream = rng.child('crops', step);
  const normalisation = normalisations[config.normalisation];
  const perImage = objective === 'simclr' ? 2 : 1;
  const count = rows.length * perImage;
  const globals = spare.crops ?? imageTensor(count, model.image);
  const locals = spare.locals ?? imageTensor(rows.length * crops.locals, crops.local.size);
  const write = (to: HostTensor, row: number, rgb: Float32Array) =>
    normaliseInto(to.data as Float32Array, row * rgb.length, rgb, normalisation);

  rows.forEach(({ caption, k }, row) => {
    const image = { width: source.size, height: source.size, data: images[row] };
    const own = stream.child(caption, k);
    const cut = multiCrop(own, image, crops);
    write(globals, row, cut.global);
    cut.locals.forEach((local, view) => {
      write(locals, view * rows.length + row, local);
    });
    if (perImage === 2) {
      const second = own.child('second');
      write(globals, rows.length + row, augmentCrop(second, image, second.child('recipe').choice(crops.globals)));
    }
  });

  const labels = labelsOf(rows, source, config);
  const inputs: HostTensors = { crops: globals, labels: hostTensor(Int32Array.from(labels), [count]) };
  if (crops.locals > 0) inputs.locals = locals;
  if (model.dropPath > 0) {
    inputs.keep = dropPathKeep(stream.child('drop path'), model, count);
    if (crops.locals > 0)
      inputs.localKeep = dropPathKeep(stream.child('drop path', 'local'), model, rows.length * crops.locals);
  }
  if (ibot) inputs.masked = maskedPatches(stream.child('mask'), config);
  if (config.clip) inputs.tokens = tokensOf(rows, source, config);
  return inputs;
}

/**
 * How many images and patches are masked. The first images of a batch are the masked ones: in view-major order, the first
 * drawn images of every caption, which are random ones; see `MaskAssignment`.
 */
export function maskSizes({ captions, imagesPerCaption, model, ibot }: EncoderConfig): {
  images: number;
  patches: number;
} {
  if (!ibot) return { images: 0, patches: 0 };
  return {
    images: Math.floor(ibot.maskedImages * captions * imagesPerCaption),
    patches: Math.floor(ibot.maskedPatches * (model.image / model.patch) ** 2),
  };
}

/** The caption's place in the batch; the image's for `simclr`, whose rows are first and second crops; or the class. */
function labelsOf(rows: readonly BatchRow[], source: ImageSource, { objective, classes = 0 }: EncoderConfig): number[] {
  if (objective === 'simclr') return [...rows, ...rows].map((_, i) => i % rows.length);
  if (objective !== 'supervised') return rows.map((row) => row.label);
  return rows.map(({ caption }) => {
    const label = source.classOf?.(caption);
    if (label !== undefined && Number.isInteger(label) && label >= 0 && label < classes) return label;
    throw new InputError({
      where: `class of caption ${caption}`,
      expected: `an integer in 0 … ${classes - 1}`,
      found: String(label),
      fix: 'give the image source a `classOf`, and the config the number of its `classes`',
    });
  });
}

/** The captions of a batch in their order, [captions, context]. */
function tokensOf(rows: readonly BatchRow[], { tokens }: ImageSource, { captions, clip }: EncoderConfig): HostTensor {
  if (!tokens || !clip) {
    throw new InputError({
      where: 'training images',
      expected: 'the token ids of each caption, since the config has a text tower',
      found: 'a source without `tokens`',
      fix: 'give the image source a `tokens`, as `imageSource` does with a tokenizer',
    });
  }
  const ids = new Int32Array(captions * clip.text.context);
  for (const { caption, label } of rows) {
    const own = tokens(caption);
    checkTokens(own, clip.text, `tokens of caption ${caption}`);
    ids.set(own, label * clip.text.context);
  }
  return hostTensor(ids, [captions, clip.text.context]);
}

function maskedPatches(rng: Rng, config: EncoderConfig): HostTensor {
  const { images, patches } = maskSizes(config);
  const grid = config.model.image / config.model.patch;
  const data = new Int32Array(images * patches);
  for (let i = 0; i < images; i++)
    data.set(maskPatches(rng, config.ibot?.shape ?? 'random', grid, patches), i * patches);
  return hostTensor(data, [images, patches]);
}

function imageTensor(count: number, size: number): HostTensor {
  return hostTensor(new Float32Array(count * size * size * 3), [count, size, size, 3]);
}

/** @throws InputError that names the image: as the source says it, or what else went wrong */
async function readImage(source: ImageSource, { caption, k }: BatchRow): Promise<Uint8Array> {
  const { size } = source;
  const refuse = (found: string, fix: string): never => {
    const expected = `${size} × ${size} × 3 = ${size * size * 3} bytes`;
    throw new InputError({ where: `training image ${k} of caption ${caption}`, expected, found, fix });
  };
  let data: Uint8Array;
  try {
    data = await source.image(caption, k);
  } catch (error) {
    if (error instanceof InputError) throw error;
    return refuse((error as Error)?.message ?? String(error), 'see to it that the source can read this image');
  }
  if (data.length === size * size * 3) return data;
  return refuse(`${data.length} bytes`, 'convert images to RGB of the size the source states');
}
