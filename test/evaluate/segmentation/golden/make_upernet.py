"""Golden numbers of UperNet from a PyTorch restatement of mmsegmentation's neck and heads, on copied weights.

    python make_upernet.py     # needs torch, scikit-learn, safetensors; writes upernet.safetensors and iou.json

Parameters are waves in the order of their names, in the layout of this library ([in, out] and [kernel, kernel, in, out]);
so the test makes the same ones and nothing but results is stored.
"""

import json

import numpy as np
import sklearn
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.numpy import save_file
from sklearn.metrics import jaccard_score

B, G, WIDTH, CHANNELS, AUX, CLASSES, SIZE = 2, 6, 8, 4, 3, 5, 20
SCALES = (1, 2, 3, 6)


def wave(shape, phase, scale=1.0):
    i = np.arange(int(np.prod(shape)), dtype=np.float64)
    return (scale * np.sin(phase + 0.7 * i + 0.013 * (i * i))).astype(np.float32).reshape(shape)


class ConvModule(nn.Module):
    def __init__(self, cin, cout, k):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, k, padding=k // 2, bias=False)
        self.bn = nn.BatchNorm2d(cout)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


def up(x, size):
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


class Neck(nn.Module):
    def __init__(self):
        super().__init__()
        deconv = lambda: nn.ConvTranspose2d(WIDTH, WIDTH, 2, 2)
        self.upsample_4x = nn.Sequential(deconv(), nn.BatchNorm2d(WIDTH), nn.GELU(), deconv())
        self.upsample_2x = nn.Sequential(deconv())

    def forward(self, f):
        return self.upsample_4x(f[0]), self.upsample_2x(f[1]), f[2], F.max_pool2d(f[3], 2, 2)


class Uper(nn.Module):
    def __init__(self):
        super().__init__()
        self.psp_modules = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(s), ConvModule(WIDTH, CHANNELS, 1)) for s in SCALES
        )
        self.bottleneck = ConvModule(WIDTH + len(SCALES) * CHANNELS, CHANNELS, 3)
        self.lateral_convs = nn.ModuleList(ConvModule(WIDTH, CHANNELS, 1) for _ in range(3))
        self.fpn_convs = nn.ModuleList(ConvModule(CHANNELS, CHANNELS, 3) for _ in range(3))
        self.fpn_bottleneck = ConvModule(4 * CHANNELS, CHANNELS, 3)
        self.conv_seg = nn.Conv2d(CHANNELS, CLASSES, 1)

    def forward(self, levels):
        last = levels[-1]
        psp = [last] + [up(m(last), last.shape[2:]) for m in self.psp_modules]
        laterals = [conv(x) for conv, x in zip(self.lateral_convs, levels)] + [self.bottleneck(torch.cat(psp, 1))]
        for i in (3, 2, 1):
            laterals[i - 1] = laterals[i - 1] + up(laterals[i], laterals[i - 1].shape[2:])
        outs = [conv(x) for conv, x in zip(self.fpn_convs, laterals)] + [laterals[3]]
        outs = [outs[0]] + [up(x, outs[0].shape[2:]) for x in outs[1:]]
        return self.conv_seg(self.fpn_bottleneck(torch.cat(outs, 1)))


class Fcn(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.Sequential(ConvModule(WIDTH, AUX, 3))
        self.conv_seg = nn.Conv2d(AUX, CLASSES, 1)

    def forward(self, x):
        return self.conv_seg(self.convs(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.neck, self.decode_head, self.auxiliary_head = Neck(), Uper(), Fcn()

    def forward(self, f):
        levels = self.neck(f)
        return self.decode_head(levels), self.auxiliary_head(levels[2])


def ours(name, shape):
    """The shape in this library's layout, and how to get from it to PyTorch's."""
    if len(shape) == 4 and "upsample" in name:
        cin, cout = shape[0], shape[1]
        return (cin, 4 * cout), lambda a: a.reshape(cin, 2, 2, cout).transpose(0, 3, 1, 2)
    if len(shape) == 4 and "conv_seg" in name:
        return (shape[1], shape[0]), lambda a: a.T[:, :, None, None]
    if len(shape) == 4:
        return (shape[2], shape[3], shape[1], shape[0]), lambda a: a.transpose(3, 2, 0, 1)
    return tuple(shape), lambda a: a


def back(name, g):
    if g.ndim == 4 and "upsample" in name:
        return g.transpose(0, 2, 3, 1).reshape(g.shape[0], -1)
    if g.ndim == 4 and "conv_seg" in name:
        return g[:, :, 0, 0].T
    return g.transpose(2, 3, 1, 0) if g.ndim == 4 else g


model = Model().double()
with torch.no_grad():
    for t, (name, p) in enumerate(sorted(model.named_parameters())):
        shape, layout = ours(name, p.shape)
        value = wave(shape, t, 0.5)
        if name.endswith(("bn.weight", "upsample_4x.1.weight")):
            value = value + np.float32(1)
        p.copy_(torch.tensor(np.ascontiguousarray(layout(value))).double())

features = [
    torch.tensor(wave((B, G, G, WIDTH), 10 + i)).double().permute(0, 3, 1, 2).contiguous() for i in range(4)
]
mask = torch.tensor([[[(y // 5 + 2 * (x // 7) + b) % CLASSES for x in range(SIZE)] for y in range(SIZE)] for b in range(B)])
mask[0, :3] = 255

model.train()
main, aux = model(features)
nhwc = lambda x: np.ascontiguousarray(x.detach().permute(0, 2, 3, 1).numpy().astype(np.float32))
# mmsegmentation's default: what is ignored costs nothing, and counts in the mean all the same.
cost = lambda x: F.cross_entropy(up(x, (SIZE, SIZE)), mask, ignore_index=255, reduction="none").mean()
loss = cost(main) + 0.4 * cost(aux)
loss.backward()
out = {"train.main": nhwc(main), "train.aux": nhwc(aux), "loss": np.array([loss.item()], np.float32)}
for name, p in model.named_parameters():
    out[f"grad.{name}"] = np.ascontiguousarray(back(name, p.grad.numpy()).astype(np.float32))
for name, b in model.named_buffers():
    if "running" in name:
        out[f"stat.{name}"] = b.numpy().astype(np.float32)
model.eval()
main, aux = model(features)
out["eval.main"] = nhwc(main)
save_file(out, "upernet.safetensors")

# Intersection over union of two pictures, of which the last class is in neither, from scikit-learn.
i = np.arange(400)
exact, predicted = (i * i // 7) % 5, (i * i // 7 + (i % 3 == 0) * (i % 4)) % 5
exact, predicted = exact % 5, predicted
kept = i % 11 != 0
scores = jaccard_score(exact[kept], predicted[kept], labels=list(range(5)), average=None)
json.dump(
    {
        "scikit-learn": sklearn.__version__,
        "exact": np.where(kept, exact, 255).tolist(),
        "predicted": predicted.tolist(),
        "iou": np.round(scores, 10).tolist(),
        "mean": round(float(scores.mean()), 10),
        "accuracy": round(float((exact == predicted)[kept].mean()), 10),
    },
    open("iou.json", "w"),
    separators=(",", ":"),
)
