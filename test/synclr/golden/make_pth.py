"""
Writes checkpoint.pth, old.pth, hostile.pth and pth.json: small files by torch.save, and what is in them.

    python test/synclr/golden/make_pth.py && npm run format        needs torch and numpy
"""

import argparse
import collections
import json
import os
import pathlib

import numpy as np
import torch

here = pathlib.Path(__file__).parent


class Command:
    """Runs a command in whoever unpickles it with Python."""

    def __reduce__(self):
        return os.system, ("echo this must never run",)


def main():
    base = torch.arange(24, dtype=torch.float32) / 8 - 1
    matrix = base.reshape(4, 6)
    model = collections.OrderedDict(
        {
            "plain": matrix,
            "transposed": matrix.T,
            "rows": matrix[1:3],
            "columns": matrix[:, 1::2],
            "cube": base.reshape(2, 3, 4).permute(2, 0, 1),
            "half": torch.tensor([1.5, -2.0, 6e-8, 65504.0], dtype=torch.float16),
            "brain": torch.tensor([[1.5, -3.0e38], [0.00390625, 7.0]], dtype=torch.bfloat16),
            "count": torch.tensor(7),
            "long": torch.tensor([[3, -4], [2147483647, -2147483648]]),
            "int": torch.tensor([5, -6], dtype=torch.int32),
            "parameter": torch.nn.Parameter(torch.tensor([0.25, 0.5])),
            "scalar": torch.tensor(2.5),
            "empty": torch.zeros(0, 3),
        }
    )
    model._metadata = {"": {"version": 1}}
    beside = {"double": torch.tensor([1.0], dtype=torch.float64), "large": torch.tensor([2**40])}
    checkpoint = {
        "model": model,
        "optimizer": {"state": {0: {"exp_avg": base[:3]}}, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.98)}]},
        "beside": beside,
        "epoch": 3,
        "seed": 2**70,
        "best": np.float64(0.5),
        "name": "naïve",
        "nothing": None,
        "flags": [True, False],
        "args": argparse.Namespace(model="base", crops=[0.32, 1.0]),
    }
    torch.save(checkpoint, here / "checkpoint.pth")
    torch.save({"x": base[:2]}, here / "old.pth", _use_new_zipfile_serialization=False)
    torch.save({"x": base[:2], "y": Command()}, here / "hostile.pth")

    tensors = {f"model.{name}": t for name, t in model.items()} | {"optimizer.state.0.exp_avg": base[:3]}
    values = {name: {"shape": list(t.shape), "data": t.detach().flatten().tolist()} for name, t in tensors.items()}
    (here / "pth.json").write_text(json.dumps({"torch": torch.__version__, "tensors": values}, indent=1) + "\n")


main()
