"""
Writes schedulers.json: timesteps and samples after each step of diffusers' schedulers, for given outputs and noise.

    python test/diffusion/golden/schedulers.py && npm run format        needs torch and diffusers

Samples, outputs and noises are sines of their indices (see `wave`), so that both sides make them.
"""

import json
from itertools import product
from pathlib import Path

import torch
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler

STABLE_DIFFUSION = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
}
COUNT = 4


def wave(phase, scale=1.0):
    """scale·sin(phase + 0.7·i) for the i-th number."""
    return scale * torch.sin(phase + 0.7 * torch.arange(COUNT, dtype=torch.float64)).float()


def run(name, config, steps, eta=0.0):
    scheduler = {"ddim": DDIMScheduler, "flow": FlowMatchEulerDiscreteScheduler}[name].from_config(config)
    scheduler.set_timesteps(steps)
    sample, samples = wave(0, 1.5), []
    for index, t in enumerate(scheduler.timesteps):
        noise = {"eta": eta, "variance_noise": wave(2 + index)} if eta else {}
        sample = scheduler.step(wave(1 + 0.3 * index), t, sample, **noise).prev_sample
        samples.append([float(x) for x in sample])
    timesteps = [float(t) for t in scheduler.timesteps]
    return {"name": name, "config": config, "steps": steps, "eta": eta, "timesteps": timesteps, "samples": samples}


cases = [run("ddim", STABLE_DIFFUSION, 50), run("ddim", {}, 10), run("ddim", {}, 10, eta=1.0)]
for kind, clip, one, eta in product(("epsilon", "sample", "v_prediction"), (False, True), (False, True), (0.0, 0.6)):
    changes = {"prediction_type": kind, "clip_sample": clip, "set_alpha_to_one": one}
    cases.append(run("ddim", STABLE_DIFFUSION | changes, 5, eta))
# Some of these numbers of steps put timesteps halfway between whole numbers.
for spacing, steps in product(("leading", "trailing", "linspace"), (1, 3, 7, 16, 32)):
    cases.append(run("ddim", STABLE_DIFFUSION | {"timestep_spacing": spacing}, steps))
cases.append(run("ddim", STABLE_DIFFUSION | {"clip_sample": True, "clip_sample_range": 0.5, "steps_offset": 0}, 6, 0.3))
for shift, steps in product((1.0, 3.0), (1, 2, 25)):
    cases.append(run("flow", {"shift": shift}, steps))

Path(__file__).with_name("schedulers.json").write_text(json.dumps({"cases": cases}))
