// Every format that this project reads: a small whole file, its reader, and what must hold of all that the reader gives.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { inContextBanks } from '../../lib/dist/captions/examples.js';
import { identifyGguf } from '../../lib/dist/captions/gguf.js';
import { openCaptionLog, readCaptionLog } from '../../lib/dist/captions/log.js';
import { mergeCaptionLogs } from '../../lib/dist/captions/mergeLogs.js';
import { readRealCaptions } from '../../lib/dist/captions/realCaptions.js';
import { readConceptList } from '../../lib/dist/data/conceptList.js';
import { decodeImage } from '../../lib/dist/data/imageFolder.js';
import { tarEntries } from '../../lib/dist/data/shards/readTar.js';
import { writeTar } from '../../lib/dist/data/shards/writeTar.js';
import { exportGenerator } from '../../lib/dist/diffusion/exportGenerator.js';
import { openFolderTokenizer } from '../../lib/dist/diffusion/folderTokenizer.js';
import { generateImageSet } from '../../lib/dist/diffusion/generateImageSet.js';
import { openImageSet } from '../../lib/dist/diffusion/imageSet.js';
import { openModel } from '../../lib/dist/diffusion/openModel.js';
import { openScheduler } from '../../lib/dist/diffusion/schedulers/openScheduler.js';
import { loadFeatures, saveFeatures } from '../../lib/dist/evaluate/features.js';
import { openMaskFolder } from '../../lib/dist/evaluate/segmentation/maskFolder.js';
import { readIdx } from '../../lib/dist/evaluate/tasks/idx.js';
import { readNotebook } from '../../lib/dist/notebook/document.js';
import { toNotebook } from '../../lib/dist/notebook/format.js';
import { rng } from '../../lib/dist/random/rng.js';
import { readJson } from '../../lib/dist/runs/files.js';
import { projectPath } from '../../lib/dist/runs/paths.js';
import { paperNumbers } from '../../lib/dist/runs/published.js';
import { hashOfConfig, readRunRecord, runRecord } from '../../lib/dist/runs/record.js';
import { encodeSafetensors, readSafetensors } from '../../lib/dist/runs/safetensors.js';
import { initVit, vitConfigs } from '../../lib/dist/synclr/vit.js';
import { readPth } from '../../lib/dist/synclr/weights/pth.js';
import { readBackbone, writeBackbone } from '../../lib/dist/synclr/weights/readBackbone.js';
import { drawnPipeline, toyModel } from './toys.mjs';

/**
 * @typedef {object} Format
 * @property {string} target the file in the folder that is damaged
 * @property {boolean} [text] whether it is text, and is damaged as people damage text, too
 * @property {(folder: string) => unknown} make writes what stands beside the target; gives the target's bytes
 * @property {(bytes: Buffer) => Buffer} [wrap] packs the bytes
 * @property {(folder: string) => unknown} read
 * @property {(value: any) => string | undefined} [check] what is wrong with a value that the reader should have refused
 */

const json = (value) => Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
const lines = (values) => Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
const at = (folder, ...names) => path.join(folder, ...names);
const isText = (value) => typeof value === 'string';
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const unless = (holds, problem) => (holds ? undefined : problem);
const allFinite = (data) => data.every((value) => Number.isFinite(value));

// --- weights ---

const tensors = {
  'a.weight': { dtype: 'float32', shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) },
  b: { dtype: 'int32', shape: [5], data: Int32Array.of(1, 2, 3, -4, 5) },
};
const fits = (all) =>
  Object.entries(all)
    .map(([name, { shape, data }]) =>
      unless(data.length === shape.reduce((a, b) => a * b, 1), `${name} [${shape}] has ${data.length} numbers`),
    )
    .find(Boolean);

