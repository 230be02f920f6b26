"""Golden numbers of the judge's network, by PyTorch.

pip install numpy torch; python golden.py
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

widths, blocks, concepts, backgrounds = [8, 12], [0, 1], 4, 12
shapes = {
    "stages.0.down.weight": (12, 8),
    "stages.0.down.bias": (8,),
    "stages.1.norm.weight": (8,),
    "stages.1.norm.bias": (8,),
    "stages.1.down.weight": (32, 12),
    "stages.1.down.bias": (12,),
    "stages.1.blocks.0.norm.weight": (12,),
    "stages.1.blocks.0.norm.bias": (12,),
    "stages.1.blocks.0.conv1.weight": (108, 12),
    "stages.1.blocks.0.conv1.bias": (12,),
    "stages.1.blocks.0.conv2.weight": (108, 12),
    "norm.weight": (12,),
    "norm.bias": (12,),
    "concepts.weight": (12, concepts + 1),
    "concepts.bias": (concepts + 1,),
    "backgrounds.weight": (12, backgrounds),
    "backgrounds.bias": (backgrounds,),
}
names = sorted(shapes)
p = {
    name: torch.tensor(0.3 * np.sin(1.7 * np.arange(np.prod(shape)) + names.index(name)), dtype=torch.float64).reshape(shape)
    for name, shape in shapes.items()
}
images = np.round(np.random.default_rng(0).normal(size=(2, 16, 16, 3)), 4)


def norm(name, x):
    """LayerNorm over the channels of [B, C, H, W] or [B, C]."""
    last = x.movedim(1, -1)
    y = F.layer_norm(last, last.shape[-1:], p[name + ".weight"], p[name + ".bias"], 1e-6)
    return y.movedim(-1, 1)


def filter_of(name, side):
    """[side·side·in, out] → PyTorch's [out, in, side, side]."""
    weight = p[name + ".weight"]
    return weight.reshape(side, side, -1, weight.shape[1]).permute(3, 2, 0, 1)


x = torch.tensor(images, dtype=torch.float64).permute(0, 3, 1, 2)
for stage in range(len(widths)):
    name = f"stages.{stage}"
    x = norm(name + ".norm", x) if stage else x
    x = F.conv2d(x, filter_of(name + ".down", 2), p[name + ".down.bias"], stride=2)
    for i in range(blocks[stage]):
        block = f"{name}.blocks.{i}"
        y = F.conv2d(norm(block + ".norm", x), filter_of(block + ".conv1", 3), p[block + ".conv1.bias"], padding=1)
        x = x + F.conv2d(F.relu(y), filter_of(block + ".conv2", 3), padding=1)
features = norm("norm", x.mean((2, 3)))
outputs = {"features": features}
for head in ("concepts", "backgrounds"):
    outputs[head] = features @ p[head + ".weight"] + p[head + ".bias"]
golden = {
    "images": images.ravel().tolist(),
    "outputs": {name: np.round(value.numpy().ravel(), 7).tolist() for name, value in outputs.items()},
}
Path(__file__).with_name("judgeNet.json").write_text(json.dumps(golden) + "\n")
