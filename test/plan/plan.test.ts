import { describe, expect, it, vi } from 'vitest';
import { planCommand } from '../../lib/cli/plan.js';
import { ASSUMPTIONS, secondsOfCaption, secondsOfPicture } from '../../lib/plan/assumptions.js';
import { bytesOfCheckpoint, bytesOfTraining, parametersOf } from '../../lib/plan/encoderMemory.js';
import { GPUS } from '../../lib/plan/gpus.js';
import { meanWithPreemptions, simulateShards } from '../../lib/plan/simulateShards.js';
import { fitsOn, planCaptions, planEncoder, planImages } from '../../lib/plan/stages.js';
import { rng } from '../../lib/random/rng.js';
import { laptopStableRep, laptopSynclr, paperSynclr } from '../../lib/synclr/config.js';
import { initTraining } from '../../lib/synclr/objectives.js';
import { stepOperations } from '../../lib/synclr/operations.js';
import { vitConfigs } from '../../lib/synclr/vit.js';

const options = {
  gpu: GPUS.a100,
  gpus: 10,
  encoder: paperSynclr,
  captions: 1000,
  imagesPerCaption: 4,
  side: 512,
  shardCaptions: 10,
  promptTokens: 128,
  captionTokens: 128,
  slow: { share: 0, factor: 1 },
  preemptedEvery: Number.POSITIVE_INFINITY,
  restart: 0,
  checkpointEvery: 500,
  gpusOfNode: 8,
  seed: 0,
};

describe('constants', () => {
  it('give back what was published of an A100', () => {
    const tokens = (promptTokens: number) => 128 / secondsOfCaption(GPUS.a100, { promptTokens, captionTokens: 128 });
    expect(tokens(128)).toBeCloseTo(5586, 6);
    expect(tokens(2048)).toBeCloseTo(591, 6);
    expect(secondsOfPicture(GPUS.a100)).toBe(0.8);
  });

  it('are within a tenth of what was published of a V100, which they were not made of', () => {
    expect(secondsOfPicture(GPUS.v100) / 2.2).toBeGreaterThan(0.9);
    expect(secondsOfPicture(GPUS.v100) / 2.2).toBeLessThan(1.1);
  });

  it('the share of its operations that a ViT reaches is that of the paper', () => {
    // ViT-S/16: 12 blocks of 197 tokens; 90 epochs of 1 281 167 pictures in 7 hours on four chips of 123 TFLOP/s.
    const { width, depth } = vitConfigs['S/16'];
    const forward = depth * (197 * 24 * width ** 2 + 4 * 197 ** 2 * width) + 196 * 2 * 768 * width;
    expect((3 * forward * 1_281_167 * 90) / (7 * 3600 * 4 * 123e12)).toBeCloseTo(ASSUMPTIONS.utilisation.value, 2);
  });
});

describe('operations of a step', () => {
  it('StableRep, one block of width 2 by hand', () => {
    const config = {
      ...laptopStableRep,
      model: { ...vitConfigs.toy, image: 2, patch: 1, width: 2, depth: 1, heads: 1, mlpRatio: 4 },
      head: { ...laptopStableRep.head, hidden: 3, output: 5 },
      captions: 7,
      imagesPerCaption: 2,
      optimiser: 'adamw' as const,
    };
    const patches = 4 * 2 * 3 * 2;
    // Of 5 tokens keys and values; of the class token query, projection and MLP, its scores and weighted sum.
    const block = 5 * 2 * 2 * 2 * 2 + (1 + 1 + 4 + 4) * 2 * 2 * 2 + 2 * 2 * 5 * 2;
    const head = 2 * (2 * 3 + 3 * 3 + 3 * 5);
    expect(stepOperations(config)).toBe(3 * (14 * (patches + block + head) + 14 * 14 * 2 * 5));
    // Muon orthogonalises four squares [2, 2] and two of [2, 8] in five iterations: x·xᵀ, its square, and that times x.
    const square = 3 * 2 * 2 * 2 * 2;
    const oblong = 2 * 2 * 8 * 2 + 2 * 2 * 2 * 2 + 2 * 2 * 2 * 8;
    const muon = stepOperations({ ...config, optimiser: 'muon' }) - stepOperations(config);
    expect(muon).toBe(5 * (4 * square + 2 * oblong));
  });

  it('grow with the batch, faster where pairs are compared', () => {
    const once = stepOperations({ ...laptopSynclr, optimiser: 'adamw' });
    const twice = stepOperations({ ...laptopSynclr, optimiser: 'adamw', captions: 2 * laptopSynclr.captions });
    expect(twice).toBeGreaterThan(2 * once);
    expect(twice).toBeLessThan(2.1 * once);
  });
});

describe('memory', () => {
  it.each([laptopSynclr, laptopStableRep])('counts the parameters that training has: $objective', (config) => {
    const state = Object.entries(initTraining(rng(0), config));
    const count = (prefix: string) =>
      state.filter(([name]) => name.startsWith(prefix)).reduce((sum, [, { data }]) => sum + data.length, 0);
    expect(parametersOf(config)).toEqual({ student: count('student.'), teacher: count('teacher.') });
  });

  it('a checkpoint of the paper’s encoder holds student, moments and teacher', () => {
    const { student, teacher } = parametersOf(paperSynclr);
    expect(bytesOfCheckpoint(paperSynclr)).toBe(4 * (3 * student + teacher));
    expect(student - teacher).toBe(256 * 4096 + 4096 * 256 + 2 * 4096 + 768);
  });

  it('is less on more devices, and says where a batch fits', () => {
    const sizes = [1, 2, 64, 512].map((devices) => bytesOfTraining(paperSynclr, devices));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    const { leastGpus } = planEncoder({ ...options, gpu: GPUS.h100 });
    expect(fitsOn(paperSynclr, GPUS.h100, leastGpus!)).toBe(true);
    expect(fitsOn(paperSynclr, GPUS.h100, leastGpus! / 2)).toBe(false);
    expect(fitsOn(paperSynclr, GPUS.h100, leastGpus! + 1)).toBe(false);
  });
});

