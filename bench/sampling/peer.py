"""
The generator of a model folder in PyTorch, eager: text encoder once, then Euler steps with classifier-free guidance.
Resident: says that it is ready, and then samples whenever a line of JSON asks for it.

    python peer.py MODEL THREADS
    stdin: {"batch": n, "pair": true, "steps": n, "guidance": w, "ids": [[...]], "noise": FILE, "out": FILE or null}
    stdout: {"ms": time, "cpuMs": of the processor} a line

`ids` are the captions' tokens, `noise` and `out` files of float32 [images, 3, size, size]. `batch` images are sampled
at once; `pair` puts them into one call with and without their captions, else into two.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "peer"))
from dit import Dit  # noqa: E402
from exchange import load  # noqa: E402
from place import mixed, placed, wait  # noqa: E402
from torch.nn import functional as F  # noqa: E402


def learnt_weights(folder):
    """{name: tensor}: the named initializers of the folder's graphs, stored in 16 bits or in 32."""
    weights = {}
    for part in ("text_encoder", "transformer"):
        for initializer in onnx.load(str(folder / part / "model.onnx")).graph.initializer:
            name = initializer.name.removesuffix(".half")
            if name.endswith((".weight", ".bias")):
                weights[name] = torch.from_numpy(onnx.numpy_helper.to_array(initializer).astype(np.float32))
    return weights


class Generator(Dit):
    def predict(self, noisy, sigma, words, pooled):
        """The velocity noise − image. noisy: [B, 3, S, S]; sigma: a number."""
        condition = F.silu(self.embed_time(torch.full((len(noisy),), sigma * 1000, device=noisy.device)) + self.pooled_embedder(pooled))
        x = self.x_embedder(self.windows.split(noisy)) + self.positions
        for block in self.blocks:
            x = block(x, words, condition)
        shift, scale = self.final["adaLN"](condition).unsqueeze(1).chunk(2, -1)
        guess = self.windows.join(self.final["head"](F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift))
        return (noisy - guess) / sigma

    def sample(self, ids, noise, steps, guidance, pair):
        """Images [B, 3, S, S] in [−1, 1]. diffusers' FlowMatchEulerDiscreteScheduler without shift."""
        told, untold = self.text(ids), self.text(torch.zeros_like(ids))
        both = [torch.cat(parts) for parts in zip(told, untold, strict=True)]
        sigmas = [1 + (1 / 1000 - 1) * i / max(1, steps - 1) for i in range(steps)] + [0]
        x = noise
        for sigma, following in zip(sigmas, sigmas[1:], strict=False):
            if pair:
                with_caption, without = self.predict(torch.cat([x, x]), sigma, *both).chunk(2)
            else:
                with_caption, without = self.predict(x, sigma, *told), self.predict(x, sigma, *untold)
            x = x + (following - sigma) * torch.lerp(without, with_caption, guidance)
        return x


def main(folder, threads):
    torch.set_num_threads(threads)
    config = json.loads((folder / "transformer" / "config.json").read_text())
    model = Generator(config)
    load(model, learnt_weights(folder))
    placed(model.requires_grad_(False).eval())
    sample = mixed(model.sample)
    print(json.dumps({"version": torch.__version__}), flush=True)
    size = config["imageSize"]
    for line in sys.stdin:
        ask = json.loads(line)
        ids = placed(torch.tensor(ask["ids"]))
        noise = torch.from_numpy(np.fromfile(ask["noise"], np.float32)).view(len(ids), 3, size, size)
        noise = placed(noise)
        start, cpu = time.perf_counter(), time.process_time()
        with torch.inference_mode():
            images = [
                sample(some, x, ask["steps"], ask["guidance"], ask["pair"])
                for some, x in zip(ids.split(ask["batch"]), noise.split(ask["batch"]), strict=True)
            ]
        wait()
        ms, cpu_ms = (time.perf_counter() - start) * 1000, (time.process_time() - cpu) * 1000
        if ask.get("out"):
            torch.cat(images).float().cpu().numpy().tofile(ask["out"])
        print(json.dumps({"ms": ms, "cpuMs": cpu_ms}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
