import { InputError } from '../errors.js';
import { drawCrop, drawMultiCrop } from '../pictures/augment.js';
import type { Rng } from '../random/rng.js';
import { type HostTensor, type HostTensors, hostTensor } from '../runs/hostTensor.js';
import type { EncoderConfig } from './config.js';
import { type CropsAt, openPixels } from './crops.js';
import type { BatchRow, ImageSource } from './imageSource.js';
import { maskPatches, maskSizes } from './masking.js';
import type { Objective } from './objectives/objective.js';
import { objectiveOf } from './objectives.js';
import { type HostShare, rowsOfHost } from './spread.js';
import { checkTokens } from './textTower.js';
import { dropPathKeep } from './vit.js';

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

/** The caption's place in the batch: images of a caption belong together. */
const ofCaptions: NonNullable<Objective['labels']> = (rows) => rows.map((row) => row.label);
const ALL: HostShare = { index: 0, of: 1 };

/** How a batch is made. */
export interface BatchOptions {
  /** a batch of the same run that is no longer needed: its pixels are written over */
  spare?: HostTensors;
  /** makes the crops of its own rows alone, of all inputs that are not large all */
  host?: HostShare;
  /** the same draws either way; see `withCrops` */
  cropsAt?: CropsAt;
}

/**
 * All inputs of the training step that hold data: `crops` [N, S, S, 3], `labels` [N] and, for `synclr`, `locals`
 * [n·N, s, s, 3] view-major and `masked` [M, m], the masked patches of the first M images. With `cropsAt: 'device'`, in place
 * of crops, the pictures and what was drawn of them (see `crops.ts`). A function
 * of (rng, step, source, config); nothing is carried over between steps.
 */
export async function batchOfStep(
  rng: Rng,
  step: number,
  source: ImageSource,
  config: EncoderConfig,
  { spare = {}, host = ALL, cropsAt = 'host' }: BatchOptions = {},
): Promise<HostTensors> {
  const { model, crops, ibot } = config;
  const { cropsPerImage, labels = ofCaptions } = objectiveOf(config);
  const batch = rowsOfStep(rng, step, source, config);
  const rows = batch.slice(...rowsOfHost(batch.length, host));
  const images = await Promise.all(rows.map((row) => readImage(source, row)));
  const stream = rng.child('crops', step);
  const count = batch.length * cropsPerImage;
  const pixels = openPixels(rows.length, { config, size: source.size, spare, cropsAt });

  rows.forEach(({ caption, k }, row) => {
    const image = { width: source.size, height: source.size, data: images[row] };
    const own = stream.child(caption, k);
    const drawn = drawMultiCrop(own, image, crops);
    const globals = [{ image: drawn.source, draw: drawn.global }];
    if (cropsPerImage === 2) {
      const second = own.child('second');
      globals.push({ image, draw: drawCrop(second, image, second.child('recipe').choice(crops.globals)) });
    }
    pixels.write(row, { globals, locals: drawn.locals.map((draw) => ({ image: drawn.source, draw })) });
  });

  const own = labels(batch, source, config);
  const ofCrops = Array.from({ length: count }, (_, i) => own[i % batch.length]);
  const inputs: HostTensors = { ...pixels.inputs, labels: hostTensor(Int32Array.from(ofCrops), [count]) };
  if (model.dropPath > 0) {
    inputs.keep = dropPathKeep(stream.child('drop path'), model, count);
    if (crops.locals > 0)
      inputs.localKeep = dropPathKeep(stream.child('drop path', 'local'), model, batch.length * crops.locals);
  }
  if (ibot) inputs.masked = maskedPatches(stream.child('mask'), config);
  if (config.clip) inputs.tokens = tokensOf(batch, source, config);
  return inputs;
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
