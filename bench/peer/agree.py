"""
Loss and gradients of a model for parameters and a batch from a file.

    python agree.py MODEL IN.safetensors OUT.safetensors float32|float64
"""

import json
import sys
from pathlib import Path

import torch
from exchange import gradients, load, read_safetensors, write_safetensors
from models import model_and_batch

name, source, target, dtype = sys.argv[1:]
spec = json.loads((Path(__file__).parent.parent / "cases.json").read_text())["models"][name]
tensors = read_safetensors(source)
model, batch = model_and_batch(spec, 1)
load(model, {key.removeprefix("params."): t for key, t in tensors.items() if key.startswith("params.")})
model.to(getattr(torch, dtype))
given = {key: tensors[f"batch.{key}"] for key in batch}
cast = {key: t.long() if t.dtype == torch.int32 else t.to(getattr(torch, dtype)) for key, t in given.items()}
loss = model.loss(**cast)
loss.backward()
write_safetensors(target, {**gradients(model), "loss": loss.detach()}, {"loss": repr(loss.item())})
