"""lib/diffusion's text encoder, DiT and flow loss, in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from transformer import Block, Mlp, small_normal
from windows import Windows


class JointAttention(nn.Module):
    """Image tokens [B, N, D] attend to themselves and to words [B, L, D] in one softmax."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.text_kv = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x, words):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).chunk(3, -1)
        word_k, word_v = self.text_kv(words).chunk(2, -1)

        def by_head(part):
            return part.view(batch, -1, self.heads, width // self.heads).transpose(1, 2)

        keys, values = by_head(torch.cat([k, word_k], 1)), by_head(torch.cat([v, word_v], 1))
        mixed = F.scaled_dot_product_attention(by_head(q), keys, values)
        return self.proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


class DitBlock(nn.Module):
    """A block whose norms are shifted, scaled and gated by the condition [B, D] (adaLN-zero)."""

    def __init__(self, width, heads, ratio):
        super().__init__()
        self.attn = JointAttention(width, heads)
        self.mlp = Mlp(width, ratio * width)
        self.adaLN = nn.Linear(width, 6 * width)

    def forward(self, x, words, condition):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN(condition).unsqueeze(1).chunk(6, -1)
        x = x + gate1 * self.attn(plain_norm(x) * (1 + scale1) + shift1, words)
        return x + gate2 * self.mlp(plain_norm(x) * (1 + scale2) + shift2)


def plain_norm(x):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6)


class TextEncoder(nn.Module):
    """ids: [B, L] → words [B, L, D] and one vector for all of them [B, D]."""

    def __init__(self, config):
        super().__init__()
        width = config["width"]
        self.word_embedding = nn.Embedding(config["vocabularySize"], width)
        self.position_embedding = nn.Embedding(config["maxTokens"], width)
        self.pool = nn.Linear(width, 1, bias=False)
        self.blocks = nn.Sequential(*(Block(width, config["heads"], 4) for _ in range(config["textDepth"])))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, ids):
        embedded = self.word_embedding(ids)
        words = self.norm(self.blocks(embedded + self.position_embedding.weight))
        scores = self.pool(embedded).squeeze(-1) - 1e9 * (ids == 0)
        return words, torch.bmm(F.softmax(scores, -1).unsqueeze(1), embedded).squeeze(1)


class Dit(nn.Module):
    """noisy: [B, 3, S, S]; sigma: [B], 0 (clean) to 1 (noise); ids: [B, L] → the guess of the clean image."""

    def __init__(self, config):
        super().__init__()
        width, grid = config["width"], config["imageSize"] // config["patch"]
        pixels = 3 * config["window"] ** 2
        self.text = TextEncoder(config)
        self.windows = Windows(config)
        self.x_embedder = nn.Linear(pixels, width)
        self.t_embedder = nn.ModuleDict({"fc1": nn.Linear(width, width), "fc2": nn.Linear(width, width)})
        self.pooled_embedder = nn.Linear(width, width)
        self.blocks = nn.ModuleList(
            DitBlock(width, config["heads"], config["mlpRatio"]) for _ in range(config["depth"])
        )
        self.final = nn.ModuleDict({"adaLN": nn.Linear(width, 2 * width), "head": nn.Linear(width, pixels)})
        self.register_buffer("positions", sin_cos_positions(grid, width), persistent=False)
        half = torch.arange(width // 2)
        self.register_buffer("frequencies", 10000.0 ** (-half / (width // 2)), persistent=False)

    def forward(self, noisy, sigma, ids):
        words, pooled = self.text(ids)
        condition = F.silu(self.embed_time(sigma * 1000) + self.pooled_embedder(pooled))
        x = self.x_embedder(self.windows.split(noisy)) + self.positions
        for block in self.blocks:
            x = block(x, words, condition)
        shift, scale = self.final["adaLN"](condition).unsqueeze(1).chunk(2, -1)
        return self.windows.join(self.final["head"](plain_norm(x) * (1 + scale) + shift))

    def embed_time(self, timestep):
        angles = timestep.unsqueeze(1) * self.frequencies
        features = torch.cat([angles.cos(), angles.sin()], 1)
        return self.t_embedder["fc2"](F.silu(self.t_embedder["fc1"](features)))

    def loss(self, images, noise, sigma, ids):
        """Rectified flow: mean squared error of the guess over max(σ, 0.1)²."""
        guess = self(torch.lerp(images, noise, sigma.view(-1, 1, 1, 1)), sigma, ids)
        errors = (guess - images).square().mean((1, 2, 3))
        return (errors / sigma.clamp(min=0.1).square()).mean()


def sin_cos_positions(grid, width):
    """[grid², width]: sines and cosines of the column, then of the row."""
    quarter = width // 4
    frequencies = 10000.0 ** (-torch.arange(quarter, dtype=torch.float64) / quarter)
    angles = torch.arange(grid, dtype=torch.float64).unsqueeze(1) * frequencies
    one = torch.cat([angles.sin(), angles.cos()], 1)
    columns = one.unsqueeze(0).expand(grid, grid, -1)
    rows = one.unsqueeze(1).expand(grid, grid, -1)
    return torch.cat([columns, rows], -1).reshape(grid * grid, width).float()


def dit_batch(config, batch, seed=0):
    """Images, noise, noise levels and words of a batch."""
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, 3, config["imageSize"], config["imageSize"])
    return {
        "images": torch.randn(shape, generator=generator),
        "noise": torch.randn(shape, generator=generator),
        "sigma": torch.rand(batch, generator=generator),
        "ids": torch.randint(config["vocabularySize"], (batch, config["maxTokens"]), generator=generator),
    }
