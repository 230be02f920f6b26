"""
Writes vision.json: operations on images and their gradients, by PyTorch in float64.

    python test/engine/golden/make.py     python test/engine/golden/make.py        needs torch    python test/engine/golden/make.py        needs torch npm run format        needs torch

Images are sines of their indices (see `wave`) in TensorFlow.js's order, [B, H, W, C]; filters are [H, W, I, O].
A gradient is that of the sum of all outputs, each times the cosine of its index.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F


def wave(shape, phase):
    """sin(phase + 0.7·i) for the i-th number."""
    count = torch.Size(shape).numel()
    return torch.sin(phase + 0.7 * torch.arange(count, dtype=torch.float64)).reshape(shape)


def first(x):
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


def oihw(filters):
    return filters.permute(3, 2, 0, 1)


def resize(size, **options):
    return lambda x: last(F.interpolate(first(x), size=size, **options))


def batch_norm(x, scale, offset):
    return last(F.batch_norm(first(x), None, None, scale, offset, training=True, eps=1e-5))


IMAGE = (2, 5, 4, 3)
CASES = {
    "convolution": (
        lambda x, w: last(F.conv2d(first(x), oihw(w), stride=2, padding=1)),
        [IMAGE, (3, 3, 3, 4)],
    ),
    "transposed convolution": (
        # TensorFlow's filters are those of the convolution that goes the other way: [H, W, O, I].
        lambda x, w: last(F.conv_transpose2d(first(x), oihw(w), stride=2, padding=1, output_padding=1)),
        [IMAGE, (3, 3, 4, 3)],
    ),
    "depthwise convolution": (
        lambda x, w: last(F.conv2d(first(x), w.permute(2, 3, 0, 1), padding=1, groups=3)),
        [IMAGE, (3, 3, 3, 1)],
    ),
    "max pooling": (lambda x: last(F.max_pool2d(first(x), 3, stride=2, padding=1)), [IMAGE]),
    "average pooling": (
        lambda x: last(F.avg_pool2d(first(x), 3, stride=2, padding=1, count_include_pad=False)),
        [IMAGE],
    ),
    "adaptive average pooling": (lambda x: last(F.adaptive_avg_pool2d(first(x), (3, 3))), [IMAGE]),
    "batch norm": (batch_norm, [IMAGE, (3,), (3,)]),
    "bilinear": (resize((7, 6), mode="bilinear", align_corners=False), [IMAGE]),
    "bilinear, aligned corners": (resize((3, 6), mode="bilinear", align_corners=True), [IMAGE]),
    "bicubic, larger": (resize((7, 6), mode="bicubic", align_corners=False), [IMAGE]),
    "bicubic, smaller": (resize((3, 2), mode="bicubic", align_corners=False), [IMAGE]),
}


def rounded(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def run(function, shapes):
    inputs = [wave(shape, phase).requires_grad_() for phase, shape in enumerate(shapes)]
    y = function(*inputs)
    weights = torch.cos(torch.arange(y.numel(), dtype=torch.float64)).reshape(y.shape)
    gradients = torch.autograd.grad((y * weights).sum(), inputs)
    return {
        "inputs": [list(shape) for shape in shapes],
        "shape": list(y.shape),
        "value": rounded(y),
        "gradients": [rounded(g) for g in gradients],
    }


cases = {name: run(*case) for name, case in CASES.items()}
lines = [f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items()]
path = Path(__file__).parent / "vision.json"
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
print(path, torch.__version__)
