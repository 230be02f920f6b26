"""lib/diffusion/windows.ts in PyTorch: overlapping patches, read and drawn."""

import torch
from torch import nn


class Windows(nn.Module):
    """Two matrix products a direction, as in the library; F.unfold and F.fold took longer here."""

    def __init__(self, config):
        super().__init__()
        self.size, self.patch, self.window = config["imageSize"], config["patch"], config["window"]
        self.grid = self.size // self.patch
        self.register_buffer("unfold", self.unfold_matrix(), persistent=False)
        self.register_buffer("fold", self.fold_matrix(), persistent=False)

    def unfold_matrix(self):
        """[size, grid·window]: a 1 where window i sees a pixel at its place a."""
        start = torch.arange(self.grid) * self.patch - (self.window - self.patch) // 2
        pixels = start.unsqueeze(1) + torch.arange(self.window)
        return (torch.arange(self.size).unsqueeze(1) == pixels.flatten()).float()

    def fold_matrix(self):
        """[grid·window, size]: the transpose with a tent over each window's edge, scaled to sum to one."""
        margin = (self.window - self.patch) // 2
        a = torch.arange(self.window, dtype=torch.float64)
        tent = ((torch.minimum(a, self.window - 1 - a) + 0.5) / (2 * margin or 0.5)).clamp(max=1)
        weights = self.unfold_matrix().double().T * tent.repeat(self.grid).unsqueeze(1)
        return (weights / weights.sum(0)).float().contiguous()

    def split(self, images):
        """[B, 3, S, S] → [B, grid², 3·window²]."""
        batch, grid, window = images.shape[0], self.grid, self.window
        both = self.unfold.T @ images @ self.unfold
        parts = both.view(batch, 3, grid, window, grid, window).permute(0, 2, 4, 1, 3, 5)
        return parts.reshape(batch, grid * grid, 3 * window * window)

    def join(self, windows):
        """[B, grid², 3·window²] → [B, 3, S, S]."""
        batch, grid, window = windows.shape[0], self.grid, self.window
        parts = windows.view(batch, grid, grid, 3, window, window).permute(0, 3, 1, 4, 2, 5)
        return self.fold.T @ parts.reshape(batch, 3, grid * window, grid * window) @ self.fold
