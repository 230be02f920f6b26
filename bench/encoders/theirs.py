"""
    python theirs.py checkpoint B16 folder    a timm ViT in the layout of SynCLR's checkpoints, and its features
    python theirs.py onnx folder              the features of encoder.onnx, by Python's ONNX Runtime

Weights and images are those of test/synclr/golden/counter.py. Needs torch and timm, or onnxruntime and numpy.
"""

import argparse
import sys
from pathlib import Path

here = Path(__file__).parent
sys.path.insert(0, str(here.parent / "peer"))
sys.path.insert(0, str(here.parents[1] / "test" / "synclr" / "golden"))
from exchange import read_safetensors, write_safetensors  # noqa: E402

MODELS = {
    "B16": dict(img_size=224, patch_size=16, embed_dim=768, depth=12, num_heads=12),
    "L14": dict(img_size=224, patch_size=14, embed_dim=1024, depth=24, num_heads=16),
}


def checkpoint(name, folder):
    import torch
    from counter import fill, images
    from timm.models.vision_transformer import VisionTransformer

    model = VisionTransformer(num_classes=1000, **MODELS[name]).eval()
    fill(model)
    state = {f"visual.{key}": tensor for key, tensor in model.state_dict().items()}
    torch.save({"model": state, "epoch": 0, "args": argparse.Namespace(model=name)}, folder / "checkpoint.pth")
    x = images(2, 224, 224)
    with torch.no_grad():
        tokens = model.forward_features(x)
    channels_last = x.permute(0, 2, 3, 1).contiguous()
    write_safetensors(folder / "theirs.safetensors", {"images": channels_last, "cls": tokens[:, 0], "patches": tokens[:, 1:]})


def onnx(folder):
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(folder / "encoder.onnx", providers=["CPUExecutionProvider"])
    images = read_safetensors(folder / "theirs.safetensors")["images"].permute(0, 3, 1, 2).contiguous().numpy()
    cls, patches = session.run(["cls", "patches"], {"images": images})
    one = session.run(["cls"], {"images": images[:1]})[0]
    tensors = {"cls": cls, "patches": patches, "one": one}
    write_safetensors(folder / "python.safetensors", {name: torch.from_numpy(a) for name, a in tensors.items()})
    print(onnxruntime.__version__)


if sys.argv[1] == "checkpoint":
    checkpoint(sys.argv[2], Path(sys.argv[3]))
else:
    onnx(Path(sys.argv[2]))
