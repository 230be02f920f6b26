import { describe, expect, it } from 'vitest';
import { compile } from '../../../lib/engine/compile.js';
import type { Device } from '../../../lib/engine/device.js';
import type { NamedTensors } from '../../../lib/engine/step.js';
import { tf } from '../../../lib/engine/tf.js';
import { valueAndGrads } from '../../../lib/nn/gradients.js';
import { linear } from '../../../lib/nn/layers.js';
import { withoutPrefix, withPrefix } from '../../../lib/nn/names.js';
import {
  adamwCorrections,
  adamwUpdate,
  decaysInFineTuning,
  decaysMatrices,
  emaUpdate,
  initAdamw,
  layerDecay,
} from '../../../lib/nn/optim/index.js';
import { type HostTensors, scalar } from '../../../lib/runs/hostTensor.js';
import { readSafetensors } from '../../../lib/runs/safetensors.js';
import { learningRateAt, teacherMomentumAt, weightDecayAt } from '../../../lib/synclr/schedules.js';
import { distance, wave } from '../../synclr/wave.js';

const golden = readSafetensors('test/nn/optim/golden/adamw.safetensors');
const losses: Record<string, number[]> = JSON.parse(golden.metadata.losses);
const [steps, depth] = [50, 2];
const betas = [0.9, 0.98] as const;

/** The parameters of golden/make.py: the t-th in name order is a wave of phase t. */
function parameters(): HostTensors {
  const names = Object.keys(withoutPrefix(golden.tensors, 'plain/student/')).sort();
  return Object.fromEntries(
    names.map((name, t) => [name, wave(golden.tensors[`plain/student/${name}`].shape, t, 0.5)]),
  );
}

function forward(p: NamedTensors, x: tf.Tensor): tf.Tensor {
  const [first, patches] = tf.split(tf.reshape(p.pos_embed, [5, 8]), [1, 4]);
  let h = tf.add(tf.add(linear(p, 'patch_embed.proj', x), patches), tf.reshape(p.cls_token, [1, 8]));
  for (let i = 0; i < depth; i++) h = tf.add(h, tf.tanh(tf.add(linear(p, `blocks.${i}.mlp.fc1`, h), first)));
  return linear(p, 'head', tf.mul(h, p['norm.weight']));
}

async function train(device: Device, kind: string): Promise<{ losses: number[]; state: HostTensors }> {
  const groups =
    kind === 'plain'
      ? { decays: decaysMatrices }
      : { decays: decaysInFineTuning, lrScale: (name: string) => layerDecay(name, { depth, decay: 0.65 }) };
  const start = parameters();
  const step = await compile(
    (state, { x, y, momentum, ...rates }) => {
      const params = withoutPrefix(state, 'student.');
      const { loss, grads } = valueAndGrads(
        (p) => ({ loss: tf.mean(tf.square(tf.sub(forward(p, x), y))) as tf.Scalar }),
        params,
      );
      const schedules = rates as Record<'lr' | 'weightDecay' | 'correction1' | 'correction2', tf.Scalar>;
      const next = adamwUpdate({ params, grads, moments: state, betas, ...schedules, ...groups });
      const average = emaUpdate(withoutPrefix(state, 'teacher.'), next.params, momentum as tf.Scalar);
      const models = { ...withPrefix(next.params, 'student.'), ...withPrefix(average, 'teacher.') };
      return { state: { ...models, ...next.moments }, outputs: { loss } };
    },
    { state: { ...withPrefix(start, 'student.'), ...withPrefix(start, 'teacher.'), ...initAdamw(start) }, device },
  );
  const found: number[] = [];
  for (let t = 0; t < steps; t++) {
    const numbers = {
      ...adamwCorrections(t + 1, { betas }),
      lr: learningRateAt(t, { total: steps, warmup: 10, peak: 1e-2 }),
      weightDecay: weightDecayAt(t, { total: steps }),
      momentum: teacherMomentumAt(t, { total: steps, start: 0.9 }),
    };
    const { loss } = await step.run({
      x: wave([4, 6], 0.3 * t),
      y: wave([4, 3], 0.3 * t + 1),
      ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, scalar(value)])),
    });
    found.push(loss.data[0]);
  }
  const state = await step.state();
  await step.release();
  return { losses: found, state };
}

describe.each<Device>(['onnx', 'cpu'])('50 steps of AdamW with schedules and a moving average, on %s', (device) => {
  it.each(['plain', 'layers'])('equal those of torch.optim.AdamW: %s', async (kind) => {
    const found = await train(device, kind);
    losses[kind].forEach((wanted, t) => {
      expect(Math.abs(found.losses[t] - wanted) / wanted, `step ${t}`).toBeLessThan(1e-5);
    });
    for (const model of ['student', 'teacher'])
      for (const [name, tensor] of Object.entries(withoutPrefix(golden.tensors, `${kind}/${model}/`)))
        expect(distance(found.state[`${model}.${name}`], tensor), `${model} ${name}`).toBeLessThan(1e-5);
  });
});

describe('layerDecay', () => {
  const at = (name: string) => layerDecay(name, { depth: 12, decay: 0.65 });

  it('the specification’s numbers for ViT-B: 0.00369721 at the patches, 0.65 in the last block, 1 in the head', () => {
    for (const name of ['patch_embed.proj.weight', 'pos_embed', 'cls_token', 'backbone.mask_token'])
      expect(at(name)).toBeCloseTo(0.00369721, 8);
    expect(at('backbone.blocks.11.mlp.fc2.bias')).toBeCloseTo(0.65, 12);
    expect(at('blocks.0.norm1.weight')).toBeCloseTo(0.65 ** 12, 12);
    for (const name of ['norm.weight', 'head.weight', 'backbone.norm.bias']) expect(at(name)).toBe(1);
  });

  it('fine-tuning decays matrices, but neither positions nor the class token', () => {
    const decayed = Object.entries(parameters()).filter(([name, { shape }]) => decaysInFineTuning(name, shape));
    expect(decayed.map(([name]) => name)).toEqual([
      'blocks.0.mlp.fc1.weight',
      'blocks.1.mlp.fc1.weight',
      'head.weight',
      'patch_embed.proj.weight',
    ]);
    expect(decaysInFineTuning('backbone.pos_embed', [1, 5, 8])).toBe(false);
  });
});
