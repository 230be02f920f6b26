"""lib/diffusion/windows.ts in PyTorch: overlapping patches, read and drawn. Faster so than by the library's products."""

import torch
from torch import nn
from torch.nn import functional as F


class Windows(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.size, self.patch, self.window = config["imageSize"], config["patch"], config["window"]
        self.margin = (self.window - self.patch) // 2
        self.register_buffer("weights", self.blend_weights(), persistent=False)

    def blend_weights(self):
        """[grid², 3·window²]: a tent over each window's edge, so scaled that the weights over a pixel sum to one."""
        place = torch.arange(self.window, dtype=torch.float64)
        tent = ((torch.minimum(place, self.window - 1 - place) + 0.5) / (2 * self.margin or 0.5)).clamp(max=1)
        grid = self.size // self.patch
        drawn = torch.outer(tent, tent).repeat(3, 1, 1).reshape(1, -1, 1).expand(1, -1, grid * grid)
        # Outside of the image the sum is zero, and what is drawn there is lost.
        weights = torch.nan_to_num(drawn / self.unfold(self.fold(drawn)), posinf=0)
        return weights[0].T.float().contiguous()

    def unfold(self, images):
        return F.unfold(images, self.window, padding=self.margin, stride=self.patch)

    def fold(self, columns):
        return F.fold(columns, (self.size, self.size), self.window, padding=self.margin, stride=self.patch)

    def split(self, images):
        """[B, 3, S, S] → [B, grid², 3·window²]."""
        return self.unfold(images).transpose(1, 2)

    def join(self, windows):
        """[B, grid², 3·window²] → [B, 3, S, S]."""
        return self.fold((windows * self.weights).transpose(1, 2))
