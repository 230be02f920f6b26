import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../lib/engine/compile.js';
import type { tf } from '../../lib/engine/tf.js';
import { InputError } from '../../lib/errors.js';
import { rng } from '../../lib/random/rng.js';
import { readJson } from '../../lib/runs/files.js';
import { type HostTensor, type HostTensors, hostTensor, mapTensors } from '../../lib/runs/hostTensor.js';
import { readSafetensors, writeSafetensors } from '../../lib/runs/safetensors.js';
import { initVit, type VitConfig, vit, vitConfigs, vitParameterCount } from '../../lib/synclr/vit.js';
import { torchShapes, toTorch } from '../../lib/synclr/weights/layout.js';
import { mapBackbone, type TensorSource } from '../../lib/synclr/weights/mapBackbone.js';
import { readBackbone, writeBackbone } from '../../lib/synclr/weights/readBackbone.js';
import { parameterCount } from '../parameterCount.js';
import { countedImages, countedWeights } from './counter.js';

type Shapes = Record<string, readonly number[]>;
const golden = readSafetensors('test/synclr/golden/vit.safetensors').tensors;
const layouts = readJson<Record<'timm' | 'dinov2', Shapes>>('test/synclr/golden/layouts.json');
/** The first two of twelve blocks: enough to read, and quick. */
const shallow = (shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).filter(([name]) => !/^blocks\.([2-9]|1\d)\./.test(name)));
const folder = mkdtempSync(path.join(tmpdir(), 'backbone-'));

const sourceOf = (tensors: HostTensors): TensorSource => ({
  where: 'weights.pth',
  shapes: new Map(Object.entries(tensors).map(([name, t]) => [name, t.shape])),
  read: (name) => tensors[name],
});
/** A file of these names and shapes whose numbers nobody should need. */
const shapesOnly = (shapes: Shapes, prefix = ''): TensorSource => ({
  where: 'weights.pth',
  shapes: new Map(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape])),
  read: (name) =>
    hostTensor(
      new Float32Array(shapes[name.slice(prefix.length)].reduce((a, b) => a * b, 1)),
      shapes[name.slice(prefix.length)],
    ),
});

const furthest = (found: HostTensor, expected: HostTensor) => {
  expect(found.data.length).toBe(expected.data.length);
  return Array.from(found.data, (x, i) => Math.abs(x - expected.data[i])).reduce((a, b) => Math.max(a, b), 0);
};

/** The first rows of [1, rows, …]. */
const firstRows = ({ data, shape }: HostTensor, rows: number) => {
  const size = (data.length / shape[1]) * rows;
  return hostTensor(data.slice(0, size), [size]);
};

async function features(params: HostTensors, config: VitConfig): Promise<HostTensors> {
  const images = countedImages(1, config.image, config.image);
  const step = await compile(
    (p, inputs) => {
      const out = vit(p, inputs.images as tf.Tensor4D, { config, keepAttention: true });
      return { state: {}, outputs: { cls: out.cls, patches: out.patches, attention: out.attention[1] } };
    },
    { constants: params, inputs: { images: { shape: images.shape } }, device: 'onnx' },
  );
  const { cls, patches, attention } = await step.run({ images });
  await step.release();
  const tokens = attention.shape[2];
  const seen = attention.data.filter((_, i) => Math.floor(i / tokens) % tokens === 0);
  return { cls, patches: firstRows(patches, 4), attention: hostTensor(seen, [config.heads, tokens]) };
}

describe('features equal those of timm, in PyTorch and float64, on the same weights', () => {
  const scaled: VitConfig = { image: 56, patch: 14, width: 128, depth: 2, heads: 2, mlpRatio: 4, dropPath: 0 };
  const scales = Object.fromEntries([0, 1].flatMap((i) => [1, 2].map((n) => [`blocks.${i}.ls${n}.gamma`, [128]])));
  it.each<[string, VitConfig, Shapes]>([
    ['B/16', { ...vitConfigs['B/16'], depth: 2, dropPath: 0 }, {}],
    ['L/14', { ...vitConfigs['L/14'], depth: 2, dropPath: 0 }, {}],
    ['scaled', scaled, scales],
  ])('%s: class token, patches and attention to 1e-4', async (name, config, more) => {
    const { params, config: found } = mapBackbone(sourceOf(countedWeights({ ...torchShapes(config), ...more })), {
      heads: config.heads,
    });
    expect(found).toEqual(config);
    for (const [key, tensor] of Object.entries(await features(params, config))) {
      expect(furthest(tensor, golden[`${name}.${key}`]), key).toBeLessThan(1e-4);
    }
  });
});

