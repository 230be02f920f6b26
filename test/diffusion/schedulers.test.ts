import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guide } from '../../lib/diffusion/guidance.js';
import { ddim } from '../../lib/diffusion/schedulers/ddim.js';
import { flowMatchEuler } from '../../lib/diffusion/schedulers/flowMatchEuler.js';
import { openScheduler } from '../../lib/diffusion/schedulers/openScheduler.js';
import { rng } from '../../lib/random/rng.js';
import golden from './golden/schedulers.json' with { type: 'json' };

const STABLE_DIFFUSION = {
  _class_name: 'DDIMScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  clip_sample: false,
  set_alpha_to_one: false,
  steps_offset: 1,
};

/** ᾱ of Stable Diffusion's schedule, by the definition. */
function alphaBar(t: number): number {
  let product = 1;
  for (let s = 0; s <= t; s++) {
    const root = Math.sqrt(0.00085) + ((Math.sqrt(0.012) - Math.sqrt(0.00085)) * s) / 999;
    product *= 1 - root * root;
  }
  return product;
}

describe('ddim', () => {
  it('has the timesteps and the noise levels of Stable Diffusion 1.5', () => {
    const { timesteps } = ddim(STABLE_DIFFUSION).setTimesteps(50);
    expect(timesteps.slice(0, 3)).toEqual([981, 961, 941]);
    expect(timesteps.slice(-2)).toEqual([21, 1]);
    // Well-known ends of this schedule.
    expect(alphaBar(0)).toBeCloseTo(0.99915, 5);
    expect(alphaBar(999)).toBeCloseTo(0.00466, 5);
  });

  it('follows Eq. 12 of the paper, with and without noise', () => {
    for (const eta of [0, 0.7]) {
      const schedule = ddim(STABLE_DIFFUSION, { eta }).setTimesteps(50);
      const stream = rng(1, 'ddim');
      const [sample, output, z] = [stream.normals(5), stream.normals(5), stream.normals(5)];
      for (const index of [0, 20, 49]) {
        const next = schedule.step({ index, sample, output, noise: () => z });
        const t = schedule.timesteps[index];
        const [now, before] = [alphaBar(t), alphaBar(Math.max(0, t - 20))];
        const sigma = eta * Math.sqrt((1 - before) / (1 - now)) * Math.sqrt(1 - now / before);
        next.forEach((value, i) => {
          const image = (sample[i] - Math.sqrt(1 - now) * output[i]) / Math.sqrt(now);
          const expected = Math.sqrt(before) * image + Math.sqrt(1 - before - sigma * sigma) * output[i] + sigma * z[i];
          expect(value).toBeCloseTo(expected, 4);
        });
      }
    }
  });

  it('takes a point of mass to the image: a perfect denoiser ends at it from any noise', () => {
    const image = [0.3, -0.8, 0.1];
    for (const prediction_type of ['epsilon', 'sample', 'v_prediction'] as const) {
      const schedule = ddim({ ...STABLE_DIFFUSION, prediction_type, set_alpha_to_one: true }).setTimesteps(20);
      let x: Float32Array = rng(3, 'start').normals(3);
      schedule.timesteps.forEach((t, index) => {
        const [a, b] = [Math.sqrt(alphaBar(t)), Math.sqrt(1 - alphaBar(t))];
        const epsilon = x.map((value, i) => (value - a * image[i]) / b);
        const output = {
          epsilon,
          sample: Float32Array.from(image),
          v_prediction: epsilon.map((e, i) => a * e - b * image[i]),
        }[prediction_type];
        x = schedule.step({ index, sample: x, output });
      });
      x.forEach((value, i) => {
        expect(value).toBeCloseTo(image[i], 3);
      });
    }
  });

  it('is linear in sample, output and noise together, where nothing is clipped', () => {
    const real = fc.double({ min: -3, max: 3, noNaN: true });
    const three = fc.tuple(real, real, real);
    const setting = fc.record({
      prediction_type: fc.constantFrom('epsilon', 'sample', 'v_prediction'),
      timestep_spacing: fc.constantFrom('leading', 'trailing', 'linspace'),
    });
    fc.assert(
      fc.property(setting, fc.integer({ min: 1, max: 60 }), fc.nat(59), three, three, (given, steps, at, a, b) => {
        const schedule = ddim({ ...STABLE_DIFFUSION, ...given }, { eta: 0.5 }).setTimesteps(steps);
        const next = ([x, y, z]: readonly number[]) => {
          const [sample, output, noise] = [x, y, z].map((value) => Float32Array.from([value]));
          return schedule.step({ index: at % steps, sample, output, noise: () => noise })[0];
        };
        const [alone, together] = [next(a) + next(b), next(a.map((x, i) => x + b[i]))];
        expect(Math.abs(together - alone)).toBeLessThan(1e-4 * Math.max(1, Math.abs(next(a)), Math.abs(next(b))));
      }),
    );
  });

  it('asks for noise when η > 0', () => {
    const schedule = ddim(STABLE_DIFFUSION, { eta: 1 }).setTimesteps(10);
    const one = new Float32Array([1]);
    expect(() => schedule.step({ index: 0, sample: one, output: one })).toThrow(/η > 0/);
  });
});

