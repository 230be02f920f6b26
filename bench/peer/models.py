"""The training step or the forward pass of a case, as functions to be timed."""

import torch
from dit import Dit, dit_batch
from place import mixed, placed
from training import Training
from vit import Vit, vit_batch


def model_and_batch(spec, batch):
    """A fresh model of cases.json and one batch for it."""
    if spec["kind"] == "vit":
        return Vit(spec["config"], spec["classes"], spec.get("classOnly", False)), vit_batch(spec["config"], spec["classes"], batch)
    return Dit(spec["config"]), dit_batch(spec["config"], batch)


def model_tasks(spec, case, compiled):
    """{name: function of no arguments}; a training step returns its loss."""
    model, batch = (placed(one) for one in model_and_batch(spec, case["batch"]))
    if case["mode"] == "train":
        training = Training(model, mixed(torch.compile(model.loss) if compiled else model.loss))
        return {"train": lambda: training.step(batch)}
    return {"forward": forward(model, batch, compiled)}


def forward(model, batch, compiled):
    """The forward pass with constant weights."""
    model.requires_grad_(False).eval()
    if compiled:
        # Weights become constants that oneDNN may pack once, as ONNX Runtime packs its own.
        torch._inductor.config.freezing = True
        model = torch.compile(model)
    model = mixed(model)
    names = ("images",) if "labels" in batch else ("noise", "sigma", "ids")
    inputs = [batch[name] for name in names]

    def run():
        # Freezing needs no_grad; inference_mode also leaves out version counters.
        with torch.no_grad() if compiled else torch.inference_mode():
            model(*inputs)

    return run