describe('layouts of published checkpoints', () => {
  const timm = shallow(layouts.timm);
  const config = { ...vitConfigs['B/16'], depth: 2, dropPath: 0 };

  it('the shapes we expect are those of timm', () => {
    const head = { 'head.weight': [1000, 768], 'head.bias': [1000] };
    expect({ ...torchShapes(vitConfigs['B/16']), ...head }).toEqual(layouts.timm);
  });

  it.each([
    ['timm, bare', ''],
    ["SynCLR's, from the code that reads them", 'state_dict.module.visual.'],
    ["StableRep's", 'model.visual.'],
    ["DINO v2's training", 'teacher.backbone.'],
  ])('%s', (_what, prefix) => {
    const found = mapBackbone(shapesOnly(timm, prefix));
    expect(found.prefix).toBe(prefix);
    expect(found.config).toEqual(config);
    expect(found.ignored.sort()).toEqual(['head.bias', 'head.weight']);
    expect(parameterCount(found.params)).toBe(vitParameterCount(config));
  });

  it('DINO v2: patches of 14 at 518 px, LayerScale folded, mask token kept, blocks also in groups', () => {
    const dinov2 = shallow(layouts.dinov2);
    const found = mapBackbone(shapesOnly(dinov2));
    expect(found.config).toEqual({ ...config, image: 518, patch: 14 });
    expect(found.params.mask_token.shape).toEqual([1, 768]);
    const grouped = Object.fromEntries(
      Object.entries(dinov2).map(([name, shape]) => [name.replace(/^blocks\.(\d+)/, 'blocks.0.$1'), shape]),
    );
    expect(mapBackbone(shapesOnly(grouped)).config).toEqual(found.config);
  });

  it('a run of the paper: of student and teacher, the teacher, or the one that is asked for', () => {
    const both = (name: string) => [`model.student.backbone.${name}`, `model.teacher.backbone.${name}`];
    const { 'head.weight': _w, 'head.bias': _b, ...backbone } = timm;
    const shapes = Object.fromEntries(
      Object.entries(backbone).flatMap(([n, shape]) => both(n).map((name) => [name, shape])),
    );
    expect(mapBackbone(shapesOnly(shapes)).prefix).toBe('model.teacher.backbone.');
    const prefix = 'model.student.backbone.';
    expect(mapBackbone(shapesOnly(shapes), { prefix }).prefix).toBe(prefix);
  });
});

describe('a checkpoint that does not fit names the parameter, what was expected and what was found', () => {
  const config = { ...vitConfigs['B/16'], depth: 2 };
  const good = torchShapes(config);
  const refused = (shapes: Shapes, options = {}) => {
    try {
      mapBackbone(shapesOnly(shapes), options);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return error as InputError;
    }
    throw new Error('was taken');
  };

  it('another shape', () => {
    const error = refused({ ...good, 'blocks.1.attn.qkv.weight': [768, 768] });
    expect(error.expected).toBe('blocks.1.attn.qkv.weight [2304, 768]');
    expect(error.found).toBe('blocks.1.attn.qkv.weight [768, 768]');
  });

  it('a missing one', () => {
    const { 'norm.bias': _, ...rest } = good;
    const error = refused(rest);
    expect([error.expected, error.found]).toEqual(['norm.bias [768]', 'norm.bias missing']);
  });

  it('an unexpected one, and registers with advice', () => {
    const error = refused({ ...good, register_tokens: [1, 4, 768] });
    expect([error.expected, error.found]).toEqual(['no register_tokens', 'register_tokens [1, 4, 768]']);
    expect(error.fix).toMatch(/without registers/);
    expect(refused({ ...good, 'blocks.0.attn.q_norm.weight': [64] }).found).toBe('blocks.0.attn.q_norm.weight [64]');
  });

  it('another architecture than was asked for', () => {
    const error = refused(good, { config: vitConfigs['L/14'] });
    expect(error.expected).toMatch(/cls_token \[1, 1, 1024\]; pos_embed \[1, 257, 1024\][\s\S]*and \d+ more/);
    expect(error.found).toMatch(/cls_token \[1, 1, 768\]; pos_embed \[1, 197, 768\]/);
  });

  it('no vision transformer, several, no square grid, heads that cannot be told', () => {
    expect(refused({ 'conv1.weight': [64, 3, 7, 7] }).found).toMatch(/none among conv1\.weight/);
    expect(refused({ 'a.cls_token': [1, 1, 8], 'b.cls_token': [1, 1, 8] }).found).toBe('a.cls_token, b.cls_token');
    expect(refused({ ...good, pos_embed: [1, 200, 768] }).expected).toMatch(/square grid/);
    expect(refused({ ...good, pos_embed: [1, 197, 100] }).found).toBe('a ViT of width 100');
    expect(refused({ cls_token: [1, 1, 64] }).expected).toMatch(/pos_embed/);
  });
});

