"""Event files of a run that was stopped and went on, by TensorBoard's own classes, and what TensorBoard reads in them.

    pip install tensorboard     # 2.21.0
    python make_events.py       # writes events.json
    python make_events.py DIR   # prints the steps and values that TensorBoard reads in a run's tensorboard/ folder
"""

import base64
import json
import sys
import tempfile
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


def read(folder):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()

    def values(tag):
        try:
            return [[e.step, e.value] for e in events.Scalars(tag)]
        except KeyError:  # newer versions keep scalars as tensors
            return [[e.step, float(e.tensor_proto.float_val[0])] for e in events.Tensors(tag)]

    tags = events.Tags()
    return {tag: values(tag) for tag in sorted(tags["scalars"] + tags["tensors"])}


def scalars(step, values):
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
    return Event(wall_time=1.5e9 + step, step=step, summary=summary)


def write(file, events):
    with open(file, "wb") as raw:
        writer = RecordWriter(raw)
        for event in events:
            writer.write(event.SerializeToString())


def main():
    losses = [4.5, 4.25, 4.125, 4.0625, 3.75]
    line = lambda step: scalars(step, {"loss": losses[step], "parts/global": losses[step] / 2})
    version = lambda time: Event(wall_time=time, file_version="brain.Event:2")
    first = [version(1.5e9), line(0), line(1), line(2), line(3)]
    # Killed after step 3, it goes on from its checkpoint after step 1.
    begin = Event(wall_time=1.5e9 + 2, step=2, session_log=SessionLog(status=SessionLog.START))
    second = [version(1.5e9 + 2), begin, line(2), line(3), scalars(300, {"knn": 0.125})]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for i, events in enumerate([first, second]):
            file = Path(folder) / f"events.out.tfevents.{i:06d}"
            write(file, events)
            files.append({"name": file.name, "base64": base64.b64encode(file.read_bytes()).decode()})
        found = read(folder)
    assert [step for step, _ in found["loss"]] == [0, 1, 2, 3], found
    Path(__file__).with_name("events.json").write_text(json.dumps({"files": files, "read": found}, indent=1) + "\n")


if __name__ == "__main__":
    print(json.dumps(read(sys.argv[1]))) if len(sys.argv) > 1 else main()
