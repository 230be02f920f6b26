"""
SynCLR's training step in PyTorch, resident; where and in which numbers: ../peer/place.py.

    python theirs.py SETTINGS.json eager|compiled    stdin: {"steps": n}   stdout: {"ms": [...]} a line
"""

import json
import sys
import time
from pathlib import Path

import torch

bench = Path(__file__).parent.parent
sys.path += [str(bench / "peer"), str(bench / "training-loop")]
from exchange import load, read_safetensors  # noqa: E402
from model import Synclr, Training, losses  # noqa: E402
from place import mixed, peak_mb, placed, wait  # noqa: E402


def main(file, engine):
    settings = json.loads(Path(file).read_text())
    torch.manual_seed(0)
    tensors = read_safetensors(settings["start"])
    student = Synclr(settings["config"])
    load(student, {name[8:]: t for name, t in tensors.items() if name.startswith("student.")})
    student = placed(student)
    batch = placed({name[6:]: t.contiguous() for name, t in tensors.items() if name.startswith("batch.")})
    # What is not a product in bfloat16 (the optimiser's products among it) may use TensorFloat-32, as is usual.
    torch.set_float32_matmul_precision("high")
    training = Training(student, mixed(torch.compile(losses) if engine == "compiled" else losses))
    with torch.no_grad():
        parts = {name: x.item() for name, x in training.losses(student, training.teacher, batch, 0.05).items()}
    training.step(batch)
    print(json.dumps({"parts": parts, "version": torch.__version__}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(json.loads(line)["steps"]):
            start = time.perf_counter()
            training.step(batch)
            wait()
            times.append((time.perf_counter() - start) * 1000)
        print(json.dumps({"ms": times, "peakMB": peak_mb()}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
