import { compile } from '../engine/compile.js';
import { chooseDevice, type DeviceChoice } from '../engine/device.js';
import type { CompiledStep, InputSpec } from '../engine/step.js';
import { withoutPrefix, withPrefix } from '../nn/names.js';
import { type HostTensor, type HostTensors, hostTensor } from '../runs/hostTensor.js';
import type { EncoderConfig } from './config.js';
import { type CropsAt, withCrops } from './crops.js';
import { compileEncoding, compileGradCache, joinParts, rowsOf } from './gradCache.js';
import { maskSizes } from './masking.js';
import { joinBackbone, splitBackbone } from './objectives/objective.js';
import { objectiveOf, scheduleNames, trainingStep, updateStep } from './objectives.js';
import { spreadOf } from './spread.js';

/** What the training loop needs of a compiled step. */
export type TrainingStep = Pick<CompiledStep, 'run' | 'state' | 'release'>;

interface TrainingOptions {
  /** see `initTraining` */
  state: HostTensors;
  /** shapes of the batch and the schedules */
  inputs: Record<string, InputSpec>;
  device?: DeviceChoice;
  /** of all hosts together; more than one do without `config.chunk` */
  devices?: number;
  /** see `TrainOptions` */
  products?: 'float32' | 'bfloat16';
  /** where the crops of its batches are cut; with `config.chunk`, on the host */
  cropsAt?: CropsAt;
}

/**
 * A training step as the config wants it: in one graph, or, with `config.chunk`, with the images encoded that many at a time
 * and the losses still over the whole batch (`compileGradCache`). Both have the same state, inputs and outputs, and the same
 * gradients up to rounding; only the memory differs.
 */
export async function compileTraining(
  asked: EncoderConfig,
  { state, inputs, device, devices = 1, products, cropsAt = 'host' }: TrainingOptions,
): Promise<TrainingStep> {
  // Groups fit a processor's cache; on a GPU they would only be more and smaller kernels.
  const config = chooseDevice(device) === 'onnx' ? asked : { ...asked, tokensPerGroup: 0 };
  const name = `${config.objective} training`;
  if (config.chunk && devices === 1) return compileChunked(config, { state, device, name, products });
  const spread = spreadOf(config, cropsAt);
  const step = cropsAt === 'host' ? trainingStep(config) : withCrops(trainingStep(config), config);
  return compile(step, { state, inputs, finite: ['loss', 'gradNorm'], name, device, spread, products });
}

