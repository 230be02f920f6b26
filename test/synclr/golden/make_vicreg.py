"""
Writes vicreg.json: VICReg's loss, its terms and its gradients by PyTorch in float64.

    python test/synclr/golden/make_vicreg.py && npm run format        needs torch and numpy

The formula is that of the published code (main_vicreg.py: mean squared error; hinge on the unbiased deviation; squared
off-diagonal covariances over the width), weights 25, 25, 1. Embeddings are chirps of their indices (see `wave`).
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(shape, phase, scale):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return torch.from_numpy((scale * np.sin(phase + 0.7 * i + 0.013 * (i * i))).astype(np.float32).reshape(shape)).double()


def off_diagonal(x):
    n, m = x.shape
    assert n == m
    return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()


def vicreg(x, y):
    batch, width = x.shape
    invariance = F.mse_loss(x, y)
    x, y = x - x.mean(dim=0), y - y.mean(dim=0)
    std_x, std_y = torch.sqrt(x.var(dim=0) + 0.0001), torch.sqrt(y.var(dim=0) + 0.0001)
    variance = torch.mean(F.relu(1 - std_x)) / 2 + torch.mean(F.relu(1 - std_y)) / 2
    cov_x, cov_y = (x.T @ x) / (batch - 1), (y.T @ y) / (batch - 1)
    covariance = off_diagonal(cov_x).pow(2).sum().div(width) + off_diagonal(cov_y).pow(2).sum().div(width)
    return 25 * invariance + 25 * variance + covariance, invariance, variance, covariance


cases = []
for scale in (0.8, 2.0):
    x, y = wave((6, 4), 0.3, scale).requires_grad_(), wave((6, 4), 1.1, scale).requires_grad_()
    loss, invariance, variance, covariance = vicreg(x, y)
    loss.backward()
    case = dict(scale=scale, loss=loss.item(), invariance=invariance.item(), variance=variance.item(), covariance=covariance.item())
    gradients = dict(first=x.grad, second=y.grad)
    cases.append({**case, **{name: [round(v, 9) for v in g.flatten().tolist()] for name, g in gradients.items()}})
Path(__file__).with_name("vicreg.json").write_text(json.dumps(cases, indent=2) + "\n")