const weights = {
  safetensors: {
    target: 'x.safetensors',
    text: true,
    make: () => encodeSafetensors(tensors, { step: '3' }),
    read: (folder) => readSafetensors(at(folder, 'x.safetensors')),
    check: ({ tensors: all, metadata }) => fits(all) ?? unless(Object.values(metadata).every(isText), 'metadata'),
  },
  pth: {
    target: 'x.pth',
    make: () => readFileSync(projectPath('test', 'synclr', 'golden', 'checkpoint.pth')),
    read: (folder) => readPth(at(folder, 'x.pth'), (name) => !name.startsWith('beside.')),
    check: fits,
  },
  encoder: {
    target: 'x.safetensors',
    text: true,
    make(folder) {
      const [config, params] = [vitConfigs.toy, initVit(rng(0), vitConfigs.toy)];
      writeBackbone(at(folder, 'x.safetensors'), { params, config });
      return readFileSync(at(folder, 'x.safetensors'));
    },
    read: (folder) => readBackbone(at(folder, 'x.safetensors')),
    check: ({ params }) =>
      fits(params) ??
      unless(
        Object.values(params).every(({ data }) => allFinite(data)),
        'not finite',
      ),
  },
  features: {
    target: 'x.safetensors',
    text: true,
    make(folder) {
      const features = Float32Array.from(rng(0).normals(24));
      saveFeatures(at(folder, 'x.safetensors'), {
        features,
        labels: Int32Array.of(0, 1, 2, 1),
        count: 4,
        width: 6,
        classes: 3,
      });
      return readFileSync(at(folder, 'x.safetensors'));
    },
    read: (folder) => loadFeatures(at(folder, 'x.safetensors')),
    check: ({ features, labels, count, width, classes }) =>
      unless(allFinite(features), 'not finite') ??
      unless(features.length === count * width && labels.length === count, 'shape') ??
      unless(
        labels.every((label) => label >= 0 && label < classes),
        'labels',
      ),
  },
  onnx: {
    target: 'model/transformer/model.onnx',
    make(folder) {
      exportGenerator(at(folder, 'model'), toyModel());
      return readFileSync(at(folder, 'model', 'transformer', 'model.onnx'));
    },
    async read(folder) {
      const model = await openModel(at(folder, 'model', 'transformer', 'model.onnx'), { providers: ['cpu'] });
      await model.release();
      return model;
    },
    check: ({ inputs, outputs }) => unless(inputs.length > 0 && outputs.length > 0, 'no inputs'),
  },
  gguf: {
    target: 'x.gguf',
    make: () => Buffer.concat([Buffer.from('GGUF\u0003\0\0\0', 'latin1'), Buffer.alloc(64)]),
    read: (folder) => identifyGguf(at(folder, 'x.gguf')),
    check: ({ sha256 }) => unless(/^[0-9a-f]{64}$/.test(sha256), 'hash'),
  },
};

// --- captions and lists ---

const logConfig = { seed: 1, model: { name: 'm', sha256: 'a' } };
const captionLines = [
  { captionLog: 1, config: logConfig },
  ...Array.from({ length: 6 }, (_, index) => ({
    index,
    caption: `an owl ${index}, “at night”`,
    concept: 'owl',
    source: 'emoji',
    template: 'c',
    examples: [],
    seed: index,
  })),
];
const checkRecords = ({ records }) => {
  const indices = records.map(({ index }) => index);
  return (
    unless(indices.every(isCount), 'an index that is no count') ??
    unless(new Set(indices).size === indices.length, 'an index twice') ??
    unless(
      records.every(({ caption, concept }) => isText(caption) && isText(concept)),
      'a caption that is no text',
    )
  );
};
const captionLog = (name, wrap) => ({
  target: name,
  text: true,
  wrap,
  make: () => lines(captionLines),
  read: (folder) => readCaptionLog(at(folder, name)),
  check: checkRecords,
});
const realCaptions = (name, content) => ({
  target: name,
  text: true,
  make: () => Buffer.from(content),
  read: (folder) => readRealCaptions(at(folder, name)),
  check: (records) =>
    checkRecords({ records }) ??
    unless(
      records.every(({ caption }) => caption.trim() !== ''),
      'empty',
    ),
});
const conceptList = (name, content) => ({
  target: name,
  text: true,
  make: () => Buffer.from(content),
  read: (folder) => readConceptList(at(folder, name)),
  check: (entries) =>
    unless(entries.length > 0, 'an empty list') ??
    unless(
      entries.every(({ name }) => isText(name) && name.trim() !== ''),
      'an empty name',
    ) ??
    unless(new Set(entries.map(({ name }) => name.toLowerCase())).size === entries.length, 'a name twice'),
});