/** scale·sin(phase + 0.7·i) for the i-th of four numbers, as in golden/schedulers.py. */
const wave = (phase: number, scale = 1) =>
  Float32Array.from({ length: 4 }, (_, i) => scale * Math.sin(phase + 0.7 * i));

describe("diffusers' schedulers", () => {
  it.each(
    golden.cases.map((given) => [given.name, given.steps, `η ${given.eta}`, JSON.stringify(given.config), given]),
  )('are followed: %s, %d steps, %s, %s', (_name, _steps, _eta, _config, given) => {
    const { name, config, steps, eta, timesteps, samples } = given as (typeof golden.cases)[number];
    const schedule = (name === 'ddim' ? ddim(config, { eta }) : flowMatchEuler(config)).setTimesteps(steps);
    const isClose = (a: number, b: number, tolerance: number) =>
      expect(Math.abs(a - b)).toBeLessThan(tolerance * Math.max(1, Math.abs(b)));
    expect(schedule.timesteps).toHaveLength(timesteps.length);
    // Those of the flow are 32-bit floats.
    timesteps.forEach((t, i) => {
      isClose(schedule.timesteps[i], t, name === 'ddim' ? 1e-12 : 1e-6);
    });
    let sample: Float32Array = wave(0, 1.5);
    samples.forEach((expected, index) => {
      sample = schedule.step({ index, sample, output: wave(1 + 0.3 * index), noise: () => wave(2 + index) });
      expected.forEach((value, i) => {
        isClose(sample[i], value, 2e-5);
      });
    });
  });
});

describe('flowMatchEuler', () => {
  it('steps σ evenly from 1 to 0.001, then to 0', () => {
    const { timesteps } = flowMatchEuler().setTimesteps(4);
    expect(timesteps.map((t) => Number(t.toFixed(3)))).toEqual([1000, 667, 334, 1]);
  });

  it('goes straight: with the exact velocity any number of steps ends at the image', () => {
    const image = Float32Array.from([0.5, -0.25, 0]);
    for (const steps of [1, 2, 7]) {
      for (const shift of [1, 3]) {
        const noise = rng(2, steps).normals(3);
        const schedule = flowMatchEuler({ shift }).setTimesteps(steps);
        let x: Float32Array = noise.slice();
        schedule.timesteps.forEach((_, index) => {
          x = schedule.step({ index, sample: x, output: noise.map((z, i) => z - image[i]) });
        });
        x.forEach((value, i) => {
          expect(value).toBeCloseTo(image[i], 5);
        });
      }
    }
  });
});

