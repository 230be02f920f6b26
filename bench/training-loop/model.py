"""laptopSynclr's networks and losses (lib/synclr/) in PyTorch; parameters have the library's names."""

import copy

import torch
from torch import nn
from torch.nn import functional as F
from transformer import Block, small_normal


class Backbone(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, patch = config["width"], config["patch"]
        self.patch, self.grid = patch, config["image"] // patch
        self.cls_token = small_normal(1, 1, width)
        self.mask_token = small_normal(1, width)
        self.pos_embed = small_normal(1, 1 + self.grid**2, width)
        self.patch_embed = nn.ModuleDict({"proj": nn.Linear(3 * patch * patch, width)})
        blocks = (Block(width, config["heads"], config["mlpRatio"]) for _ in range(config["depth"]))
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def embed(self, images, mask=None):
        """images: [B, S, S, 3]; mask: [B, patches] of bool → [B, 1 + patches, D]"""
        batch, size = images.shape[:2]
        grid = size // self.patch
        # A convolution of stride `patch`, as a matrix product: 15 % faster than nn.Conv2d, forward and backward.
        strips = images.view(batch, grid, self.patch, grid, self.patch * 3).transpose(2, 3)
        x = self.patch_embed["proj"](strips.reshape(batch, grid**2, -1))
        if mask is not None:
            x = torch.where(mask[..., None], self.mask_token, x)
        return torch.cat([self.cls_token.expand(batch, -1, -1), x], 1) + self.positions(grid)

    def positions(self, grid):
        if grid == self.grid:
            return self.pos_embed
        square = self.pos_embed[:, 1:].reshape(1, self.grid, self.grid, -1).permute(0, 3, 1, 2)
        scale = (grid + 0.1) / self.grid  # as DINO has it
        resized = F.interpolate(square, scale_factor=(scale, scale), mode="bicubic", align_corners=False)
        return torch.cat([self.pos_embed[:, :1], resized.permute(0, 2, 3, 1).flatten(1, 2)], 1)

    def tokens(self, images, mask=None):
        x = self.norm(self.blocks(self.embed(images, mask)))
        return x[:, 0], x[:, 1:]

    def cls(self, images):
        """The class token alone: the last block computes nothing else."""
        return self.norm(self.blocks[-1].first_token(self.blocks[:-1](self.embed(images))))


class Head(nn.Module):
    """Linear layers, BatchNorm and ReLU behind the hidden ones, BatchNorm without affine behind the last."""

    def __init__(self, *widths):
        super().__init__()
        self.layers = len(widths) - 1
        for i in range(1, len(widths)):
            setattr(self, f"fc{i}", nn.Linear(widths[i - 1], widths[i], bias=False))
            affine = i < self.layers
            setattr(self, f"norm{i}", nn.BatchNorm1d(widths[i], affine=affine, track_running_stats=False))

    def forward(self, x):
        for i in range(1, self.layers + 1):
            x = getattr(self, f"norm{i}")(getattr(self, f"fc{i}")(x))
            if i < self.layers:
                x = F.relu(x)
        return x


class Prototypes(nn.Module):
    """Weight-normalised linear layer."""

    def __init__(self, width, count):
        super().__init__()
        self.weight = small_normal(width, count)
        self.gain = nn.Parameter(torch.ones(1, count))

    def forward(self, x):
        return (x @ self.weight) * (self.gain / self.weight.norm(dim=0, keepdim=True))


class PrototypeHead(nn.Module):
    def __init__(self, width, hidden, bottleneck, prototypes):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, bottleneck)
        self.prototypes = Prototypes(bottleneck, prototypes)

    def forward(self, x):
        x = self.fc3(F.gelu(self.fc2(F.gelu(self.fc1(x)))))
        return self.prototypes(F.normalize(x, dim=-1))


