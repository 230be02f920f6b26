// Do ViT-B/16 and L/14 at full depth give timm's features, from a checkpoint that torch.save wrote? And does the ONNX file
// give the same in Node and in Python?
//   node bench/encoders/run.mjs [B16,L14]      after npm run build; minutes and 10 GB of disk for L14
// Largest absolute differences of the features of two images; timm computes in float32 as well.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, hostTensor, onnxRuntime, openSession } from '../../lib/dist/engine/index.js';
import { readSafetensors } from '../../lib/dist/runs/index.js';
import { exportEncoder, readBackbone, vit, vitParameterCount } from '../../lib/dist/synclr/index.js';
import { peerEnv, python } from '../engines.mjs';

const script = fileURLToPath(new URL('./theirs.py', import.meta.url));
const theirs = (...args) =>
  execFileSync(python, [script, ...args], { env: { ...process.env, ...peerEnv() } }).toString();

function furthest(found, expected) {
  if (found.data.length !== expected.data.length) throw new Error('features of another shape');
  return found.data.reduce((most, x, i) => Math.max(most, Math.abs(x - expected.data[i])), 0).toExponential(1);
}

async function timed(what, work) {
  const before = performance.now();
  const result = await work();
  console.log(`  ${what}: ${((performance.now() - before) / 1000).toFixed(1)} s`);
  return result;
}

/** Our forward pass, compiled. */
async function features({ params, config }, images) {
  const step = await compile(
    (p, inputs) => {
      const { cls, patches } = vit(p, inputs.images, { config });
      return { state: {}, outputs: { cls, patches } };
    },
    { constants: params, inputs: { images: { shape: images.shape } } },
  );
  const result = await step.run({ images });
  await step.release();
  return result;
}

/** [B, H, W, 3] → [B, 3, H, W] */
function channelsFirst({ data, shape: [batch, height, width] }) {
  const size = height * width;
  const out = new Float32Array(data.length);
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < size; i++)
      for (let c = 0; c < 3; c++) out[(b * 3 + c) * size + i] = data[(b * size + i) * 3 + c];
  return hostTensor(out, [batch, 3, height, width]);
}

async function inNode(file, images) {
  const { Tensor } = await onnxRuntime();
  const session = await openSession(file, { providers: ['cpu'] });
  const { data, shape } = channelsFirst(images);
  const { cls, patches } = await session.run({ images: new Tensor('float32', data, shape) });
  await session.release();
  return { cls, patches };
}

async function compare(name) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'synclr-encoders-'));
  console.log(name);
  try {
    await timed('timm', () => theirs('checkpoint', name, folder));
    const { images, ...expected } = readSafetensors(path.join(folder, 'theirs.safetensors')).tensors;
    let backbone = await timed('readBackbone', () =>
      readBackbone(path.join(folder, 'checkpoint.pth'), { heads: expected.cls.shape[1] / 64 }),
    );
    console.log(`  ${vitParameterCount(backbone.config)} parameters, prefix ${backbone.prefix}`);
    const file = path.join(folder, 'encoder.onnx');
    await timed('exportEncoder', () => exportEncoder(file, backbone));
    const ours = await timed('vit', () => features(backbone, images));
    backbone = undefined;
    console.log(`  encoder.onnx: ${(statSync(file).size / 1e6).toFixed(0)} MB`);
    const node = await timed('ONNX file in Node', () => inNode(file, images));
    const version = await timed('ONNX file in Python', () => theirs('onnx', folder));
    const other = readSafetensors(path.join(folder, 'python.safetensors')).tensors;
    const first = { data: node.cls.data.slice(0, node.cls.dims[1]) };
    console.log(
      `  vit − timm: cls ${furthest(ours.cls, expected.cls)}, patches ${furthest(ours.patches, expected.patches)}`,
    );
    console.log(
      `  Node's file − vit: cls ${furthest(node.cls, ours.cls)}, patches ${furthest(node.patches, ours.patches)}`,
    );
    console.log(
      `  Python's file (onnxruntime ${version.trim()}) − Node's: cls ${furthest(other.cls, node.cls)}, ` +
        `patches ${furthest(other.patches, node.patches)}, one image alone ${furthest(other.one, first)}`,
    );
    console.log(`  peak memory: ${(process.resourceUsage().maxRSS / 1e6).toFixed(1)} GB`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const name of (process.argv[2] ?? 'B16,L14').split(',')) await compare(name);
