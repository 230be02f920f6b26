import { describe, expect, it } from 'vitest';
import { compile } from '../../lib/engine/compile.js';
import type { Device } from '../../lib/engine/device.js';
import { InputError } from '../../lib/errors.js';
import { withoutPrefix, withPrefix } from '../../lib/nn/names.js';
import { rng } from '../../lib/random/rng.js';
import { type HostTensors, hostTensor, mapTensors, scalar, specOf } from '../../lib/runs/hostTensor.js';
import { readSafetensors } from '../../lib/runs/safetensors.js';
import { batchOfStep } from '../../lib/synclr/batches.js';
import { checkEncoderConfig } from '../../lib/synclr/checkEncoderConfig.js';
import { openTextEncoder } from '../../lib/synclr/clipEmbeddings.js';
import { compileTraining } from '../../lib/synclr/compileTraining.js';
import {
  type EncoderConfig,
  laptopClip,
  laptopStableRepPlus,
  paperClip,
  paperStableRepPlus,
} from '../../lib/synclr/config.js';
import { initTraining, lossAndGrads, objectiveOf, scheduleNames } from '../../lib/synclr/objectives.js';
import { initTextTower, type TextConfig, textConfigs } from '../../lib/synclr/textTower.js';
import { trainEncoder } from '../../lib/synclr/train.js';
import { parameterCount } from '../parameterCount.js';
import { colouredSource, toyStableRep } from './source.js';
import { distance, wave, waveParameters } from './wave.js';

const toyClip: EncoderConfig = {
  ...laptopClip,
  model: toyStableRep.model,
  clip: { text: textConfigs.toy, output: 8 },
  captions: 4,
  steps: 3,
  warmup: 1,
  optimiser: 'adamw',
  crops: toyStableRep.crops,
};
/** Every caption is its own number, another word, and the end. */
const tokensOf = (caption: number) => Int32Array.of(caption, 3, 15, 0, 0, 0, 0, 0);
const source = { ...colouredSource(), tokens: tokensOf };