const words = {
  captionLog: captionLog('x.jsonl'),
  captionLogGzip: captionLog('x.jsonl.gz', gzipSync),
  captionLogPartial: {
    target: 'x.jsonl.partial',
    text: true,
    make: () => lines(captionLines),
    read(folder) {
      const log = openCaptionLog(at(folder, 'x.jsonl'), logConfig);
      log.pause();
      return [...log.done];
    },
    check: (done) => unless(done.every(isCount) && new Set(done).size === done.length, 'an index twice, or none'),
  },
  mergedLogs: {
    target: 'x.jsonl',
    text: true,
    make: () => lines(captionLines),
    read: (folder) => mergeCaptionLogs({ parts: [at(folder, 'x.jsonl')], out: at(folder, 'merged.jsonl') }),
    check: (count) => unless(isCount(count), 'a count'),
  },
  realCaptionsText: realCaptions('x.txt', 'an owl at night\na red fish\nein schöner Tag\n'),
  realCaptionsCsv: realCaptions('x.csv', 'caption,concept\n"an owl, at night",owl\na red fish,fish\n"say ""hi""",\n'),
  realCaptionsJsonl: realCaptions('x.jsonl', '{"caption": "an owl"}\n{"caption": "a fish", "concept": "fish"}\n'),
  conceptsText: conceptList('x.txt', 'owl\nred fish\ncafé\nkite\n'),
  conceptsCsv: conceptList('x.csv', 'name,backgrounds\nowl,forest;sea\n"red, fish",sea\nkite,\n'),
  conceptsJson: conceptList('x.json', '["owl", {"name": "red fish", "backgrounds": ["sea"]}, "kite"]\n'),
  examples: {
    target: 'x.json',
    text: true,
    make: () => readFileSync(projectPath('data', 'captions', 'examples.json')),
    read: (folder) => inContextBanks(at(folder, 'x.json')),
    check: (banks) =>
      unless(
        Object.values(banks).every((bank) => bank.length >= 3),
        'too few examples',
      ),
  },
};

// --- pictures ---

const noise = () =>
  sharp(
    Buffer.from(
      rng(0, 'noise')
        .uniforms(24 * 24 * 3)
        .map((u) => 256 * u),
    ),
    { raw: { width: 24, height: 24, channels: 3 } },
  );