describe('heads, which no weight shows', () => {
  const small = shallow(torchShapes({ ...vitConfigs['S/16'], depth: 2 }));
  it('are asked for where published ViTs differ', () => {
    const ask = () => mapBackbone(shapesOnly(small));
    expect(ask).toThrow(InputError);
    expect(ask).toThrow(/a ViT of width 384[\s\S]*--heads 6 for heads of 64[\s\S]*MoCo v3 has --heads 12/);
    expect(mapBackbone(shapesOnly(small), { heads: 12 }).config.heads).toBe(12);
    expect(mapBackbone(shapesOnly(small), { heads: 6 }).config.heads).toBe(6);
    expect(() => mapBackbone(shapesOnly(small), { heads: 7 })).toThrow(/heads that divide its width of 384/);
    for (const width of [192, 1152, 1280, 1408, 1536]) {
      const shapes = torchShapes({ ...vitConfigs['S/16'], depth: 1, width, heads: 1 });
      expect(() => mapBackbone(shapesOnly(shapes)), String(width)).toThrow(/--heads/);
    }
  });

  it('decide the features', async () => {
    const config = { ...vitConfigs.toy, width: 64, depth: 2 };
    const source = sourceOf(countedWeights(torchShapes({ ...config, heads: 1 })));
    const [one, two] = [1, 2].map((heads) => mapBackbone(source, { heads }));
    const [a, b] = [await features(one.params, one.config), await features(two.params, two.config)];
    expect(furthest(a.cls, b.cls)).toBeGreaterThan(1e-4);
  });

  it('that a file says are not said otherwise', () => {
    const config = vitConfigs.toy;
    const file = path.join(folder, 'heads.safetensors');
    writeBackbone(file, { params: initVit(rng(1), config), config });
    expect(readBackbone(file).config.heads).toBe(2);
    expect(() => readBackbone(file, { heads: 4 })).toThrow(/2 heads, as the file says[\s\S]*--heads 4/);
  });
});

describe('files', () => {
  const config = vitConfigs.toy;
  const params = initVit(rng(1), config);

  it('a backbone is read as it was written, also in the layout of timm', () => {
    const file = path.join(folder, 'ours.safetensors');
    writeBackbone(file, { params, config });
    expect(readBackbone(file)).toEqual({ params, config, normalisation: 'clip', prefix: '', ignored: [] });
    writeBackbone(file, { params, config, normalisation: 'imagenet' });
    expect(readBackbone(file).normalisation).toBe('imagenet');
    expect(readBackbone(file, { normalisation: 'clip' }).normalisation).toBe('clip');
    writeSafetensors(path.join(folder, 'timm.safetensors'), toTorch(params, config));
    expect(readBackbone(path.join(folder, 'timm.safetensors'), { config }).params).toEqual(params);
  });

  it("of a run's folder, the teacher", () => {
    const other = mapTensors(params, (t) =>
      hostTensor(
        Float32Array.from(t.data, (x) => x + 1),
        t.shape,
      ),
    );
    const both = Object.fromEntries(
      Object.keys(params).flatMap((name) => [
        [`student.${name}`, other[name]],
        [`teacher.${name}`, params[name]],
      ]),
    );
    writeSafetensors(path.join(folder, 'encoder.safetensors'), both, {
      config: JSON.stringify({ model: config, normalisation: 'imagenet' }),
    });
    expect(readBackbone(folder)).toEqual({
      params,
      config,
      normalisation: 'imagenet',
      prefix: 'teacher.',
      ignored: [],
    });
    expect(readBackbone(folder, { prefix: 'student.' }).params).toEqual(other);
  });

  it('refuses weights that are no numbers, and names the tensor', () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const name = 'blocks.0.mlp.fc2.weight';
      const data = Float32Array.from(params[name].data);
      data[7] = wrong;
      const file = path.join(folder, 'wrong.safetensors');
      writeBackbone(file, { params: { ...params, [name]: hostTensor(data, params[name].shape) }, config });
      expect(() => readBackbone(file)).toThrow(new RegExp(`${name}\n {2}expected: finite numbers\n.*${wrong} at 7`));
    }
  });

  it('folders of others, what stands beside weights, and one part of several are told as such', () => {
    const other = mkdtempSync(path.join(tmpdir(), 'other-'));
    const told = (name: string) => () => readBackbone(path.join(other, name));
    expect(told('')).toThrow(/a run folder, with its encoder\.safetensors\n.*no weights in it/);
    writeBackbone(path.join(other, 'model.safetensors'), { params, config });
    expect(told('')).toThrow(/found: {4}model\.safetensors\n.*name the file itself: .*model\.safetensors/);
    expect(told('model.safetensors.index.json')).toThrow(
      /a file of another kind, \.json\n.*name the file of the weights/,
    );
    expect(told('vit.onnx')).toThrow(/a file of another kind, \.onnx/);
    expect(told('model-00001-of-00002.safetensors')).toThrow(/one part of several, 00001-of-00002\n.*join the parts/);
    expect(told('model.safetensors')().config).toEqual(config);
    rmSync(other, { recursive: true });
  });

  it('of a checkpoint that is no ViT, the error names the file', () => {
    expect(() => readBackbone('test/synclr/golden/checkpoint.pth')).toThrow(
      /checkpoint\.pth[\s\S]*cls_token[\s\S]*none/,
    );
  });
});
