"""
Writes adamw.safetensors: a small model and its moving average after 50 steps of torch.optim.AdamW, in float64.

    python test/nn/optim/golden/make.py        needs torch and numpy

Parameters and data are chirps of their indices (see `wave`), so that both sides make them and none are stored. Schedules are
written out here from their definitions. Two runs: `plain`, decay on matrices as in pre-training, and `layers`, layer-wise
learning rates and the parameter groups of fine-tuning.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch

here = Path(__file__).parent
sys.path.insert(0, str(here.parents[3] / "bench" / "peer"))
from exchange import write_safetensors  # noqa: E402

torch.set_default_dtype(torch.float64)
STEPS, WARMUP, PEAK, DEPTH = 50, 10, 1e-2, 2
SHAPES = {
    "patch_embed.proj.weight": (6, 8),
    "patch_embed.proj.bias": (8,),
    "cls_token": (1, 1, 8),
    "pos_embed": (1, 5, 8),
    "blocks.0.mlp.fc1.weight": (8, 8),
    "blocks.0.mlp.fc1.bias": (8,),
    "blocks.1.mlp.fc1.weight": (8, 8),
    "blocks.1.mlp.fc1.bias": (8,),
    "norm.weight": (8,),
    "head.weight": (8, 3),
    "head.bias": (3,),
}


def wave(shape, phase, scale):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return torch.from_numpy((scale * np.sin(phase + 0.7 * i + 0.013 * (i * i))).astype(np.float32).reshape(shape)).double()


def forward(p, x):
    h = x @ p["patch_embed.proj.weight"] + p["patch_embed.proj.bias"] + p["pos_embed"][0, 1:] + p["cls_token"][0]
    for i in range(DEPTH):
        h = h + torch.tanh(h @ p[f"blocks.{i}.mlp.fc1.weight"] + p[f"blocks.{i}.mlp.fc1.bias"] + p["pos_embed"][0, 0])
    return (h * p["norm.weight"]) @ p["head.weight"] + p["head.bias"]


def factor(name):
    layer = 0 if name.startswith(("patch_embed", "cls_token", "pos_embed")) else DEPTH + 1
    if name.startswith("blocks."):
        layer = int(name.split(".")[1]) + 1
    return 0.65 ** (DEPTH + 1 - layer)


def run(layers):
    p = {name: wave(shape, t, 0.5).requires_grad_() for t, (name, shape) in enumerate(sorted(SHAPES.items()))}
    teacher = {name: value.detach().clone() for name, value in p.items()}
    free = ("cls_token", "pos_embed") if layers else ()
    groups = [
        {"params": [v], "decays": v.ndim >= 2 and name not in free, "scale": factor(name) if layers else 1.0}
        for name, v in p.items()
    ]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-8)
    losses = []
    for step in range(STEPS):
        rising = step / WARMUP
        falling = 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP)))
        lr = PEAK * (rising if step < WARMUP else falling)
        cosine = 0.5 * (1 + math.cos(math.pi * step / STEPS))
        decay, momentum = 0.2 - 0.16 * cosine, 1 - cosine * (1 - 0.9)
        for group in optimiser.param_groups:
            group["lr"], group["weight_decay"] = lr * group["scale"], decay * group["decays"]
        loss = ((forward(p, wave((4, 6), 0.3 * step, 1.0)) - wave((4, 3), 0.3 * step + 1, 1.0)) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            for name in p:
                teacher[name].mul_(momentum).add_(p[name], alpha=1 - momentum)
        losses.append(loss.item())
    return losses, {name: v.detach() for name, v in p.items()}, teacher


tensors, losses = {}, {}
for case in ("plain", "layers"):
    losses[case], student, teacher = run(case == "layers")
    for name in SHAPES:
        tensors[f"{case}/student/{name}"], tensors[f"{case}/teacher/{name}"] = student[name], teacher[name]
write_safetensors(here / "adamw.safetensors", tensors, {"losses": json.dumps(losses), "torch": torch.__version__})
print({case: (values[0], values[-1]) for case, values in losses.items()})
