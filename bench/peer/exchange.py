"""Parameters and gradients between PyTorch's layout and the library's, through safetensors files."""

import json
import struct

import numpy as np
import torch
from torch import nn


def ours(model):
    """{name: tensor as the library has it}: linear weights are [in, out] there, all else is equal."""
    return {name: turned(model, name, p.detach()) for name, p in model.named_parameters()}


def gradients(model):
    """{name: gradient as the library has it}."""
    return {name: turned(model, name, p.grad) for name, p in model.named_parameters()}


def load(model, tensors):
    """Copies tensors in the library's layout into the parameters of the same names."""
    parameters = dict(model.named_parameters())
    if set(parameters) != set(tensors):
        raise ValueError(f"parameters that differ: {sorted(set(parameters) ^ set(tensors))}")
    with torch.no_grad():
        for name, p in parameters.items():
            p.copy_(turned(model, name, tensors[name]))


def turned(model, name, tensor):
    owner = model.get_submodule(name.rpartition(".")[0])
    return tensor.T if isinstance(owner, nn.Linear) and name.endswith("weight") else tensor


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    header.pop("__metadata__", None)
    dtypes = {"F32": np.float32, "I32": np.int32}
    arrays = {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], dtypes[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}


def write_safetensors(path, tensors, metadata=None):
    header, blocks, offset = {"__metadata__": metadata or {}}, [], 0
    for name in sorted(tensors):
        block = tensors[name].float().contiguous().numpy().tobytes()
        shape, end = list(tensors[name].shape), offset + len(block)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, end]}
        blocks.append(block)
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blocks))
