import { cpSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import { realScenes } from '../data/scenes.js';
import { exportGenerator } from '../diffusion/exportGenerator.js';
import { readExportedGenerator } from '../diffusion/readExportedGenerator.js';
import { rewriteForWebGpu } from '../engine/forWebGpu.js';
import { readExported } from '../engine/readOnnx.js';
import { exportJudge, type JudgeFolder } from '../evaluate/judge/exportJudge.js';
import { JUDGE_FOLDER } from '../evaluate/judge/openJudge.js';
import { withoutPrefix } from '../nn/names.js';
import { normalisations } from '../pictures/normalise.js';
import { rng } from '../random/rng.js';
import { readJson, writeJson, writeWhole } from '../runs/files.js';
import { METHODS } from '../runs/methods.js';
import { projectPath } from '../runs/paths.js';
import { readEncoder } from '../synclr/checkpoint.js';
import { encode } from '../synclr/encode.js';
import { exportEncoder } from '../synclr/weights/exportEncoder.js';
import { tierConcepts } from '../tiers/world/captions.js';
import { promptCaptions } from '../tiers/world/images.js';
import { bundled, writeBundle } from './bundle.js';
import type { Page } from './page.js';
import { PAINTED, type PlaygroundAbout, SEEN_SIZE } from './playgroundAbout.js';

/** The committed encoders, by their folders. */
const ENCODERS = ['synclr', 'stablerep', 'supervised'] as const;

/** The sets of four pictures that notebook 05 shows. */
const SETS = ['car', 'cat', 'airplane'];

/** Real scenes among which nearest neighbours are sought: one of every concept that the encoders' captions name. */
const NEIGHBOURS = 200;

/** The page of the playground. */
export function playgroundPage(): Page {
  return {
    name: 'playground',
    title: 'The playground',
    description: 'Write a caption and watch it painted; show the encoders a picture; move the points of the loss.',
    body: readFileSync(projectPath('lib', 'site', 'playground.html'), 'utf8'),
    modules: ['assets/playground.js'],
  };
}

/**
 * Writes what the playground needs: the committed models, written anew for four pictures at once, the
 * scenes of notebook 05, real scenes with every encoder's features of them, and the program.
 */
export async function writePlayground(out: string): Promise<void> {
  const models = path.join(out, 'models');
  exportGenerator(path.join(models, 'generator'), {
    ...readExportedGenerator(projectPath('data', 'models', 'generator-laptop')),
    // Products in 8 bits round differently from processor to processor, and are no faster in a browser.
    products: 'float32',
    stored: 'int8',
    batch: PAINTED,
  });
  for (const part of ['text_encoder', 'transformer']) {
    rewriteForWebGpu(path.join(models, 'generator', part, 'model.onnx'));
  }
  writeJudge(path.join(models, 'judge'));
  const concepts = tierConcepts('laptop');
  const side = 64;
  const neighbours = await realScenes({
    split: 'val',
    concepts: concepts.slice(0, NEIGHBOURS),
    count: NEIGHBOURS,
    seed: 0,
    size: SEEN_SIZE,
  });
  const shown = Array.from({ length: NEIGHBOURS }, (_, i) => neighbours.render(i).image);
  const features: Float32Array[] = [];
  const encoders: PlaygroundAbout['encoders'] = [];
  for (const name of ENCODERS) {
    const { teacher, student, model, config } = readEncoder(projectPath('data', 'models', `encoder-${name}`));
    const backbone = { params: teacher ?? student, config: model };
    const normalisation = normalisations[config.normalisation];
    const imageSize: [number, number] = [SEEN_SIZE, SEEN_SIZE];
    const file = `encoder-${name}.onnx`;
    exportEncoder(path.join(models, file), backbone, { imageSize, normalisation, stored: 'float16' });
    rewriteForWebGpu(path.join(models, file));
    features.push(await encode(backbone.params, model, shown, { imageSize, normalisation }));
    encoders.push({
      name: METHODS[name].name,
      file,
      normalisation: config.normalisation,
      width: model.width,
      patch: model.patch,
    });
  }
  writeWhole(
    path.join(models, 'features.bin'),
    features.map((rows) => new Uint8Array(rows.buffer)),
  );
  await writeSheet(path.join(out, 'images', 'scenes.webp'), shown, side);
  for (const name of SETS) {
    const scenes = await realScenes({
      split: 'train',
      concepts: concepts.filter((one) => one.name === name),
      count: 4,
      seed: 0,
      size: SEEN_SIZE,
    });
    await writeSheet(
      path.join(out, 'images', `set-${name}.webp`),
      [0, 1, 2, 3].map((i) => scenes.render(i).image),
      SEEN_SIZE,
    );
  }
  const captions = rng(0, 'playground')
    .sample(promptCaptions('laptop'), 24)
    .map(({ text }) => text);
  const about: PlaygroundAbout = {
    encoders,
    sets: SETS,
    neighbours: [...neighbours.labels].map((label) => neighbours.classes[label]),
    thumb: side,
    captions,
  };
  writeJson(path.join(models, 'about.json'), about);
  const require = createRequire(import.meta.url);
  const runtime = path.dirname(require.resolve('onnxruntime-web'));
  for (const [from, to] of [
    ['ort.wasm.bundle.min.mjs', 'ort.js'],
    ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.wasm'],
    // With WebGPU: loaded in the place of the other two where there is a GPU.
    ['ort.jspi.bundle.min.mjs', 'ort-jspi.js'],
    ['ort-wasm-simd-threaded.jspi.wasm', 'ort-wasm-simd-threaded.jspi.wasm'],
  ]) {
    cpSync(path.join(runtime, from), path.join(out, 'assets', to));
  }
  await writeBundle('playground', out, bundled.module);
}

function writeJudge(folder: string): void {
  const { concepts, net } = readJson<JudgeFolder>(path.join(JUDGE_FOLDER, 'judge.json'));
  const { weights } = readExported(path.join(JUDGE_FOLDER, 'model.onnx'));
  const count = new Set(Object.keys(weights).map((name) => name.split('.')[0])).size;
  const members = Array.from({ length: count }, (_, i) => withoutPrefix(weights, `${i}.`));
  exportJudge(folder, { net, members, concepts, stored: 'int8' });
}

/** Pictures side by side in one file, without loss. */
async function writeSheet(file: string, images: readonly Uint8Array[], side: number): Promise<void> {
  const size = Math.sqrt(images[0].length / 3);
  const small = await Promise.all(
    images.map((image) =>
      sharp(image, { raw: { width: size, height: size, channels: 3 } })
        .resize(side)
        .png()
        .toBuffer(),
    ),
  );
  const sheet = sharp({ create: { width: side * images.length, height: side, channels: 3, background: '#fff' } });
  const placed = sheet.composite(small.map((input, i) => ({ input, left: i * side, top: 0 })));
  writeWhole(file, await placed.webp({ lossless: true }).toBuffer());
}
