import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readExported } from '../../lib/engine/readOnnx.js';
import { onnxRuntime, openSession } from '../../lib/engine/session.js';
import { tf } from '../../lib/engine/tf.js';
import { type HostTensor, hostTensor } from '../../lib/runs/hostTensor.js';
import { readSafetensors } from '../../lib/runs/safetensors.js';
import { type VitConfig, vit } from '../../lib/synclr/vit.js';
import { exportEncoder } from '../../lib/synclr/weights/exportEncoder.js';
import { torchShapes } from '../../lib/synclr/weights/layout.js';
import { mapBackbone } from '../../lib/synclr/weights/mapBackbone.js';
import { countedImages, countedWeights } from './counter.js';

const config: VitConfig = { image: 56, patch: 14, width: 128, depth: 2, heads: 2, mlpRatio: 4, dropPath: 0 };
const scales = Object.fromEntries([0, 1].flatMap((i) => [1, 2].map((n) => [`blocks.${i}.ls${n}.gamma`, [128]])));
const weights = countedWeights({ ...torchShapes(config), ...scales });
const shapes = new Map(Object.entries(weights).map(([name, t]) => [name, t.shape]));
const backbone = mapBackbone({ where: 'counted', shapes, read: (name) => weights[name] }, { heads: 2 });
const file = path.join(mkdtempSync(path.join(tmpdir(), 'encoder-')), 'encoder.onnx');

/** Runs the file on images [B, H, W, 3]. */
async function run({ data, shape }: HostTensor): Promise<{ cls: HostTensor; patches: HostTensor }> {
  const { Tensor } = await onnxRuntime();
  const session = await openSession(readFileSync(file), { providers: ['cpu'] });
  const channelsFirst = tf.transpose(tf.tensor4d(data, [...shape] as [number, number, number, number]), [0, 3, 1, 2]);
  const images = new Tensor('float32', (await channelsFirst.data()) as Float32Array, channelsFirst.shape);
  const { cls, patches } = await session.run({ images });
  return { cls: wrap(cls), patches: wrap(patches) };
}
const wrap = (t: { data: unknown; dims: readonly number[] }) => hostTensor(t.data as Float32Array, t.dims);

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, within: number) {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(Math.abs(found[i] - expected[i])).toBeLessThan(within);
}

const ours = (images: HostTensor) =>
  vit(
    Object.fromEntries(Object.entries(backbone.params).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape])])),
    tf.tensor4d(images.data, [...images.shape] as [number, number, number, number]),
    { config },
  );

describe('the encoder as one ONNX file', () => {
  it("gives timm's features", async () => {
    const golden = readSafetensors('test/synclr/golden/vit.safetensors').tensors;
    exportEncoder(file, backbone);
    const { cls, patches } = await run(countedImages(1, 56, 56));
    expectClose(cls.data, golden['scaled.cls'].data, 1e-5);
    expectClose(patches.data.slice(0, 4 * 128), golden['scaled.patches'].data, 1e-5);
  });

  it.each([1, 2, 5])('takes %i images, and gives what vit gives', async (count) => {
    exportEncoder(file, backbone);
    const images = countedImages(count, 56, 56);
    const found = await run(images);
    const expected = ours(images);
    expect([found.cls.shape, found.patches.shape]).toEqual([expected.cls.shape, expected.patches.shape]);
    expectClose(found.cls.data, expected.cls.dataSync(), 1e-5);
    expectClose(found.patches.data, expected.patches.dataSync(), 1e-5);
  });

  it('takes another size, also an oblong one, with resized positions', async () => {
    exportEncoder(file, backbone, { imageSize: [28, 84] });
    const images = countedImages(2, 28, 84);
    expectClose((await run(images)).cls.data, ours(images).cls.dataSync(), 1e-5);
    expect(() => exportEncoder(file, backbone, { imageSize: [30, 84] })).toThrow(/multiple of the patch, 14/);
  });

  it('says how images are normalised, and halves on request', async () => {
    exportEncoder(file, backbone);
    const whole = readFileSync(file);
    for (const said of ['[0.48145466,0.4578275,0.40821073]', '"patch":14', 'batch']) {
      expect(whole.includes(said), said).toBe(true);
    }
    exportEncoder(file, backbone, { stored: 'float16' });
    expect(readFileSync(file).length).toBeLessThan(0.55 * whole.length);
    const images = countedImages(1, 56, 56);
    expectClose((await run(images)).cls.data, ours(images).cls.dataSync(), 1e-2);
  });

  it('stores matrices in 8 bits on request, each column to a 254th of its range, and reads them again', async () => {
    exportEncoder(file, backbone);
    const whole = readFileSync(file).length;
    exportEncoder(file, backbone, { stored: 'int8' });
    expect(readFileSync(file).length).toBeLessThan(0.35 * whole);
    const images = countedImages(1, 56, 56);
    const expected = ours(images).cls.dataSync();
    expectClose((await run(images)).cls.data, expected, 0.1 * Math.max(...expected));
    const { weights: read } = readExported(file);
    const [name, matrix] = Object.entries(backbone.params).find(([, { shape }]) => shape.length === 2)!;
    const columns = matrix.shape[1];
    for (let column = 0; column < columns; column++) {
      const rows = Array.from({ length: matrix.shape[0] }, (_, i) => i * columns + column);
      const most = Math.max(...rows.map((at) => Math.abs(matrix.data[at])));
      for (const at of rows) expect(Math.abs(read[name].data[at] - matrix.data[at])).toBeLessThan(most / 253);
    }
  });
});
