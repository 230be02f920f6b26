import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { worldConcepts } from '../../../lib/data/concepts.js';
import { shrink } from '../../../lib/data/mipmap.js';
import type { Sprite } from '../../../lib/data/sprites.js';
import { compile } from '../../../lib/engine/compile.js';
import type { tf } from '../../../lib/engine/tf.js';
import { InputError } from '../../../lib/errors.js';
import { disturb } from '../../../lib/evaluate/judge/disturb.js';
import { examineJudge } from '../../../lib/evaluate/judge/examineJudge.js';
import { exportJudge } from '../../../lib/evaluate/judge/exportJudge.js';
import { type JudgeConfig, judgeConfig, judgeRate } from '../../../lib/evaluate/judge/judgeConfig.js';
import { JUDGE_FAMILIES, withJudgeIcons } from '../../../lib/evaluate/judge/judgeDrawings.js';
import { initJudgeNet, judgeNet } from '../../../lib/evaluate/judge/judgeNet.js';
import { type JudgePictures, judgePictures } from '../../../lib/evaluate/judge/judgePictures.js';
import { SPOILS, type Spoil, UNSEEN_SPOILS } from '../../../lib/evaluate/judge/nonePictures.js';
import { openJudge } from '../../../lib/evaluate/judge/openJudge.js';
import { trainJudge } from '../../../lib/evaluate/judge/trainJudge.js';
import { rng } from '../../../lib/random/rng.js';
import { readJson } from '../../../lib/runs/files.js';
import { type HostTensors, hostTensor } from '../../../lib/runs/hostTensor.js';

let folder: string;
let pictures: JudgePictures;
const world = worldConcepts({ count: 8 });

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'judge-'));
  pictures = await judgePictures({ count: 4, size: 16, all: world });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Small enough to train in seconds. */
const tiny = (config: Partial<JudgeConfig> = {}): JudgeConfig => ({
  ...judgeConfig({
    concepts: 4,
    widths: [8, 12],
    blocks: [0, 1],
    batch: 6,
    phases: [
      { size: 8, steps: 3 },
      { size: 16, steps: 3 },
    ],
  }),
  ...config,
});
const training = (out: string) => ({
  out: path.join(folder, out),
  pictures: (size: number) => judgePictures({ count: 4, size, all: world }),
});

describe('judgeNet', () => {
  const golden = readJson<{ images: number[]; outputs: Record<'features' | 'concepts' | 'backgrounds', number[]> }>(
    path.join(import.meta.dirname, 'golden', 'judgeNet.json'),
  );
  const { net } = tiny();
  /** Every parameter a wave of its own, as in golden/golden.py. */
  const waves = (): HostTensors => {
    const names = Object.keys(initJudgeNet(rng(0), net)).sort();
    return Object.fromEntries(
      Object.entries(initJudgeNet(rng(0), net)).map(([name, { shape, data }]) => {
        const at = names.indexOf(name);
        return [
          name,
          hostTensor(
            Float32Array.from(data, (_, i) => 0.3 * Math.sin(1.7 * i + at)),
            shape,
          ),
        ];
      }),
    );
  };

  it("equals PyTorch's convolutions and norms", async () => {
    const shape = [2, 16, 16, 3];
    const step = await compile(
      (p, { images }) => ({ state: {}, outputs: { ...judgeNet(p, images as tf.Tensor4D, net) } }),
      { constants: waves(), inputs: { images: { shape } } },
    );
    const found = await step.run({ images: hostTensor(Float32Array.from(golden.images), shape) });
    await step.release();
    for (const [name, expected] of Object.entries(golden.outputs)) {
      for (const [i, value] of expected.entries()) expect(found[name].data[i], `${name} ${i}`).toBeCloseTo(value, 4);
    }
  });

  it('gives the same answers from a file, for a picture and its mirror image', async () => {
    const out = path.join(folder, 'exported');
    const concepts = world.slice(0, 4).map(({ name }) => name);
    exportJudge(out, { net, members: [waves()], concepts, stored: 'float32' });
    const judge = await openJudge(out, { batch: 2 });
    const images = [0, 1, 2].map((i) => pictures.real(rng(1, i), i).image);
    const all = await judge.judge(images);
    const [alone] = [await judge.judge([images[2]])];
    const mirrored = Uint8Array.from(images[2], (_, i) => {
      const [x, c] = [Math.floor(i / 3) % 16, i % 3];
      return images[2][i - 3 * x - c + 3 * (15 - x) + c];
    });
    const other = await judge.judge([mirrored]);
    await judge.release();
    expect(all.count).toBe(3);
    const sums = (row: number) => all.concepts.slice(5 * row, 5 * row + 5).reduce((sum, p) => sum + p, 0);
    for (const row of [0, 1, 2]) expect(sums(row)).toBeCloseTo(1, 5);
    alone.features.forEach((value, i) => {
      expect(all.features[2 * judge.width + i]).toBeCloseTo(value, 5);
      expect(other.features[i]).toBeCloseTo(value, 5);
    });
  });

  it('refuses a folder without a judge, and pictures of another size', async () => {
    await expect(openJudge(path.join(folder, 'nothing'))).rejects.toThrow(/no model.onnx/);
    const judge = await openJudge(path.join(folder, 'exported'));
    await expect(judge.judge([new Uint8Array(5)])).rejects.toThrow(InputError);
    await judge.release();
  });
});

