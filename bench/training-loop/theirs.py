"""
laptopSynclr's training loop in PyTorch, resident.

    python theirs.py SETTINGS.json    stdin: {"task": "step" | "loop", "steps": n}   stdout: {"ms": [...]} a line
"""

import json
import sys
import time
from itertools import cycle
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent / "peer"))
from exchange import load, read_safetensors  # noqa: E402
from images import loader  # noqa: E402
from model import Synclr, Training, losses  # noqa: E402


def say(message):
    print(json.dumps(message), flush=True)


def main():
    settings = json.loads(Path(sys.argv[1]).read_text())
    config = settings["config"]
    torch.set_num_threads(settings["threads"])
    torch.manual_seed(0)
    tensors = read_safetensors(settings["start"])
    student = Synclr(config)
    load(student, {name[8:]: t for name, t in tensors.items() if name.startswith("student.")})
    batch = {name[6:]: t for name, t in tensors.items() if name.startswith("batch.")}
    batch["crops"] = batch["crops"].contiguous()
    training = Training(student)
    with torch.no_grad():
        parts = {name: x.item() for name, x in losses(student, training.teacher, batch, 0.05).items()}
    batches = iter(loader(settings["images"], config, settings["workers"]))
    tasks = {"step": cycle([batch]), "loop": batches}
    for source in tasks.values():
        training.step(next(source))
    workers = [worker.pid for worker in getattr(batches, "_workers", [])]
    say({"parts": parts, "version": torch.__version__, "workers": workers})
    for line in sys.stdin:
        request = json.loads(line)
        source, times = tasks[request["task"]], []
        for _ in range(request["steps"]):
            start = time.perf_counter()
            training.step(next(source))
            times.append((time.perf_counter() - start) * 1000)
        say({"ms": times})


if __name__ == "__main__":
    main()
