"""
Writes losses.safetensors and heads.safetensors: every loss and every head, with their gradients, by PyTorch in float64.

    python test/synclr/golden/make_losses.py        needs torch and numpy

Inputs are chirps of their indices (see `wave`), so that both sides make them and none are stored. The losses themselves
are in the metadata; a tensor `case/input` is the gradient of the case's loss for that input.
"""

import json
import math
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

here = Path(__file__).parent
sys.path.insert(0, str(here.parents[2] / "bench" / "peer"))
from exchange import turned, write_safetensors  # noqa: E402

torch.set_default_dtype(torch.float64)


def wave(shape, phase, scale=1.0):
    """scale·sin(phase + 0.7·i + 0.013·i²) for the i-th number, rounded to float32."""
    i = np.arange(np.prod(shape), dtype=np.float64)
    return torch.from_numpy((scale * np.sin(phase + 0.7 * i + 0.013 * (i * i))).astype(np.float32).reshape(shape)).double()


def soft_cross_entropy(logits, positive):
    """F.cross_entropy with probabilities as the target: uniform over the positives of each row."""
    target = positive.double()
    return F.cross_entropy(logits, target / target.sum(1, keepdim=True))


def soft_cross_entropy_of_rest(similarity, positive, excluded):
    """The same where some candidates do not count: they are taken out of each row."""
    rows = []
    for s, p, e in zip(similarity, positive, excluded):
        rows.append(soft_cross_entropy(s[~e][None], p[~e][None]))
    return torch.stack(rows).mean()


def stable_rep(x, labels, t=0.1):
    z = F.normalize(x)
    own = torch.eye(len(x), dtype=torch.bool)
    return soft_cross_entropy_of_rest(z @ z.T / t, labels[:, None] == labels[None], own)


def synclr(globals, locals, keys, labels, exclude):
    keys = F.normalize(keys)
    same = labels[:, None] == labels[None]
    own = torch.eye(len(keys), dtype=torch.bool)
    none = torch.zeros_like(own)
    first = soft_cross_entropy_of_rest(F.normalize(globals) @ keys.T / 0.08, same, none if exclude == "none" else own)
    views = [
        soft_cross_entropy_of_rest(F.normalize(v) @ keys.T / 0.08, same, own if exclude == "all" else none)
        for v in locals.split(len(keys))
    ]
    return first, torch.stack(views).mean()


def clip(images, texts, image_labels, text_labels, log_scale):
    logits = log_scale.exp().clamp(max=100) * F.normalize(images) @ F.normalize(texts).T
    belongs = image_labels[:, None] == text_labels[None]
    return (soft_cross_entropy(logits, belongs) + soft_cross_entropy(logits.T, belongs.T)) / 2


def sinkhorn_knopp(logits, t, iterations=3):
    q = torch.exp(logits / t).T
    prototypes, tokens = q.shape
    q = q / q.sum()
    for _ in range(iterations):
        q = q / q.sum(1, keepdim=True) / prototypes
        q = q / q.sum(0, keepdim=True) / tokens
    return (q * tokens).T


def centred(logits, center, t):
    return F.softmax((logits - center) / t, -1), 0.9 * center + 0.1 * logits.mean(0, keepdim=True)


def ibot(student, targets, images):
    """The mean over masked images of the mean over their masked patches."""
    per_token = torch.stack([F.cross_entropy(s[None] / 0.1, t[None]) for s, t in zip(student, targets)])
    return torch.stack([per_token[images == i].mean() for i in images.unique()]).mean()