class Synclr(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, head, ibot = config["model"]["width"], config["head"], config["ibot"]
        hidden, output = head["hidden"], head["output"]
        self.config = config
        self.backbone = Backbone(config["model"])
        self.projector = Head(width, hidden, hidden, output)
        self.predictor = Head(output, hidden, output)
        self.ibot = PrototypeHead(width, **ibot["head"])

    def make_teacher(self):
        teacher = copy.deepcopy(self).requires_grad_(False)
        del teacher.predictor, teacher.backbone.mask_token
        return teacher


def contrast(anchors, keys, labels, temperature, exclude_own):
    """Cross-entropy of every anchor against all images of its caption."""
    rows = labels.repeat(len(anchors) // len(keys))
    logits = F.normalize(anchors, dim=-1) @ F.normalize(keys, dim=-1).T / temperature
    positive = (rows[:, None] == labels[None, :]).float()
    if exclude_own:
        own = torch.eye(len(keys), dtype=torch.bool, device=keys.device)
        logits = logits.masked_fill(own, -1e9)
        positive = positive.masked_fill(own, 0)
    target = positive / positive.sum(1, keepdim=True)
    return -(target * logits.log_softmax(-1)).sum(1).mean()


def sinkhorn(logits, temperature, iterations):
    tokens, prototypes = logits.shape
    q = torch.exp((logits - logits.max()) / temperature)
    q /= q.sum()
    for _ in range(iterations):
        q /= q.sum(0, keepdim=True) * prototypes
        q /= q.sum(1, keepdim=True) * tokens
    return q * tokens


def losses(student, teacher, batch, teacher_temperature):
    """The parts of the loss: global, local, ibot."""
    config = student.config
    images, masked = batch["crops"], batch["masked"].long()
    count = len(masked)
    mask = torch.zeros(len(images), student.backbone.grid**2, dtype=torch.bool, device=images.device)
    mask[:count].scatter_(1, masked, True)
    with torch.no_grad():
        cls, patches = teacher.backbone.tokens(images)
        keys = teacher.projector(cls)
        logits = teacher.ibot(patches[mask])
        targets = sinkhorn(logits, teacher_temperature, config["ibot"]["iterations"])
    cls, patches = student.backbone.tokens(images, mask)
    embed = lambda x: student.predictor(student.projector(x))
    labels, temperature = batch["labels"], config["temperature"]
    logits = student.ibot(patches[mask]) / config["ibot"]["studentTemperature"]
    return {
        "global": contrast(embed(cls), keys, labels, temperature, True),
        "local": contrast(embed(student.backbone.cls(batch["locals"])), keys, labels, temperature, False),
        "ibot": -(targets * logits.log_softmax(-1)).sum(1).mean(),
    }


class Training:
    """AdamW, or Muon on the matrices of the blocks and AdamW on the rest, and the teacher's moving average."""

    def __init__(self, student, losses=losses):
        self.student, self.teacher, self.losses = student, student.make_teacher(), losses
        named = dict(student.named_parameters())
        on_muon = student.config["optimiser"] == "muon"
        muon = [p for name, p in named.items() if on_muon and ".blocks." in name and p.dim() == 2]
        chosen = {id(p) for p in muon}
        rest = [p for p in named.values() if id(p) not in chosen]
        groups = [
            {"params": [p for p in rest if p.dim() >= 2], "weight_decay": 0.05},
            {"params": [p for p in rest if p.dim() < 2], "weight_decay": 0.0},
        ]
        self.optimisers = [torch.optim.AdamW(groups, lr=1e-4, betas=tuple(student.config["betas"]), fused=True)]
        if muon:
            turned = {"weight_decay": 0.05, "adjust_lr_fn": "match_rms_adamw"}
            self.optimisers.append(torch.optim.Muon(muon, lr=1e-4, **turned))
        self.averages = list(self.teacher.parameters())
        self.followed = [named[name] for name, _ in self.teacher.named_parameters()]

    def step(self, batch):
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        parts = self.losses(self.student, self.teacher, batch, 0.05)
        loss = sum(parts.values())
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.followed, 0.01)
        return loss.item()
