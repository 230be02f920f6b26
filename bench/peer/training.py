"""One training step: forward, backward, AdamW (decay on matrices only) and a moving average of all parameters."""

import torch


class Training:
    """Runs steps of `loss(**batch)`; parameters are those of `model`."""

    def __init__(self, model, loss, decay=0.999):
        self.loss = loss
        self.params = list(model.parameters())
        self.ema = [p.detach().clone() for p in self.params]
        groups = [
            {"params": [p for p in self.params if p.dim() >= 2], "weight_decay": 0.05},
            {"params": [p for p in self.params if p.dim() < 2], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.999), eps=1e-8, fused=True)
        self.take = 1 - decay

    def step(self, batch):
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(**batch)
        loss.backward()
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.ema, self.params, self.take)
        return loss.item()