describe('the text tower', () => {
  it('has the number of parameters of CLIP’s, and of what is made', () => {
    // 63 165 952 = text_model of openai/clip-vit-base-patch16 (63 428 096 with its projection of 512 × 512).
    const counted = ({ context, vocabulary, width, depth }: TextConfig) =>
      (vocabulary + context) * width + depth * (12 * width * width + 13 * width) + 2 * width;
    expect(counted(textConfigs.paper)).toBe(63_165_952);
    expect(parameterCount(initTextTower(rng(1), textConfigs.toy))).toBe(counted(textConfigs.toy));
    expect(() => initTextTower(rng(1), { ...textConfigs.toy, heads: 3 })).toThrow(InputError);
  });

  it('what stands behind the end of a text changes nothing; what stands before it does', async () => {
    const student = withoutPrefix(initTraining(rng(1), toyClip), 'student.');
    const encoder = await openTextEncoder(student, toyClip.clip!, { batch: 3 });
    const texts = [
      [2, 7, 15, 0, 0, 0, 0, 0],
      [2, 7, 15, 5, 15, 9, 1, 2],
      [7, 2, 15, 0, 0, 0, 0, 0],
      [2, 7, 15, 0, 0, 0, 0, 1],
    ];
    const rows = await encoder.encode(texts.map((ids) => Int32Array.from(ids)));
    const row = (i: number) => ({ data: rows.subarray(8 * i, 8 * i + 8) });
    expect(distance(row(1), row(0))).toBeLessThan(1e-6);
    expect(distance(row(3), row(0))).toBeLessThan(1e-6);
    expect(distance(row(2), row(0))).toBeGreaterThan(1e-3);
    for (let i = 0; i < 4; i++) expect(row(i).data.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(1, 5);
    await expect(encoder.encode([Int32Array.of(1, 2)])).rejects.toThrow(/text 0.*2 tokens/s);
    await expect(encoder.encode([new Int32Array(8)])).rejects.toThrow(/no token that ends the text/);
    await expect(encoder.encode([new Int32Array(8).fill(16)])).rejects.toThrow(/the token 16/);
    await encoder.release();
    await expect(openTextEncoder({}, toyClip.clip!)).rejects.toThrow(/trained with the objective clip/);
  });
});

describe.each<Device>(['onnx', 'cpu'])('equal to transformers and timm in float64, on %s', (device) => {
  const golden = readSafetensors('test/synclr/golden/clip.safetensors');
  const losses: Record<string, number> = JSON.parse(golden.metadata.losses);
  const tokens = (JSON.parse(golden.metadata.tokens) as number[][]).flat();
  const model = { image: 16, patch: 8, width: 16, depth: 2, heads: 2, mlpRatio: 2, dropPath: 0 };
  const text = { context: 8, vocabulary: 16, width: 16, depth: 2, heads: 2 };
  const config = { ...toyClip, model, clip: { text, output: 6 } };
  const { logit_scale: _, ...others } = withoutPrefix(initTraining(rng(1), config), 'student.');
  const student: HostTensors = {
    ...waveParameters(
      mapTensors(others, ({ shape }) => shape),
      0.5,
    ),
    logit_scale: scalar(Math.log(1 / 0.07)),
  };
  const images = wave([6, 16, 16, 3], 0.4);

  it('the loss of two images a caption, and every gradient', async () => {
    const inputs = {
      crops: images,
      labels: hostTensor(Int32Array.of(0, 1, 2, 0, 1, 2), [6]),
      tokens: hostTensor(Int32Array.from(tokens), [3, 8]),
    };
    const { loss, grads } = await gradients(inputs);
    expect(Math.abs(loss / losses['two images a caption'] - 1)).toBeLessThan(1e-6);
    expect(Object.keys(grads).sort()).toEqual(Object.keys(student).sort());
    for (const [name, grad] of Object.entries(grads)) {
      expect(distance(grad, golden.tensors[name]), name).toBeLessThan(1e-5);
    }
  });

  it('the loss of one image a caption, CLIP’s own', async () => {
    const { loss } = await gradients({
      crops: hostTensor((images.data as Float32Array).slice(0, 3 * 768), [3, 16, 16, 3]),
      labels: hostTensor(Int32Array.of(0, 1, 2), [3]),
      tokens: hostTensor(Int32Array.from(tokens), [3, 8]),
    });
    expect(Math.abs(loss / losses['one image a caption'] - 1)).toBeLessThan(1e-6);
  });

  it('texts as vectors', async () => {
    const encoder = await openTextEncoder(student, config.clip, { device, batch: 2 });
    const rows = await encoder.encode([0, 8, 16].map((at) => Int32Array.from(tokens.slice(at, at + 8))));
    await encoder.release();
    expect(distance({ data: rows }, golden.tensors['out/text'])).toBeLessThan(3e-6);
  });

  async function gradients(inputs: HostTensors) {
    const step = await compile(
      (state, given) => {
        const { loss, grads } = lossAndGrads(config, state, given);
        return { state, outputs: { loss, ...withPrefix(grads, 'grad.') } };
      },
      { state: withPrefix(student, 'student.'), inputs: mapTensors(inputs, specOf), device },
    );
    const outputs = await step.run(inputs);
    await step.release();
    return { loss: outputs.loss.data[0], grads: withoutPrefix(outputs, 'grad.') };
  }
});

describe('the objective', () => {
  it('a batch holds the captions in the order of the labels, one of the images of each, or several', async () => {
    const one = await batchOfStep(rng(2), 0, source, toyClip);
    expect([one.crops.shape, one.labels.shape, one.tokens.shape]).toEqual([[4, 16, 16, 3], [4], [4, 8]]);
    const two = await batchOfStep(rng(2), 0, source, { ...toyClip, imagesPerCaption: 2 });
    expect([...two.labels.data]).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    expect(two.tokens).toEqual(one.tokens);
    // Over some epochs, each of a caption's images is drawn.
    const drawn = new Set<number>();
    const image = (caption: number, k: number) => {
      drawn.add(k);
      return source.image(caption, k);
    };
    for (let step = 0; step < 6; step++) await batchOfStep(rng(2), step, { ...source, image }, toyClip);
    expect([...drawn].sort()).toEqual([0, 1, 2]);
  });

  it('captions without tokens, or with wrong ones, are refused', async () => {
    await expect(batchOfStep(rng(2), 0, colouredSource(), toyClip)).rejects.toThrow(/a source without `tokens`/);
    const short = { ...source, tokens: () => new Int32Array(8) };
    await expect(batchOfStep(rng(2), 0, short, toyClip)).rejects.toThrow(/tokens of caption \d.*no token that ends/s);
  });

  it('configs that do not fit are refused; the presets fit', () => {
    expect(() => checkEncoderConfig({ ...toyClip, clip: undefined })).toThrow(/clip without a text tower/);
    expect(() => checkEncoderConfig({ ...toyStableRep, clip: toyClip.clip })).toThrow(/a text tower with stablerep/);
    for (const preset of [laptopClip, paperClip, laptopStableRepPlus, paperStableRepPlus]) checkEncoderConfig(preset);
    // spec §5.6 and Table 10: 32 epochs over 150M captions.
    expect((paperClip.steps * paperClip.captions) / 150e6).toBeCloseTo(32, 1);
  });

  it('in chunks of 4, images and captions, a step is the step of one graph', async () => {
    const config = { ...toyClip, captions: 6, imagesPerCaption: 2 };
    const schedules = { lr: 1e-3, weightDecay: 0.1, correction1: 0.1, correction2: 0.001 };
    const inputs = {
      ...(await batchOfStep(rng(2), 0, source, config)),
      ...Object.fromEntries(scheduleNames(config).map((name) => [name, scalar(schedules[name as 'lr'])])),
    };
    const state = initTraining(rng(1), config);
    const run = async (chunk?: number) => {
      const step = await compileTraining({ ...config, chunk }, { state, inputs: mapTensors(inputs, specOf) });
      const outputs = await step.run(inputs);
      const next = await step.state();
      await step.release();
      return { outputs, next };
    };
    const [whole, chunked] = [await run(), await run(4)];
    expect(Object.keys(chunked.outputs).sort()).toEqual(['gradNorm', 'loss', 'text']);
    for (const [name, value] of Object.entries(whole.outputs))
      expect(distance(chunked.outputs[name], value), name).toBeLessThan(1e-5);
    // After one step from zero the first moment is a tenth of the gradient.
    const moments = ({ next }: typeof whole) => ({
      data: Object.keys(next)
        .filter((name) => name.startsWith('m.'))
        .flatMap((name) => [...next[name].data]),
    });
    expect(distance(moments(chunked), moments(whole))).toBeLessThan(1e-5);
  });

  it('StableRep+ is StableRep’s loss and CLIP’s, of one backbone', async () => {
    const plus: EncoderConfig = { ...toyStableRep, objective: 'stablerep-plus', clip: toyClip.clip };
    const inputs = await batchOfStep(rng(2), 0, source, plus);
    const state = initTraining(rng(1), plus);
    const partsOf = async (config: EncoderConfig) => {
      const step = await compile(
        (params, given) => {
          const { loss, aux } = lossAndGrads(config, params, given);
          return { state: params, outputs: { loss, ...aux } };
        },
        { state: onlyOf(config, state), inputs: mapTensors(inputs, specOf) },
      );
      const outputs = await step.run(inputs);
      await step.release();
      return mapTensors(outputs, ({ data }) => data[0]);
    };
    const { loss, global, text } = await partsOf(plus);
    expect(loss).toBeCloseTo(global + text, 5);
    expect(global).toBeCloseTo((await partsOf(toyStableRep)).loss, 5);
    expect(text).toBeCloseTo((await partsOf({ ...plus, objective: 'clip' })).loss, 5);
    expect(objectiveOf(plus).parts(plus)).toEqual(['global', 'text']);
  });

  /** The parameters that an objective has. */
  function onlyOf(config: EncoderConfig, state: HostTensors): HostTensors {
    const names = Object.keys(initTraining(rng(1), config)).filter((name) => name.startsWith('student.'));
    return Object.fromEntries(names.map((name) => [name, state[name]]));
  }

  it('trainEncoder: the traced engine and the cpu backend give the same losses', async () => {
    const oracle = await trainEncoder(toyClip, source, { seed: 1, device: 'cpu' });
    const traced = await trainEncoder(toyClip, source, { seed: 1, device: 'onnx' });
    oracle.metrics.forEach(({ loss }, i) => {
      expect(traced.metrics[i].loss).toBeCloseTo(loss, 4);
    });
    expect(oracle.metrics[0].parts.text).toBe(oracle.metrics[0].loss);
  });
});