def losses():
    values, tensors = {}, {}

    def record(case, f, **inputs):
        inputs = {name: value.clone().requires_grad_() for name, value in inputs.items()}
        result = f(**inputs)
        result = result if isinstance(result, tuple) else (result,)
        values[case] = [r.item() for r in result]
        sum(result).backward()
        for name, value in inputs.items():
            tensors[f"{case}/{name}"] = value.grad

    four, six = torch.arange(12) % 4, torch.arange(6)
    x = wave((12, 8), 0.1)
    for t in (0.1, 0.08):
        record(f"stableRep {t}", lambda embeddings: stable_rep(embeddings, four, t), embeddings=x)
    keys = wave((12, 8), 0.2)
    for exclude in ("global", "none", "all"):
        record(
            f"synclr {exclude}",
            lambda globals, locals: synclr(globals, locals, keys, four, exclude),
            globals=x,
            locals=wave((24, 8), 0.3),
        )
    record(
        "simclr",
        lambda first, second: stable_rep(torch.cat([first, second]), torch.cat([six, six])),
        first=wave((6, 8), 0.4),
        second=wave((6, 8), 1.9),
    )
    for smoothing in (0, 0.1):
        record(
            f"supervised {smoothing}",
            lambda logits: F.cross_entropy(logits, six % 5, label_smoothing=smoothing),
            logits=wave((6, 5), 0.6, 3),
        )
    for name, scale in (("clip", 1 / 0.07), ("clip capped", 150)):
        record(
            name,
            lambda images, texts, logScale: clip(images, texts, six, six, logScale),
            images=wave((6, 8), 0.7),
            texts=wave((6, 8), 2.2),
            logScale=torch.tensor(np.float32(math.log(scale)).item()),
        )
    record(
        "stableRepPlus",
        lambda embeddings, images, texts, logScale: (
            stable_rep(embeddings, four),
            clip(images, texts, four, torch.arange(4), logScale),
        ),
        embeddings=x,
        images=wave((12, 6), 0.9),
        texts=wave((4, 6), 2.4),
        logScale=torch.tensor(np.float32(math.log(1 / 0.07)).item()),
    )
    teacher, student = wave((10, 7), 1.1), wave((10, 7), 1.2)
    images = torch.tensor([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
    for t in (0.04, 0.07):
        tensors[f"sinkhorn {t}"] = sinkhorn_knopp(teacher, t)
    record("ibot sinkhorn", lambda student: ibot(student, sinkhorn_knopp(teacher, 0.07), images), student=student)
    targets, center = centred(teacher, wave((1, 7), 1.3, 0.3), 0.07)
    tensors["centering"], tensors["centering next"] = targets, center
    record("ibot centering", lambda student: ibot(student, targets, images), student=student)
    views = wave((20, 7), 1.4)
    record(
        "dino",
        lambda locals: torch.stack([F.cross_entropy(v / 0.1, targets) for v in locals.split(10)]).mean(),
        locals=views,
    )
    return values, tensors


WIDTH, HIDDEN, OUTPUT = 8, 12, 6


def mlp(widths, norm, final):
    """MoCo v3's head (bn) or the published code's (ln), with the library's names."""
    layers = {}
    for i, (a, b) in enumerate(zip(widths, widths[1:]), 1):
        last = i == len(widths) - 1
        layers[f"fc{i}"] = nn.Linear(a, b, bias=norm == "ln" and not last)
        if not last or final:
            normal = nn.BatchNorm1d(b, affine=not last) if norm == "bn" else nn.LayerNorm(b, 1e-6, elementwise_affine=not last)
            layers[f"norm{i}"] = normal
        if not last:
            layers[f"act{i}"] = nn.ReLU() if norm == "bn" else nn.GELU()
    return nn.Sequential(OrderedDict(layers))


class PrototypeHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, OUTPUT)
        self.prototypes = weight_norm(nn.Linear(OUTPUT, 9, bias=False))

    def forward(self, x):
        x = self.fc3(F.gelu(self.fc2(F.gelu(self.fc1(x)))))
        return self.prototypes(F.normalize(x))


# PyTorch keeps gain and direction of a weight-normalised layer as two parameters; the library calls them so.
RENAMED = {
    "prototypes.parametrizations.weight.original0": "prototypes.gain",
    "prototypes.parametrizations.weight.original1": "prototypes.weight",
}


def heads():
    tensors = {}
    cases = {
        "projector bn": (mlp([WIDTH, HIDDEN, HIDDEN, OUTPUT], "bn", True), 1),
        "projector bn, two views, open": (mlp([WIDTH, HIDDEN, HIDDEN, OUTPUT], "bn", False), 2),
        "projector ln": (mlp([WIDTH, HIDDEN, HIDDEN, OUTPUT], "ln", True), 1),
        "predictor bn": (mlp([WIDTH, HIDDEN, WIDTH], "bn", True), 1),
        "predictor ln": (mlp([WIDTH, HIDDEN, WIDTH], "ln", True), 1),
        "prototypes": (PrototypeHead(), 1),
    }
    for case, (model, views) in cases.items():
        named = {RENAMED.get(name, name): (name, p) for name, p in model.named_parameters()}

        def as_ours(ours, name, tensor):
            return tensor.T if ours.startswith("prototypes.") else turned(model, name, tensor)

        with torch.no_grad():
            for t, ours in enumerate(sorted(named)):
                name, p = named[ours]
                value = wave(as_ours(ours, name, p).shape, t, 0.5)
                gain = ("norm" in ours and ours.endswith("weight")) or ours.endswith("gain")
                p.copy_(as_ours(ours, name, value + 1 if gain else value))
        x = wave((12, WIDTH), 0.5).requires_grad_()
        out = torch.cat([model(view) for view in x.chunk(views)])
        # Any scalar of the output that treats no two of its numbers alike.
        (out * wave(out.shape, 0.9)).sum().backward()
        tensors[f"{case}/out"], tensors[f"{case}/x"] = out.detach(), x.grad
        for ours, (name, p) in named.items():
            tensors[f"{case}/{ours}"] = as_ours(ours, name, p.grad)
    return tensors


values, tensors = losses()
write_safetensors(here / "losses.safetensors", tensors, {"losses": json.dumps(values), "torch": torch.__version__})
write_safetensors(here / "heads.safetensors", heads(), {"torch": torch.__version__})
print(json.dumps(values, indent=1))
