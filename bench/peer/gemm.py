"""Matrix products of a linear layer and of its gradients, into buffers that exist."""

import torch


def gemm_tasks(case):
    """x: [M, K], w: [N, K] as nn.Linear has it; {"MxKxN forward|dx|dw": function}."""
    tasks = {}
    for m, k, n in case["shapes"]:
        x, w, y = torch.randn(m, k), torch.randn(n, k), torch.randn(m, n)
        dx, dw = torch.empty(m, k), torch.empty(n, k)
        label = f"{m}x{k}x{n}"
        tasks[f"{label} forward"] = product(x, w.t(), torch.empty(m, n))
        tasks[f"{label} dx"] = product(y, w, dx)
        tasks[f"{label} dw"] = product(y.t(), x, dw)
    return tasks


def product(a, b, out):
    def run():
        torch.mm(a, b, out=out)

    return run