async function compileChunked(
  config: EncoderConfig,
  { state, device, name, products }: Omit<TrainingOptions, 'inputs'> & { name: string },
): Promise<TrainingStep> {
  const { encode, observe, targets, loss } = objectiveOf(config);
  const shared = { device, products, kinds: 3 };
  const observing =
    observe &&
    (await compileEncoding({ ...shared, name: `${name}, teacher`, encode: (p, chunk) => observe(p, chunk, config) }));
  const assigning =
    targets &&
    (await compile(
      (_, inputs) => {
        const [teacher, observed] = [withoutPrefix(inputs, 'teacher.'), withoutPrefix(inputs, 'observed.')];
        const batch = withoutPrefix(inputs, 'batch.');
        return { state: {}, outputs: targets({ teacher, observed, state: inputs, inputs: batch }, config) };
      },
      { name: `${name}, targets`, device, products },
    ));
  const cache = await compileGradCache({
    ...shared,
    name,
    encode: (p, chunk) => encode(p, chunk, config),
    loss: (heads, features, batch) => {
      const given = { features, targets: withoutPrefix(batch, 'target.'), inputs: batch };
      return loss(heads, given, config);
    },
  });
  const updating = await compile(updateStep(config), { state, finite: ['gradNorm'], name: `${name}, update`, device });

  /** The teacher's targets for the whole batch, and the next centres. */
  const targetsOf = async (current: HostTensors, inputs: HostTensors, chunks: HostTensors[]) => {
    if (!observing || !assigning) return {};
    const [backbone, heads] = splitBackbone(withoutPrefix(current, 'teacher.'));
    const seen = chunks
      .filter((chunk) => chunk.crops)
      .map(({ crops, masked }) => ({ crops, ...(masked && { masked }) }) as HostTensors);
    return assigning.run({
      ...withPrefix(heads, 'teacher.'),
      ...withPrefix(joinParts(await observing.parts(backbone, seen)), 'observed.'),
      ...withPrefix(withoutPrefix(current, 'center.'), 'center.'),
      ...withPrefix(batchInputs(inputs), 'batch.'),
    });
  };

  return {
    async run(inputs) {
      const current = await updating.state();
      const chunks = chunksOf(inputs, config);
      const assigned = await targetsOf(current, inputs, chunks);
      const [encoder, head] = splitBackbone(withoutPrefix(current, 'student.'));
      const fixed = Object.entries(assigned).filter(([key]) => !key.startsWith('center.'));
      const found = await cache.run({
        encoder,
        head,
        chunks,
        batch: { ...batchInputs(inputs), ...withPrefix(Object.fromEntries(fixed), 'target.') },
      });
      const updated = await updating.run({
        ...withPrefix(joinBackbone(found.encoder, found.head), 'grad.'),
        ...Object.fromEntries(scheduleNames(config).map((key) => [key, inputs[key]])),
        ...withPrefix(withoutPrefix(assigned, 'center.'), 'center.'),
      });
      return { loss: hostTensor(Float32Array.of(found.loss), []), ...updated, ...found.aux };
    },
    state: () => updating.state(),
    async release() {
      for (const step of [observing, assigning, cache, updating]) await step?.release();
    },
  };
}

/** What the losses read of a batch's inputs: neither images nor what goes with them. */
function batchInputs({ labels, teacherTemperature, imageTemperature }: HostTensors): HostTensors {
  const all = { labels, teacherTemperature, imageTemperature };
  return Object.fromEntries(Object.entries(all).filter(([, tensor]) => tensor));
}

/**
 * The images of a batch in chunks of `config.chunk`, masked ones first, then their local crops: as many chunks, since an
 * image has n of them. View-major rows are cut as they come. Captions, where they are encoded, come last.
 */
export function chunksOf(inputs: HostTensors, config: EncoderConfig): HostTensors[] {
  const { crops, keep, masked, locals, localKeep, tokens } = inputs;
  const size = config.chunk ?? crops.shape[0];
  const marked = masked ? maskSizes(config).images : 0;
  const globals = cut(crops.shape[0], size).map(([from, to]) => ({
    crops: rowsOf(crops, from, to),
    ...(keep && { keep: columnsOf(keep, from, to) }),
    ...(from < marked && { masked: rowsOf(masked, from, to) }),
  }));
  if (tokens) {
    const texts = cut(tokens.shape[0], size).map(([from, to]) => ({ tokens: rowsOf(tokens, from, to) }));
    return [...globals, ...texts];
  }
  if (!locals) return globals;
  const small = cut(locals.shape[0], size * config.crops.locals).map(([from, to]) => ({
    locals: rowsOf(locals, from, to),
    ...(localKeep && { localKeep: columnsOf(localKeep, from, to) }),
  }));
  return [...globals, ...small];
}

function cut(rows: number, size: number): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => [i * size, Math.min(rows, (i + 1) * size)]);
}

/** Columns `from` … `to` − 1 of the last axis: the drop-path factors of these images. */
function columnsOf({ data, shape }: HostTensor, from: number, to: number): HostTensor {
  const width = shape[shape.length - 1];
  const rows = data.length / width;
  const part = new Float32Array(rows * (to - from));
  for (let row = 0; row < rows; row++) {
    part.set((data as Float32Array).subarray(row * width + from, row * width + to), row * (to - from));
  }
  return hostTensor(part, [...shape.slice(0, -1), to - from]);
}