describe('stages', () => {
  it('captions and images by hand', () => {
    const captions = planCaptions(options);
    expect(captions.perSecond).toBeCloseTo((10 * 5586) / 128, 6);
    expect(captions.stored).toBe(50_000);
    const images = planImages(options);
    expect(images.perSecond).toBeCloseTo(12.5, 9);
    expect(images.seconds).toBeCloseTo(320, 9);
    expect(images.stored).toBeCloseTo(4000 * 512 * 512 * 1.31, 3);
    // 100 shards of 40 pictures of 0.8 s, ten to each GPU.
    expect(images.played.one.seconds).toBeCloseTo(320, 9);
    // 80 parts of one or two shards on ten GPUs.
    expect(images.played.eight.seconds).toBeCloseTo(320, 9);
  });

  it('the encoder by its operations', () => {
    const { stepSeconds, seconds, perSecond, withPreemptions } = planEncoder(options);
    expect(stepSeconds).toBeCloseTo(stepOperations(paperSynclr) / (10 * 312e12 * 0.26), 9);
    expect(seconds).toBeCloseTo(500_000 * stepSeconds, 3);
    expect(perSecond * stepSeconds).toBeCloseTo(32_768, 6);
    expect(withPreemptions).toBeCloseTo(seconds, 3);
    expect(planEncoder({ ...options, preemptedEvery: 86_400, restart: 600 }).withPreemptions).toBeGreaterThan(seconds);
  });
});

describe('stragglers and preemptions', () => {
  it.each(Array.from({ length: 40 }, (_, i) => i))('with none it is the closed form, %i', (number) => {
    const luck = rng(number, 'sizes');
    const [workers, shards, shardSeconds] = [1 + luck.int(60), luck.int(5000), 1 + 99 * luck.uniform()];
    const { seconds, preemptions } = simulateShards({ shards, parts: workers, workers, shardSeconds });
    expect(seconds).toBeCloseTo(Math.ceil(shards / workers) * shardSeconds, 6);
    expect(preemptions).toBe(0);
    // Slow workers alone: the longest of their own parts.
    const slow = { share: 0.3, factor: 3 };
    const pace = (i: number) => shardSeconds * (rng(number, 'worker', i).bernoulli(slow.share) ? slow.factor : 1);
    const longest = Math.max(
      ...Array.from({ length: workers }, (_, i) => Math.max(0, Math.ceil((shards - i) / workers)) * pace(i)),
    );
    const slowed = simulateShards({ shards, parts: workers, workers, shardSeconds, slow, seed: number });
    expect(slowed.seconds).toBeCloseTo(longest, 6);
  });

  it('with preemptions its mean is that of work which is begun again', () => {
    const one = { shards: 40_000, parts: 1, workers: 1, shardSeconds: 30 };
    const [every, restart] = [100, 20];
    const { seconds, preemptions, lost } = simulateShards({ ...one, preemptedEvery: every, restart });
    expect(Math.abs(seconds / one.shards / meanWithPreemptions(30, { every, restart }) - 1)).toBeLessThan(0.01);
    // All time is work, lost work or waiting.
    expect(seconds).toBeCloseTo(one.shards * 30 + lost + preemptions * restart, 3);
  });

  it('600 million pictures: the same luck twice, and more parts than GPUs help', () => {
    const stage = { shards: 2_343_750, workers: 64, shardSeconds: 64, slow: { share: 0.05, factor: 1.5 } };
    const troubles = { preemptedEvery: 86_400, restart: 600, seed: 3 };
    const one = simulateShards({ ...stage, ...troubles, parts: 64 });
    expect(simulateShards({ ...stage, ...troubles, parts: 64 })).toEqual(one);
    expect(simulateShards({ ...stage, ...troubles, parts: 512 }).seconds).toBeLessThan(one.seconds);
    expect(one.seconds).toBeGreaterThan((stage.shards * stage.shardSeconds) / 64);
  });

  it('a shard that no worker ever ends is told', () => {
    expect(() => simulateShards({ shards: 1, parts: 1, workers: 1, shardSeconds: 1000, preemptedEvery: 60 })).toThrow(
      /a shard of 1000 s[\s\S]*--shard-captions/,
    );
  });
});

describe('synclr plan', () => {
  const run = async (...args: string[]) => {
    const said: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    const command = planCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    await command.parseAsync(args, { from: 'user' }).finally(() => spy.mockRestore());
    return said.join('');
  };

  it('says all three stages and every assumption', async () => {
    const text = await run('--tier', 'paper', '--gpus', '64', '--gpu', 'h100');
    expect(text).toMatch(
      /64 × h100\nCaptions: 150 000 000 captions[\s\S]*\nImages: 600 000 000 images, 254 a second, 27\.4 days/,
    );
    expect(text).toMatch(/\nEncoder \(synclr, 500 000 steps of 32 768 images\)/);
    for (const { means, where } of Object.values(ASSUMPTIONS)) expect(text).toContain(`${means} (${where})`);
  });

  it.each([
    ['--gpus', '0', /--gpus[\s\S]*from 1/],
    ['--gpu', 'abacus', /v100, a100, h100, h200/],
    ['--slow-share', '2', /--slow-share[\s\S]*from 0 to 1/],
    ['--preempted-every', '0.001', /a preemption every 4 s/],
  ])('%s %s is refused in words', async (option, value, message) => {
    await expect(run(option, value)).rejects.toThrow(message);
  });
});
