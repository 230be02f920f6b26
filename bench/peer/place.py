"""
Where PyTorch computes, and what it rounds the factors of products to: SYNCLR_BENCH_DEVICE (cpu, the default, or cuda) and
SYNCLR_BENCH_PRODUCTS (float32, the default, or bfloat16, by autocast).
"""

import os
import resource

import torch

device = os.environ.get("SYNCLR_BENCH_DEVICE", "cpu")
products = os.environ.get("SYNCLR_BENCH_PRODUCTS", "float32")


def placed(x):
    """A module, a tensor or a dictionary of tensors, on the device."""
    return {name: tensor.to(device) for name, tensor in x.items()} if isinstance(x, dict) else x.to(device)


def mixed(function):
    """The function with the products asked for."""
    if products == "float32":
        return function

    def run(*args, **kwargs):
        with torch.autocast(device, torch.bfloat16):
            return function(*args, **kwargs)

    return run


def wait():
    """Until the device has done what it was given."""
    if device == "cuda":
        torch.cuda.synchronize()


def peak_mb():
    """The most memory so far: of the device, or of this process."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