describe('a scheduler of latents', () => {
  // diffusers' StableDiffusionPipeline sets both, whatever the file says: steps_offset 1, clip_sample false.
  const bare = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', set_alpha_to_one: false };
  const known = ddim(STABLE_DIFFUSION).setTimesteps(50);
  const stream = rng(4, 'latents');
  const [sample, output] = [stream.normals(64).map((x) => 5 * x), stream.normals(64)];
  it.each([
    ['a DDIM file without clip_sample', { _class_name: 'DDIMScheduler', ...bare, steps_offset: 1 }],
    ['a DDIM file with neither', { _class_name: 'DDIMScheduler', ...bare }],
    ['a file that clips', { _class_name: 'DDIMScheduler', ...bare, clip_sample: true, steps_offset: 0 }],
    ['a PNDM file run with DDIM', { _class_name: 'PNDMScheduler', ...bare, skip_prk_steps: true }],
  ])('does not clip and begins at 1: %s', (_what, config) => {
    const schedule = openScheduler(config, { as: 'ddim', latent: true }).setTimesteps(50);
    expect(schedule.timesteps).toEqual(known.timesteps);
    expect(schedule.step({ index: 10, sample, output })).toEqual(known.step({ index: 10, sample, output }));
  });

  it('of pixels, the file and the defaults of its class count: clipped, from 0', () => {
    const schedule = openScheduler({ _class_name: 'DDIMScheduler', ...bare }).setTimesteps(50);
    expect(schedule.timesteps.at(-1)).toBe(0);
    expect(schedule.step({ index: 49, sample, output }).every((x) => Math.abs(x) <= 1.2)).toBe(true);
    expect(known.step({ index: 49, sample, output }).some((x) => Math.abs(x) > 1.5)).toBe(true);
  });
});

describe('openScheduler', () => {
  it('chooses by _class_name, or by name', () => {
    expect(openScheduler({ _class_name: 'FlowMatchEulerDiscreteScheduler' }).name).toBe(
      'FlowMatchEulerDiscreteScheduler',
    );
    const pndm = { ...STABLE_DIFFUSION, _class_name: 'PNDMScheduler' };
    expect(openScheduler(pndm, { as: 'ddim' }).name).toBe('DDIMScheduler');
  });
  it('refuses what it does not know', () => {
    expect(() => openScheduler({ _class_name: 'PNDMScheduler' })).toThrow(/PNDMScheduler[\s\S]*'ddim'/);
    expect(() => openScheduler({})).toThrow(/undefined/);
    expect(() => openScheduler({ ...STABLE_DIFFUSION, beta_schedule: 'squaredcos_cap_v2' })).toThrow(/beta_schedule/);
    for (const wrong of [{ num_train_timesteps: 1e8 }, { beta_end: 1e9 }, { beta_end: 1 }, { beta_start: -1 }]) {
      const [key] = Object.keys(wrong);
      expect(() => openScheduler({ ...STABLE_DIFFUSION, ...wrong }), key).toThrow(
        new RegExp(`config\\.json, ${key}\n`),
      );
    }
    const flow = { _class_name: 'FlowMatchEulerDiscreteScheduler', num_train_timesteps: 1e8 };
    expect(() => openScheduler(flow)).toThrow(/num_train_timesteps/);
    expect(() => openScheduler(STABLE_DIFFUSION).setTimesteps(0)).toThrow(/from 1 to 1000/);
    expect(() => openScheduler(STABLE_DIFFUSION).setTimesteps(1000)).toThrow(/timesteps below 1000/);
    const karras = { _class_name: 'FlowMatchEulerDiscreteScheduler', use_karras_sigmas: true };
    expect(() => openScheduler(karras)).toThrow(/use_karras_sigmas/);
  });
});

describe('guide', () => {
  it('is linear in the scale: 0 the unconditional, 1 the conditional, 2 beyond', async () => {
    const conditional = async () => Float32Array.from([1, 2]);
    const unconditional = async () => Float32Array.from([0, 4]);
    expect([...(await guide(0, conditional, unconditional))]).toEqual([0, 4]);
    expect([...(await guide(2, conditional, unconditional))]).toEqual([2, 0]);
    const forbidden = () => Promise.reject(new Error('must not be computed'));
    expect([...(await guide(1, conditional, forbidden))]).toEqual([1, 2]);
  });
});
