"""
Writes clip.safetensors: both towers of a small CLIP, its loss and all gradients, in float64, by the text model of transformers
and the ViT of timm.

    python test/synclr/golden/make_clip.py        needs torch, transformers, timm and numpy

Parameters and images are chirps of their indices (see `wave`), in the library's names and layout; none are stored.
"""

import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import timm
import torch
import transformers
from timm.models.vision_transformer import VisionTransformer
from torch.func import functional_call
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

here = Path(__file__).parent
sys.path.insert(0, str(here.parents[2] / "bench" / "peer"))
from exchange import write_safetensors  # noqa: E402

torch.set_default_dtype(torch.float64)
WIDTH, OUTPUT, PATCH, CONTEXT, VOCABULARY = 16, 6, 8, 8, 16
# The last token ends a text; the second text is filled up with it, as some tokenizers do, and the third is full.
TOKENS = [[3, 1, 4, 15, 0, 0, 0, 0], [9, 15, 15, 15, 15, 15, 15, 15], [14, 2, 6, 5, 3, 5, 8, 15]]
LABELS = torch.tensor([0, 1, 2, 0, 1, 2])


def wave(shape, phase, scale=1.0):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return torch.from_numpy((scale * np.sin(phase + 0.7 * i + 0.013 * (i * i))).astype(np.float32).reshape(shape)).double()


text_model = CLIPTextModelWithProjection(
    CLIPTextConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        projection_dim=OUTPUT,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        hidden_act="gelu",
        layer_norm_eps=1e-6,
        eos_token_id=VOCABULARY - 1,
        bos_token_id=None,
        pad_token_id=0,
    )
).eval()
image_model = VisionTransformer(
    img_size=16, patch_size=PATCH, embed_dim=WIDTH, depth=2, num_heads=2, mlp_ratio=2, num_classes=0
).eval()


def shapes():
    """The parameters as the library has them."""
    def block(name, hidden):
        return {
            f"{name}.norm1.weight": [WIDTH],
            f"{name}.norm1.bias": [WIDTH],
            f"{name}.attn.qkv.weight": [WIDTH, 3 * WIDTH],
            f"{name}.attn.qkv.bias": [3 * WIDTH],
            f"{name}.attn.proj.weight": [WIDTH, WIDTH],
            f"{name}.attn.proj.bias": [WIDTH],
            f"{name}.norm2.weight": [WIDTH],
            f"{name}.norm2.bias": [WIDTH],
            f"{name}.mlp.fc1.weight": [WIDTH, hidden],
            f"{name}.mlp.fc1.bias": [hidden],
            f"{name}.mlp.fc2.weight": [hidden, WIDTH],
            f"{name}.mlp.fc2.bias": [WIDTH],
        }

    all_shapes = {
        "backbone.cls_token": [1, 1, WIDTH],
        "backbone.pos_embed": [1, 5, WIDTH],
        "backbone.patch_embed.proj.weight": [PATCH * PATCH * 3, WIDTH],
        "backbone.patch_embed.proj.bias": [WIDTH],
        "text.word_embedding.weight": [VOCABULARY, WIDTH],
        "text.position_embedding.weight": [CONTEXT, WIDTH],
        "image_projection.weight": [WIDTH, OUTPUT],
        "text_projection.weight": [WIDTH, OUTPUT],
    }
    for tower, hidden in ("backbone", 2 * WIDTH), ("text", 4 * WIDTH):
        all_shapes |= {f"{tower}.norm.weight": [WIDTH], f"{tower}.norm.bias": [WIDTH]}
        for i in range(2):
            all_shapes |= block(f"{tower}.blocks.{i}", hidden)
    return all_shapes


def parameters():
    values = {}
    for t, (name, shape) in enumerate(sorted(shapes().items())):
        gain = "norm" in name and name.endswith("weight")
        values[name] = (wave(shape, t, 0.5) + gain).requires_grad_()
    values["logit_scale"] = torch.tensor(np.float32(math.log(1 / 0.07)).item()).requires_grad_()
    return values


def turned(value):
    """A linear layer's weight as PyTorch has it; a bias stays as it is."""
    return value.T if value.dim() == 2 else value


def for_timm(p):
    renamed = {}
    for name, value in p.items():
        if name.startswith("backbone."):
            linear = re.search(r"(qkv|proj|fc\d)\.weight$", name) and "patch_embed" not in name
            renamed[name.removeprefix("backbone.")] = value.T if linear else value
    kernel = p["backbone.patch_embed.proj.weight"].reshape(PATCH, PATCH, 3, WIDTH)
    return renamed | {"patch_embed.proj.weight": kernel.permute(3, 2, 0, 1)}


def for_transformers(p, names):
    """A text model's parameters by its own names, whatever it puts before them."""
    own = {
        "token_embedding.weight": p["text.word_embedding.weight"],
        "position_embedding.weight": p["text.position_embedding.weight"],
        "final_layer_norm.weight": p["text.norm.weight"],
        "final_layer_norm.bias": p["text.norm.bias"],
        "text_projection.weight": p["text_projection.weight"].T,
    }
    for i in range(2):
        ours, theirs = f"text.blocks.{i}", f"layers.{i}"
        for kind in "weight", "bias":
            for j, part in enumerate("qkv"):
                own[f"{theirs}.self_attn.{part}_proj.{kind}"] = turned(p[f"{ours}.attn.qkv.{kind}"]).chunk(3)[j]
            own[f"{theirs}.self_attn.out_proj.{kind}"] = turned(p[f"{ours}.attn.proj.{kind}"])
            for k in 1, 2:
                own[f"{theirs}.layer_norm{k}.{kind}"] = p[f"{ours}.norm{k}.{kind}"]
                own[f"{theirs}.mlp.fc{k}.{kind}"] = turned(p[f"{ours}.mlp.fc{k}.{kind}"])
    full = {next(n for n in names if n.endswith(name)): value for name, value in own.items()}
    assert set(full) == set(names)
    return full


def matched(logits, belongs):
    """Cross-entropy against a target that is uniform over what belongs to each row."""
    target = belongs.double()
    return F.cross_entropy(logits, target / target.sum(1, keepdim=True))


def main():
    p = parameters()
    images = wave([6, 16, 16, 3], 0.4)
    tokens = functional_call(image_model, for_timm(p), (images.permute(0, 3, 1, 2),))
    names = [name for name, _ in text_model.named_parameters()]
    text = functional_call(text_model, for_transformers(p, names), (torch.tensor(TOKENS),))
    pictures = F.normalize(tokens @ p["image_projection.weight"])
    captions = F.normalize(text.text_embeds)
    logits = p["logit_scale"].exp().clamp(max=100) * pictures @ captions.T
    belongs = LABELS[:, None] == torch.arange(3)[None]
    loss = (matched(logits, belongs) + matched(logits.T, belongs.T)) / 2
    loss.backward()
    square, order = logits[:3], torch.arange(3)
    single = (F.cross_entropy(square, order) + F.cross_entropy(square.T, order)) / 2
    write_safetensors(
        here / "clip.safetensors",
        {name: value.grad for name, value in p.items()}
        | {"out/image": tokens.detach(), "out/text": captions.detach(), "out/pictures": pictures.detach()},
        {
            "losses": json.dumps({"two images a caption": loss.item(), "one image a caption": single.item()}),
            "tokens": json.dumps(TOKENS),
            "versions": f"torch {torch.__version__}, transformers {transformers.__version__}, timm {timm.__version__}",
        },
    )
    print(loss.item(), single.item())


main()