const picture = (format) => ({
  target: `x.${format}`,
  make: () => noise().toFormat(format).toBuffer(),
  read: (folder) => decodeImage(at(folder, `x.${format}`), { size: 16 }),
  check: (pixels) => unless(pixels.length === 16 * 16 * 3, `${pixels.length} bytes`),
});
const grey = (values) =>
  sharp(Buffer.from(values), { raw: { width: 24, height: 24, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();

const pictures = {
  ...Object.fromEntries(['png', 'jpeg', 'gif', 'webp', 'tiff', 'avif'].map((format) => [format, picture(format)])),
  mask: {
    target: 'masks/a.png',
    async make(folder) {
      for (const name of ['images', 'masks']) mkdirSync(at(folder, name));
      await noise()
        .png()
        .toFile(at(folder, 'images', 'a.png'));
      return grey(Array.from({ length: 576 }, (_, i) => i % 3));
    },
    read: (folder) =>
      openMaskFolder({ images: at(folder, 'images'), masks: at(folder, 'masks'), classes: ['a', 'b'] }).read(0),
    check: ({ mask, image }) =>
      unless(mask.length === image.width * image.height, 'size') ??
      unless(
        mask.every((value) => value < 2 || value === 255),
        'a class that is none',
      ),
  },
  idx: {
    target: 'x.gz',
    wrap: gzipSync,
    make: () =>
      Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, ...Array.from({ length: 24 }, (_, i) => i)]),
    read: (folder) => readIdx(at(folder, 'x.gz')),
    check: ({ shape, data }) => unless(shape.reduce((a, b) => a * b, 1) === data.length, 'shape'),
  },
};

// --- image sets ---

async function makeSet(folder) {
  const captions = Array.from({ length: 5 }, (_, i) => ({ id: `c${i}`, text: `caption ${i}`, concept: 'fox' }));
  const settings = { captions, out: at(folder, 'set'), seed: 3, imagesPerCaption: 2, shardCaptions: 2 };
  await generateImageSet({ pipeline: drawnPipeline(), ...settings });
}
async function readSet(folder) {
  const set = openImageSet(at(folder, 'set'));
  const images = [];
  for (const caption of [0, 3, 4]) images.push(Buffer.from(await set.image(caption, 1)));
  return { set, images };
}
const imageSet = (name, text) => ({
  target: `set/${name}`,
  text,
  async make(folder) {
    await makeSet(folder);
    return readFileSync(at(folder, 'set', name));
  },
  read: readSet,
  check: ({ set, images }) =>
    unless(set.captions.length === 5 && set.captions.every(({ id, text }) => isText(id) && isText(text)), 'captions') ??
    unless(
      images.every((image) => image.length === set.size ** 2 * 3),
      'images',
    ),
});

const sets = {
  imageSetManifest: imageSet('manifest.json', true),
  imageSetCaptions: imageSet('captions.jsonl', true),
  imageSetShard: imageSet('shards/00001.tar'),
  /** A set that is begun: whatever its config says, it is refused or finished. */
  imageSetConfig: {
    ...imageSet('config.json', true),
    async read(folder) {
      await makeSet(folder);
      return readSet(folder);
    },
  },
  tar: {
    target: 'x.tar',
    make: () =>
      writeTar(['a.webp', 'a.json', 'b.txt'].map((name) => ({ name, content: Buffer.from(`of ${name}`.repeat(90)) }))),
    read: (folder) => {
      const bytes = readFileSync(at(folder, 'x.tar'));
      return { bytes, entries: tarEntries(bytes, 'x.tar') };
    },
    check: ({ bytes, entries }) =>
      unless(
        entries.every(({ at: from, size }) => isCount(from) && isCount(size) && from + size <= bytes.length),
        'outside',
      ) ??
      unless(
        entries.every(({ name }) => !name.startsWith('/') && !name.split('/').includes('..')),
        'a way out',
      ),
  },
};

// --- model folders ---

const modelFile = (name, read, check) => ({
  target: `model/${name}`,
  text: true,
  make(folder) {
    exportGenerator(at(folder, 'model'), toyModel());
    return readFileSync(at(folder, 'model', name));
  },
  read: (folder) => read(at(folder, 'model')),
  check,
});
const encoded = (tokenizer) => ({
  tokenizer,
  prompt: tokenizer.encode('a red square, and a blue one that nobody knows'),
});
const checkPrompt = ({ tokenizer, prompt: { ids } }) =>
  unless(ids.length === tokenizer.maxTokens && ids.every(isCount), 'ids') ??
  unless(tokenizer.maxTokens <= 2 ** 16, `${tokenizer.maxTokens} tokens`);

const clip = { '<|startoftext|>': 0, '<|endoftext|>': 1, a: 2, 'a</w>': 3, re: 4, 're</w>': 5, r: 6, e: 7, 'e</w>': 8 };
const scheduler = (config, as) => ({
  target: 'x.json',
  text: true,
  make: () => json(config),
  read: (folder) => openScheduler(readJson(at(folder, 'x.json')), { where: 'x.json', as }),
  check(opened) {
    let schedule;
    try {
      schedule = opened.setTimesteps(5);
    } catch (error) {
      return unless(error.name === 'InputError', error.stack);
    }
    const sample = Float32Array.of(0.5, -1);
    for (let index = 0; index < 5; index++) {
      const next = schedule.step({ index, sample, output: Float32Array.of(0.1, 0.2), noise: () => sample });
      if (!allFinite(next)) return `step ${index} gives ${next}`;
    }
    return unless(allFinite(schedule.timesteps), `timesteps ${schedule.timesteps}`);
  },
});

const models = {
  tokenizer: modelFile(
    'tokenizer/tokenizer.json',
    (folder) => encoded(openFolderTokenizer(at(folder, 'tokenizer'))),
    checkPrompt,
  ),
  tokenizerConfig: modelFile(
    'tokenizer/tokenizer_config.json',
    (folder) => encoded(openFolderTokenizer(at(folder, 'tokenizer'))),
    checkPrompt,
  ),
  clipVocabulary: {
    target: 'vocab.json',
    text: true,
    make(folder) {
      writeFileSync(at(folder, 'merges.txt'), '#version: 0.2\nr e\nr e</w>\n');
      writeFileSync(
        at(folder, 'tokenizer_config.json'),
        json({ pad_token: '<|endoftext|>', unk_token: '<|endoftext|>' }),
      );
      return json(clip);
    },
    read: (folder) => encoded(openFolderTokenizer(folder)),
    check: checkPrompt,
  },
  clipMerges: {
    target: 'merges.txt',
    text: true,
    make(folder) {
      writeFileSync(at(folder, 'vocab.json'), json(clip));
      writeFileSync(
        at(folder, 'tokenizer_config.json'),
        json({ pad_token: '<|endoftext|>', unk_token: '<|endoftext|>' }),
      );
      return Buffer.from('#version: 0.2\nr e\nr e</w>\n');
    },
    read: (folder) => encoded(openFolderTokenizer(folder)),
    /** Whatever is accepted joins `re` as the whole file does. */
    check: (value) =>
      checkPrompt(value) ?? unless(value.tokenizer.encode('re').ids[1] === clip['re</w>'], 'other tokens'),
  },
  ddim: scheduler({
    _class_name: 'DDIMScheduler',
    num_train_timesteps: 1000,
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    clip_sample: false,
    steps_offset: 1,
    prediction_type: 'epsilon',
  }),
  flow: scheduler({ _class_name: 'FlowMatchEulerDiscreteScheduler', num_train_timesteps: 1000, shift: 3 }),
};

// --- notebooks and records ---

const notebook = {
  cells: [
    { cell_type: 'markdown', id: 'a', metadata: {}, source: ['# Hello'] },
    { cell_type: 'code', id: 'b', execution_count: 1, metadata: { tags: ['x'] }, outputs: [], source: 'const x = 1;' },
  ],
  metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
  nbformat: 4,
  nbformat_minor: 5,
};
const config = { steps: 3 };
const documents = {
  notebook: {
    target: 'x.ipynb',
    text: true,
    make: () => json(notebook),
    read: (folder) => readNotebook(at(folder, 'x.ipynb')),
    check: ({ cells }) =>
      unless(
        cells.every(({ cell_type: type }) => isText(type)),
        'a cell without a type',
      ),
  },
  notebookText: {
    target: 'x.ts',
    text: true,
    make: () => Buffer.from('// %% [markdown]\n/*\n# Hello\n*/\n\n// %% tags=["x"]\nconst x = 1;\n'),
    read: (folder) => toNotebook(readFileSync(at(folder, 'x.ts'), 'utf8'), { where: 'x.ts' }),
    check: ({ cells }) =>
      unless(
        cells.every(({ cell_type: type }) => type === 'code' || type === 'markdown'),
        'a cell',
      ),
  },
  record: {
    target: 'x.json',
    text: true,
    make: () =>
      json(
        runRecord({ name: 'toy', tier: 'smoke', config, seed: 0, inputs: {}, metrics: { accuracy: 0.5 }, seconds: 1 }),
      ),
    read: (folder) => readRunRecord(at(folder, 'x.json')),
    check: (record) => unless(record.configHash === hashOfConfig(record.config), 'hash'),
  },
  published: {
    target: 'x.json',
    text: true,
    make: () => readFileSync(projectPath('paper-repro', 'published.json')),
    read: (folder) => paperNumbers(at(folder, 'x.json')),
    check: ({ figure1 }) =>
      unless(
        Object.values(figure1).every((value) => value >= 0 && value <= 100),
        'a percentage',
      ),
  },
};

/** @type {Record<string, Format>} */
export const formats = { ...weights, ...words, ...pictures, ...sets, ...models, ...documents };
