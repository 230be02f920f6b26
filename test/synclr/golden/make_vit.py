"""
Writes vit.safetensors and layouts.json: features of ViTs by timm in float64, resized positions by PyTorch, and the names
and shapes of published checkpoints.

    python test/synclr/golden/make_vit.py && npm run format        needs torch, timm and numpy
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from counter import fill, images, noise
from timm.models.vision_transformer import VisionTransformer
from torch.nn import functional as F

here = Path(__file__).parent
sys.path.insert(0, str(here.parents[2] / "bench" / "peer"))
from exchange import write_safetensors  # noqa: E402

# The widths of the paper's backbones, two blocks deep; and a small one with LayerScale, as DINO v2 has it.
MODELS = {
    "B/16": dict(img_size=224, patch_size=16, embed_dim=768, depth=2, num_heads=12),
    "L/14": dict(img_size=224, patch_size=14, embed_dim=1024, depth=2, num_heads=16),
    "scaled": dict(img_size=56, patch_size=14, embed_dim=128, depth=2, num_heads=2, init_values=1e-5),
}


def features(config):
    """The class token, the first four patches, and what the class token looks at in each head of the last block."""
    model = VisionTransformer(num_classes=0, **config)
    fill(model)
    model.double().eval()
    block = model.blocks[-1]
    seen = {}
    block.norm1.register_forward_hook(lambda _module, _inputs, out: seen.update(x=out))
    size = config["img_size"]
    with torch.no_grad():
        tokens = model.forward_features(images(1, size, size).double())[0]
        x = seen["x"]
        q, k, _ = block.attn.qkv(x).reshape(x.shape[1], 3, config["num_heads"], -1).permute(1, 2, 0, 3)
        attention = (q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).softmax(-1)
    return {"cls": tokens[0], "patches": tokens[1:5], "attention": attention[:, 0]}


def resized(trained, rows, columns):
    """Two channels of positions on a trained × trained grid, resized as DINO does and plainly: [rows·columns, 2]."""
    grid = torch.from_numpy(noise(trained * trained * 2, 7).astype(np.float32)).double().reshape(1, trained, trained, 2).permute(0, 3, 1, 2)
    scale = ((rows + 0.1) / trained, (columns + 0.1) / trained)
    dino = F.interpolate(grid, scale_factor=scale, mode="bicubic")
    plain = F.interpolate(grid, size=(rows, columns), mode="bicubic", align_corners=False)
    return {name: t[0].permute(1, 2, 0).reshape(-1, 2) for name, t in {"dino": dino, "plain": plain}.items()}


def layout(config):
    model = VisionTransformer(**config)
    return {name: list(p.shape) for name, p in model.state_dict().items()}


def main():
    tensors = {}
    for name, config in MODELS.items():
        tensors |= {f"{name}.{key}": t for key, t in features(config).items()}
    for trained, rows, columns in [(14, 6, 6), (16, 24, 32), (37, 16, 16), (5, 7, 3)]:
        tensors |= {f"{key}.{trained}.{rows}x{columns}": t for key, t in resized(trained, rows, columns).items()}
    write_safetensors(here / "vit.safetensors", tensors, {"torch": torch.__version__})
    base = dict(embed_dim=768, depth=12, num_heads=12)
    layouts = {
        "timm": layout(dict(img_size=224, patch_size=16, num_classes=1000, **base)),
        # DINO v2's own names are these, with a mask token beside them.
        "dinov2": layout(dict(img_size=518, patch_size=14, num_classes=0, init_values=1.0, **base))
        | {"mask_token": [1, 768]},
    }
    (here / "layouts.json").write_text(json.dumps(layouts))


main()
