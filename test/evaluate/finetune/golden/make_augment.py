"""Golden numbers of the fine-tuning augmentations, from timm and Pillow, on an image made by a formula.

    python make_augment.py     # needs timm, torch, Pillow; writes augment.json
"""

import json
import random

import numpy as np
import PIL
import timm
import torch
from PIL import Image
from timm.data import auto_augment as aa
from timm.data.mixup import Mixup, cutmix_bbox_and_lam, mixup_target
from timm.loss import SoftTargetCrossEntropy

WIDTH, HEIGHT = 13, 11
FILL = (123, 117, 104)

i = np.arange(WIDTH * HEIGHT * 3)
pixels = np.uint8(np.floor(127.5 + 120 * np.sin(0.9 * i + 0.004 * i * i))).reshape(HEIGHT, WIDTH, 3)
image = Image.fromarray(pixels)

VALUES = {
    "AutoContrast": [0],
    "Equalize": [0],
    "Invert": [0],
    "Rotate": [27.3, -11.0],
    "PosterizeIncreasing": [1, 2, 4],
    "SolarizeIncreasing": [26, 256],
    "SolarizeAdd": [99],
    "ColorIncreasing": [1.81, 0.19],
    "ContrastIncreasing": [1.81, 0.19],
    "BrightnessIncreasing": [1.81, 0.19],
    "SharpnessIncreasing": [1.81, 0.19],
    "ShearX": [0.27, -0.13],
    "ShearY": [0.27, -0.13],
    "TranslateXRel": [0.4, -0.17],
    "TranslateYRel": [0.4, -0.17],
}
assert list(VALUES) == aa._RAND_INCREASING_TRANSFORMS

operations = []
for name, values in VALUES.items():
    for value in values:
        args = () if name in ("AutoContrast", "Equalize", "Invert") else (value,)
        out = aa.NAME_TO_OP[name](image, *args, fillcolor=FILL, resample=Image.Resampling.BICUBIC)
        operations.append({"name": name, "value": value, "image": np.asarray(out).ravel().tolist()})

# What a level means, once for each sign.
levels = []
random_negate = aa._randomly_negate
for sign in (1, -1):
    aa._randomly_negate = lambda v: sign * v
    for name in VALUES:
        for level in (0.0, 3.7, 9.0, 10.0):
            to_value = aa.LEVEL_TO_ARG[name]
            value = to_value(level, {})[0] if to_value else 0
            levels.append({"name": name, "level": level, "sign": sign, "value": value})
aa._randomly_negate = random_negate

# Mixing: the batch is x[b, y, x, c] = sin(0.37 k), as [4, 6, 6, 3].
x = np.sin(0.37 * np.arange(4 * 6 * 6 * 3)).astype(np.float32).reshape(4, 6, 6, 3)
chw = torch.tensor(x).permute(0, 3, 1, 2)
labels = torch.tensor([2, 0, 4, 4])
mixed = chw * 0.3 + chw.flip(0) * 0.7
boxes = []
for lam, seed in ((0.42, 1), (0.9, 2), (0.1, 3)):
    np.random.seed(seed)
    (yl, yh, xl, xh), corrected = cutmix_bbox_and_lam(chw.shape, lam)
    np.random.seed(seed)
    cy, cx = np.random.randint(0, 6), np.random.randint(0, 6)
    cut = chw.clone()
    cut[:, :, yl:yh, xl:xh] = chw.flip(0)[:, :, yl:yh, xl:xh]
    boxes.append(
        {
            "share": lam,
            "centre": [int(cy), int(cx)],
            "box": [int(yl), int(yh), int(xl), int(xh)],
            "corrected": float(corrected),
            "images": np.round(cut.permute(0, 2, 3, 1).numpy().ravel(), 6).tolist(),
        }
    )
targets = mixup_target(labels, 5, 0.3, 0.1)
logits = torch.tensor(np.sin(1.1 * np.arange(20)).reshape(4, 5), dtype=torch.float64, requires_grad=True)
loss = SoftTargetCrossEntropy()(logits, targets.double())
loss.backward()

json.dump(
    {
        "timm": timm.__version__,
        "Pillow": PIL.__version__,
        "operations": operations,
        "levels": levels,
        "mixup": np.round(mixed.permute(0, 2, 3, 1).numpy().ravel(), 6).tolist(),
        "cutmix": boxes,
        "targets": np.round(targets.numpy().ravel(), 7).tolist(),
        "loss": round(loss.item(), 8),
        "gradient": np.round(logits.grad.numpy().ravel(), 8).tolist(),
    },
    open("augment.json", "w"),
    separators=(",", ":"),
)