describe('trainJudge', () => {
  it('goes on where it was stopped, with the same bits, over a change of size', async () => {
    const whole = await trainJudge(tiny(), training('whole'));
    for (const steps of [2, 4]) {
      // Stopped after so many steps, by the clock of a picture source that aborts.
      const stop = new AbortController();
      let drawn = 0;
      const counting = async (size: number) => {
        const own = await judgePictures({ count: 4, size, all: world });
        return {
          train: (stream: Parameters<JudgePictures['train']>[0]) => {
            if (++drawn === 12) stop.abort();
            return own.train(stream);
          },
        };
      };
      const part = await trainJudge(tiny(), { ...training('parts'), pictures: counting, signal: stop.signal });
      expect(part.step).toBe(steps);
    }
    const resumed = await trainJudge(tiny(), training('parts'));
    expect([whole.step, resumed.step]).toEqual([6, 6]);
    expect(resumed.weights).toEqual(whole.weights);
    const lines = readFileSync(path.join(folder, 'parts', 'loss.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).step)).toEqual([3, 6]);
  });

  it('refuses to go on with other settings', async () => {
    await expect(trainJudge(tiny({ smoothing: 0.2 }), training('whole'))).rejects.toThrow(/settings/);
  });

  it('warms up, stays, and falls to almost nothing', () => {
    const config = judgeConfig({ phases: [{ size: 64, steps: 1000 }] });
    const rates = [0, 99, 500, 999].map((step) => judgeRate(step, config) / config.peakLearningRate);
    expect(rates).toEqual([0.01, 1, 1, expect.closeTo(1 / 350, 10)]);
  });
});

describe('judgePictures', () => {
  it('keeps two backgrounds of a concept for the test', () => {
    const seen = new Map<number, Set<number>>();
    const note = (part: Map<number, Set<number>>, { concept, background }: { concept: number; background: number }) =>
      part.set(concept, (part.get(concept) ?? new Set()).add(background));
    const asked = new Map<number, Set<number>>();
    for (let i = 0; i < 600; i++) note(seen, pictures.train(rng(2, i)));
    for (let i = 0; i < 200; i++) note(asked, pictures.real(rng(3, i), i % 4));
    for (let concept = 0; concept < 4; concept++) {
      expect(asked.get(concept)?.size).toBe(2);
      for (const background of asked.get(concept) ?? []) expect(seen.get(concept)?.has(background)).toBe(false);
    }
    expect(seen.get(4)?.size).toBe(12); // none of these, anywhere
  });

  it('draws only families that no generator sees', () => {
    expect(JUDGE_FAMILIES).toEqual(['fluent-emoji-flat', 'noto-v1', 'openmoji', 'fxemoji', 'streamline-emojis']);
    const drawn = withJudgeIcons(worldConcepts({ count: 200 })).flatMap(({ icons }) =>
      JUDGE_FAMILIES.filter((family) => icons[family]),
    );
    expect(drawn.length).toBeGreaterThan(850);
  });

  it('is examined on every kind of none', async () => {
    const judge = await openJudge(path.join(folder, 'exported'));
    const exam = await examineJudge(judge, pictures, { count: 8, noneCount: 2 });
    await judge.release();
    expect(Object.keys(exam.none.seen)).toEqual(['empty', 'other', ...Object.keys(SPOILS)]);
    expect(Object.keys(exam.none.unseen)).toEqual(['other', ...Object.keys(UNSEEN_SPOILS)]);
    expect([exam.real.concept.of, exam.generator.concept.of]).toEqual([8, 8]);
  });
});

describe('spoilt drawings', () => {
  /** A picture of one opaque colour in its middle. */
  const square = (colour: readonly number[], size = 24): Sprite => {
    const isInside = (n: number) => n >= size / 4 && n < (3 * size) / 4;
    const data = new Uint8Array(size * size * 4);
    for (let i = 0; i < size * size; i++) {
      if (isInside(i % size) && isInside(Math.floor(i / size))) data.set([...colour, 255], 4 * i);
    }
    return { size, data };
  };
  const [red, blue] = [square([200, 0, 0]), square([0, 0, 200])];
  const meanOf = (sprite: Sprite) => [...shrink(sprite, 1).data];

  it.each(['blurred', 'mosaic', 'shuffled'] as const)('%s keeps the mean colour', (kind) => {
    for (let seed = 0; seed < 10; seed++) {
      meanOf(SPOILS[kind](red, blue, rng(seed))).forEach((value, c) => {
        expect(Math.abs(value - meanOf(red)[c])).toBeLessThan(kind === 'blurred' ? 20 : 6);
      });
    }
  });

  it('halves and blend are half of each', () => {
    const mean = meanOf(red).map((value, c) => (value + meanOf(blue)[c]) / 2);
    for (const kind of ['halves', 'blend'] as const) {
      const found = meanOf((SPOILS[kind] as Spoil)(red, blue, rng(0)));
      for (const [c, value] of found.entries()) expect(Math.abs(value - mean[c])).toBeLessThanOrEqual(1);
    }
  });

  it.each(Object.entries({ ...SPOILS, ...UNSEEN_SPOILS }))(
    '%s is a premultiplied picture of the same size',
    (_, spoil) => {
      const { size, data } = (spoil as Spoil)(red, blue, rng(4));
      expect(size).toBe(24);
      expect(data.length).toBe(24 * 24 * 4);
      for (let i = 0; i < data.length; i += 4) {
        for (let c = 0; c < 3; c++) expect(data[i + c]).toBeLessThanOrEqual(data[i + 3] + 1);
      }
    },
  );
});

describe('disturb', () => {
  it('is a function of its stream, stays in range and leaves its input alone', () => {
    fc.assert(
      fc.property(fc.nat(10_000), (seed) => {
        const { image, mask } = pictures.train(rng(seed, 'picture'));
        const before = image.slice();
        const once = disturb(rng(seed, 'disturb'), image, mask);
        expect(disturb(rng(seed, 'disturb'), image, mask)).toEqual(once);
        expect(image).toEqual(before);
        expect(once.length).toBe(image.length);
        expect(once.every((value) => value >= 0 && value <= 255)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
