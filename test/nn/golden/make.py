"""
Writes vit.safetensors: the loss of a small ViT and the gradient of every parameter, by PyTorch in float64.

    python test/nn/golden/make.py        needs torch and numpy; reads the model from bench/peer/vit.py

Parameters and images are chirps of their indices (see `wave`), so that both sides make them and none are stored.
"""

import sys
from pathlib import Path

import numpy as np
import torch

here = Path(__file__).parent
sys.path.insert(0, str(here.parents[2] / "bench" / "peer"))
from exchange import gradients, load, ours, write_safetensors  # noqa: E402
from vit import Vit  # noqa: E402

CONFIG = {"image": 16, "patch": 8, "width": 32, "depth": 2, "heads": 2, "mlpRatio": 4}
CLASSES, BATCH = 10, 4


def wave(shape, phase):
    """0.2·sin(phase + 0.7·i + 0.013·i²) for the i-th number, rounded to float32: a chirp, so that no matrix is degenerate."""
    index = np.arange(np.prod(shape), dtype=np.float64)
    return torch.from_numpy((0.2 * np.sin(phase + 0.7 * index + 0.013 * (index * index))).astype(np.float32).reshape(shape))


def parameters(model):
    """The t-th parameter in name order is a wave of phase t, plus one where it is the gain of a norm."""
    tensors = {}
    for t, (name, p) in enumerate(sorted(ours(model).items())):
        gain = "norm" in name and name.endswith("weight")
        tensors[name] = wave(p.shape, t) + 1 if gain else wave(p.shape, t)
    return tensors


def main():
    model = Vit(CONFIG, CLASSES)
    load(model, parameters(model))
    images = 5 * wave((BATCH, CONFIG["image"], CONFIG["image"], 3), 0.5)
    model.double()
    loss = model.loss(images.double(), torch.arange(BATCH) * 3 % CLASSES)
    loss.backward()
    metadata = {"loss": repr(loss.item()), "torch": torch.__version__}
    write_safetensors(here / "vit.safetensors", gradients(model), metadata)
    print(metadata)


main()
