"""
One case in PyTorch, resident: prepares, says so, and then runs steps whenever a line of JSON asks for them.

    python main.py CASE eager|compiled     stdin: {"task": name, "steps": n}   stdout: {"ms": [...]} a line
"""

import json
import sys
import time
from pathlib import Path

import torch
from gemm import gemm_tasks
from models import model_tasks
from place import peak_mb, wait


def say(message):
    print(json.dumps(message), flush=True)


def main(case_name, engine):
    spec = json.loads((Path(__file__).parent.parent / "cases.json").read_text())
    case = next(case for case in spec["cases"] if case["name"] == case_name)
    torch.set_num_threads(int(sys.argv[3]))
    torch.manual_seed(0)
    compiled = engine == "compiled"
    tasks = gemm_tasks(case) if case["mode"] == "gemm" else model_tasks(spec["models"][case["model"]], case, compiled)
    start = time.perf_counter()
    for task in tasks.values():
        task()
    prepared = (time.perf_counter() - start) * 1000
    for task in tasks.values():
        task()
    say({"prepareMs": prepared, "tasks": list(tasks), "version": torch.__version__, "build": build_of_torch()})
    for line in sys.stdin:
        request = json.loads(line)
        task = tasks[request["task"]]
        times = []
        for _ in range(request["steps"]):
            start = time.perf_counter()
            value = task()
            wait()
            times.append((time.perf_counter() - start) * 1000)
        say({"ms": times, "value": value, "peakMB": peak_mb()})


def build_of_torch():
    lines = torch.__config__.show().splitlines()
    words = ("Math Kernel", "MKL-DNN", "OpenMP", "CPU capability", "BLAS_INFO")
    return [line.strip(" -")[:120] for line in lines if any(word in line for word in words)]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
