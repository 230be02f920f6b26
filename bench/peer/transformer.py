"""The pre-norm transformer block of ViT, and what DiT shares with it."""

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Multi-head self-attention, x: [B, T, D]."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.proj(mixed.transpose(1, 2).reshape(batch, tokens, width))

    def first_token(self, x):
        """What the first token alone takes from all, [B, 1, D]."""
        batch, tokens, width = x.shape
        shape = (batch, -1, self.heads, width // self.heads)
        weight, bias = self.qkv.weight, self.qkv.bias
        q = F.linear(x[:, :1], weight[:width], bias[:width]).view(shape).transpose(1, 2)
        k, v = (part.view(shape).transpose(1, 2) for part in F.linear(x, weight[width:], bias[width:]).chunk(2, 2))
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, 1, width))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, ratio):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, ratio * width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))

    def first_token(self, x):
        """The first token after this block, [B, D], without what only the others would need."""
        x = x[:, :1] + self.attn.first_token(self.norm1(x))
        return (x + self.mlp(self.norm2(x)))[:, 0]


def small_normal(*shape):
    """A parameter drawn from N(0, 0.02²)."""
    return nn.Parameter(torch.randn(*shape) * 0.02)
