"""
Writes augment.json: torchvision's augmentations with fixed parameters on two small pictures.

    python test/synclr/golden/make_augment.py        needs torch, torchvision and pillow < 13

From Pillow 13 on, heights that shrink more than widths do are resized first: that moves a few pixels of stripes of one pixel
by up to 14 of 255. The order kept here is that of all versions of the paper's time.

Every operation is done twice: on a PIL image, as the published code does it, with a rounding to 8 bits after each operation
(kept whole, as PNG), and on a tensor of floats, which rounds nothing (kept at some places). Boxes of RandomResizedCrop are
kept with the random numbers they were made from.
"""

import base64
import io
import json
from pathlib import Path
from unittest import mock

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

here = Path(__file__).parent
PLACES = 120
BICUBIC, BILINEAR = InterpolationMode.BICUBIC, InterpolationMode.BILINEAR


def picture(width, height, seed):
    """A sky over a ground, discs of strong and of greyish colours, stripes of one pixel, and some noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([90 + 120 * y / height, 140 - 60 * y / height + 30 * x / width, 230 - 190 * y / height], -1)
    for _ in range(7):
        cx, cy, r = random.uniform(0, width), random.uniform(0, height), random.uniform(0.08, 0.25) * height
        image[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = random.choice([0, 60, 128, 200, 255], 3)
    image[height // 2 : height // 2 + 6, ::2] = 255
    image[height // 2 : height // 2 + 6, 1::2] = 0
    noisy = image + (y > 0.88 * height)[..., None] * random.normal(0, 12, image.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def png(image):
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def floats(image):
    return torch.from_numpy(np.asarray(image).astype(np.float32) / 255).permute(2, 0, 1)


def places(tensor):
    """255 times the numbers at PLACES places (channels last) spread evenly over the image, the first and the last included."""
    flat = (255 * tensor).permute(1, 2, 0).reshape(-1)
    return [round(flat[k * (len(flat) - 1) // (PLACES - 1)].item(), 3) for k in range(PLACES)]


OPERATIONS = {
    "crop": lambda im, left, top, width, height, size: F.resized_crop(
        im, top, left, height, width, [size, size], BICUBIC, antialias=True
    ),
    "flip": lambda im: F.hflip(im),
    "brightness": lambda im, factor: F.adjust_brightness(im, factor),
    "contrast": lambda im, factor: F.adjust_contrast(im, factor),
    "saturation": lambda im, factor: F.adjust_saturation(im, factor),
    "hue": lambda im, factor: F.adjust_hue(im, factor),
    "grayscale": lambda im: F.rgb_to_grayscale(im, num_output_channels=3),
    "blur": lambda im, size, sigma: F.gaussian_blur(im, [size, size], [sigma, sigma]),
    "solarize": lambda im: F.solarize(im, 128 if isinstance(im, Image.Image) else 128 / 255),
    "downsample": lambda im, side, back: F.resize(F.resize(im, [side], BILINEAR, antialias=True), [back], BILINEAR, antialias=True),
}


def crops(width, height):
    """Boxes that shrink, enlarge, do both, and take all."""
    yield dict(left=1, top=2, width=width - 5, height=height - 9, size=24)
    yield dict(left=5, top=3, width=14, height=17, size=24)
    yield dict(left=9, top=0, width=19, height=height - 2, size=24)
    yield dict(left=0, top=0, width=width, height=height, size=16)


def cases(width, height):
    yield from (("crop", box) for box in crops(width, height))
    yield "flip", {}
    for name, factors in dict(brightness=(0.6, 1.4), contrast=(0.6, 1.4), saturation=(0.8, 1.2), hue=(-0.1, 0.07)).items():
        yield from ((name, dict(factor=factor)) for factor in factors)
    yield "grayscale", {}
    yield from (("blur", dict(size=size, sigma=sigma)) for size, sigma in ((9, 0.1), (9, 0.8), (9, 2.0), (3, 0.5)))
    yield "solarize", {}
    yield "downsample", dict(side=12, back=40)


# The recipes of the two kinds of global crops, every operation at work, in the order of the published code.
CHAINS = {
    "first kind": [
        ("crop", dict(left=2, top=1, width=30, height=33, size=32)),
        ("flip", {}),
        ("hue", dict(factor=0.06)),
        ("brightness", dict(factor=1.25)),
        ("saturation", dict(factor=0.85)),
        ("contrast", dict(factor=1.3)),
        ("blur", dict(size=9, sigma=1.1)),
    ],
    "second kind": [
        ("crop", dict(left=3, top=2, width=35, height=28, size=32)),
        ("contrast", dict(factor=0.7)),
        ("saturation", dict(factor=1.2)),
        ("brightness", dict(factor=0.8)),
        ("hue", dict(factor=-0.09)),
        ("grayscale", {}),
        ("blur", dict(size=9, sigma=0.4)),
        ("solarize", {}),
    ],
}
IMAGENET = T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def boxes():
    """Boxes with the draws behind them: shares of the uniform intervals, then where the box lies."""
    found = []
    sizes = [(64, 64), (45, 37), (256, 256), (100, 4), (3, 90)]
    for seed, ((width, height), area) in enumerate((s, a) for s in sizes for a in ((0.32, 1.0), (0.08, 0.32), (0.9, 1.0))):
        uniforms, integers = [], []
        draw, randint = torch.Tensor.uniform_, torch.randint

        def uniform(self, low=0.0, high=1.0):
            result = draw(self, low, high)
            uniforms.append((result.item() - float(low)) / (float(high) - float(low)))
            return result

        def integer(low, high, size):
            result = randint(low, high, size)
            integers.append([high, result.item()])
            return result

        torch.manual_seed(seed)
        with mock.patch.object(torch.Tensor, "uniform_", uniform), mock.patch.object(torch, "randint", integer):
            image = torch.zeros(3, height, width)
            top, left, h, w = T.RandomResizedCrop.get_params(image, list(area), [3 / 4, 4 / 3])
        found.append(
            dict(
                image=dict(width=width, height=height),
                area=area,
                uniforms=uniforms,
                integers=integers,
                box=dict(left=left, top=top, width=w, height=h),
            )
        )
    return found


def main():
    assert int(PIL.__version__.split('.')[0]) < 13, PIL.__version__
    pictures = {"64 × 64": picture(64, 64, 1), "45 × 37": picture(45, 37, 2)}
    golden = dict(versions=dict(torch=torch.__version__, torchvision=torchvision.__version__, pillow=PIL.__version__))
    golden["pictures"] = {name: dict(width=im.width, height=im.height, png=png(im)) for name, im in pictures.items()}
    golden["cases"] = []
    for name, image in pictures.items():
        for operation, parameters in cases(image.width, image.height):
            done = OPERATIONS[operation](image, **parameters)
            tensor = OPERATIONS[operation](floats(image), **parameters).clamp(0, 1)
            golden["cases"].append(
                dict(picture=name, operation=operation, parameters=parameters, pil=png(done), tensor=places(tensor))
            )
    golden["chains"] = []
    for name, image in pictures.items():
        for kind, chain in CHAINS.items():
            done, tensor = image, floats(image)
            for operation, parameters in chain:
                done = OPERATIONS[operation](done, **parameters)
                tensor = OPERATIONS[operation](tensor, **parameters).clamp(0, 1)
            golden["chains"].append(
                dict(
                    picture=name,
                    kind=kind,
                    steps=[dict(operation=operation, parameters=parameters) for operation, parameters in chain],
                    pil=png(done),
                    tensor=places(tensor),
                    normalised=places(IMAGENET(T.ToTensor()(done))),
                )
            )
    golden["boxes"] = boxes()
    (here / "augment.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


main()
