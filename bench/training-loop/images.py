"""The batches of laptopSynclr with torchvision's transforms and a DataLoader; images are decoded once, and kept."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, Sampler
from torchvision import transforms as T

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def transform(recipe):
    """A crop as lib/synclr/augment/ makes it; what has probability 0 is left out."""
    jitter, blur = recipe["jitter"], recipe["blur"]
    strength = [jitter[name] for name in ("brightness", "contrast", "saturation", "hue")]
    steps = [
        T.RandomResizedCrop(recipe["size"], tuple(recipe["area"]), interpolation=T.InterpolationMode.BICUBIC),
        T.RandomHorizontalFlip(recipe["flip"]),
        T.RandomApply([T.ColorJitter(*strength)], jitter["probability"]),
    ]
    if recipe["grayscale"] > 0:
        steps.append(T.RandomGrayscale(recipe["grayscale"]))
    steps.append(T.RandomApply([T.GaussianBlur(blur["kernel"], tuple(blur["sigma"]))], blur["probability"]))
    if recipe["solarize"] > 0:
        steps.append(T.RandomSolarize(128, recipe["solarize"]))
    return T.Compose([*steps, T.ToTensor(), T.Normalize(MEAN, STD)])


class Images(Dataset):
    """Every image of a set, in the order of captions."""

    def __init__(self, folder, crops):
        self.images = []
        for shard in json.loads((Path(folder) / "manifest.json").read_text())["shards"]:
            with tarfile.open(Path(folder) / shard["file"]) as tar:
                for member in sorted((m for m in tar if m.name.endswith(".webp")), key=lambda m: m.name):
                    self.images.append(Image.open(io.BytesIO(tar.extractfile(member).read())).convert("RGB"))
        self.globals = [transform(recipe) for recipe in crops["globals"]]
        self.local, self.locals = transform(crops["local"]), crops["locals"]

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index]
        chosen = self.globals[int(torch.randint(len(self.globals), ()))]
        return chosen(image), [self.local(image) for _ in range(self.locals)]


class Captions(Sampler):
    """View-major batches: all images of random captions, without end."""

    def __init__(self, captions, config):
        self.captions, self.size, self.per_caption = captions, config["captions"], config["imagesPerCaption"]

    def __iter__(self):
        while True:
            order = torch.randperm(self.captions).tolist()
            for at in range(0, self.captions - self.size + 1, self.size):
                chosen = order[at : at + self.size]
                yield [caption * self.per_caption + k for k in range(self.per_caption) for caption in chosen]


def collate(config):
    captions, per_caption, ibot = config["captions"], config["imagesPerCaption"], config["ibot"]
    patches = (config["model"]["image"] // config["model"]["patch"]) ** 2
    images = int(captions * per_caption * ibot["maskedImages"])
    masked = int(patches * ibot["maskedPatches"])

    def join(rows):
        crops = torch.stack([crop for crop, _ in rows])
        local = torch.stack([row[1][view] for view in range(config["crops"]["locals"]) for row in rows])
        return {
            "crops": crops.permute(0, 2, 3, 1).contiguous(),
            "locals": local.permute(0, 2, 3, 1).contiguous(),
            "labels": torch.arange(captions).repeat(per_caption),
            "masked": torch.from_numpy(np.stack([np.random.permutation(patches)[:masked] for _ in range(images)])),
        }

    return join


def loader(folder, config, workers):
    images = Images(folder, config["crops"])
    captions = Captions(len(images) // config["imagesPerCaption"], config)
    return DataLoader(images, batch_sampler=captions, num_workers=workers, collate_fn=collate(config))
